// Controls of the writer: rate, presets, burst, interval, spacing and seed file.
import { Button } from '@mantine/core';
import { WRITER_PRESETS } from '../../../shared/settings.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { Choice } from '../../components/choice.tsx';
import { type Fact, Facts } from '../../components/facts.tsx';
import { formatCount, formatDuration, NONE } from '../../components/format.ts';
import { Calm } from '../../components/live.tsx';
import { parseCount, parseDuration } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { Term } from '../../components/term.tsx';
import { configureWriter } from '../../store/actions.ts';
import { useSnapshot } from '../../store/index.ts';
import { DisorderControls } from './disorder-controls.tsx';
import { RateSlider } from './rate-slider.tsx';
import { ScheduleControls } from './schedule-controls.tsx';
import { SeedFileEntry } from './seed-file-entry.tsx';
import { StationFrame } from './station-frame.tsx';
import styles from './station-panel.module.css';

export function WriterControls() {
  return (
    <StationFrame part="writer">
      <RateSlider />
      <Presets />
      <Pace />
      <SeedFileEntry />
      <DisorderControls />
      <ScheduleControls />
      <Facts facts={FACTS} />
    </StationFrame>
  );
}

const FACTS: readonly Fact[] = [
  { name: 'Rows written', value: <Calm read={({ stages }) => formatCount(stages.writer.rows)} /> },
  { name: 'Place in the seed', value: <Calm read={placeInSeed} /> },
  {
    name: 'Lap',
    term: 'lap',
    value: <Calm read={({ stages }) => formatCount(stages.writer.seed?.lap ?? null)} />,
  },
];

function placeInSeed({ stages }: Snapshot): string {
  const { seed } = stages.writer;
  return seed === null ? NONE : `row ${formatCount(seed.position)} of ${formatCount(seed.rows)}`;
}

function Presets() {
  const writer = useSnapshot((snapshot) => snapshot.settings.writer);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would take a row of its own.
    <div role="group" aria-label="Presets">
      <Button.Group>
        {WRITER_PRESETS.map(({ id, label, rowsPerBurst, intervalMs }) => {
          const on = writer.rowsPerBurst === rowsPerBurst && writer.intervalMs === intervalMs;
          return (
            <Button
              key={id}
              flex={id === 'seed' ? '1.5 1 0' : '1 1 0'}
              px={2}
              size="compact-xs"
              h={28}
              aria-pressed={on}
              variant={on ? 'light' : 'default'}
              onClick={() => configureWriter({ preset: id }, `Writer preset: ${label}`)}
            >
              {label}
            </Button>
          );
        })}
      </Button.Group>
    </div>
  );
}

function Pace() {
  const writer = useSnapshot((snapshot) => snapshot.settings.writer);
  return (
    <>
      <div className={styles.two}>
        <QuantityEntry
          label={<Term of="burst">Rows per burst</Term>}
          name="Rows per burst"
          value={writer.rowsPerBurst}
          min={1}
          max={50_000}
          parse={parseCount}
          format={formatCount}
          step={tenth}
          onCommit={(rowsPerBurst) =>
            configureWriter({ rowsPerBurst }, `Rows per burst: ${formatCount(rowsPerBurst)}`)
          }
        />
        <QuantityEntry
          label="Interval"
          name="Interval"
          value={writer.intervalMs}
          min={0}
          max={3_600_000}
          parse={parseDuration}
          format={formatDuration}
          step={tenth}
          onCommit={(intervalMs) =>
            configureWriter({ intervalMs }, `Interval: ${formatDuration(intervalMs)}`)
          }
        />
      </div>
      <div className={styles.field}>
        <span>
          <Term of="distribution">Distribution</Term>
        </span>
        <Choice
          label="Distribution"
          value={writer.distribution}
          options={[
            { value: 'constant', label: 'Constant' },
            { value: 'uniform', label: 'Uniform' },
            { value: 'poisson', label: 'Poisson' },
          ]}
          onChoose={(distribution) => configureWriter({ distribution }, `Distribution: ${distribution}`)}
        />
      </div>
    </>
  );
}
