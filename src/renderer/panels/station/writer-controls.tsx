// Controls of the writer: rate, presets, burst, interval, spacing and seed file.
import { Button } from '@mantine/core';
import { WRITER_PRESETS } from '../../../shared/settings.ts';
import { Choice } from '../../components/choice.tsx';
import { Facts } from '../../components/facts.tsx';
import { formatCount, formatDuration } from '../../components/format.ts';
import { parseCount, parseDuration } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { Term } from '../../components/term.tsx';
import { configureWriter } from '../../store/actions.ts';
import { useSnapshot } from '../../store/index.ts';
import { RateSlider } from './rate-slider.tsx';
import { SeedFileEntry } from './seed-file-entry.tsx';
import { StationFrame } from './station-frame.tsx';
import styles from './station-panel.module.css';

export function WriterControls() {
  const rows = useSnapshot((snapshot) => snapshot.stages.writer.rows);
  const seed = useSnapshot((snapshot) => snapshot.stages.writer.seed);
  return (
    <StationFrame part="writer">
      <RateSlider />
      <Presets />
      <Pace />
      <SeedFileEntry />
      <Facts
        facts={[
          { name: 'Rows written', value: formatCount(rows) },
          {
            name: 'Place in the seed',
            value: seed === null ? '–' : `row ${formatCount(seed.position)} of ${formatCount(seed.rows)}`,
          },
          { name: 'Lap', term: 'lap', value: seed === null ? '–' : formatCount(seed.lap) },
        ]}
      />
    </StationFrame>
  );
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
