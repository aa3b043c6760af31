// Controls of the processor: its query (window, grouping, bounds of time), and where it stands in event time.
import { Button } from '@mantine/core';
import { windowLength } from '../../../shared/query.ts';
import { Choice } from '../../components/choice.tsx';
import { Facts } from '../../components/facts.tsx';
import { formatBytes, formatCount, formatDuration, formatLag, formatTime } from '../../components/format.ts';
import type { GlossaryKey } from '../../components/glossary.ts';
import { parseDuration } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { Term } from '../../components/term.tsx';
import { useNow } from '../../components/use-now.ts';
import { configureProcessor } from '../../store/actions.ts';
import { openOverlay, useCalmSnapshot, useSnapshot } from '../../store/index.ts';
import { StationFrame } from './station-frame.tsx';
import styles from './station-panel.module.css';

const WINDOW_SIZES = [1_000, 10_000, 60_000, 300_000];

export function ProcessorControls() {
  const { query, checkpointIntervalMs } = useSnapshot((snapshot) => snapshot.settings.processor);
  const sizeMs = windowLength(query.window);
  const setSize = (size: number) =>
    configureProcessor(
      { query: { window: { kind: 'tumbling', sizeMs: size } } },
      `Window size: ${formatDuration(size)}`,
    );
  return (
    <StationFrame part="processor">
      <div className={styles.field}>
        <span>
          <Term of="window">Window</Term>, tumbling
        </span>
        <Choice
          label="Window"
          value={String(sizeMs)}
          options={[...new Set([...WINDOW_SIZES, sizeMs])]
            .sort((a, b) => a - b)
            .map((size) => ({ value: String(size), label: formatDuration(size) }))}
          onChoose={(value) => setSize(Number(value))}
        />
      </div>
      <div className={styles.two}>
        <Duration
          label="Window size"
          of="window"
          value={sizeMs}
          min={100}
          max={86_400_000}
          onCommit={setSize}
        />
        <div className={styles.field}>
          <span>Group by</span>
          <Choice
            label="Group by"
            value={query.groupBy[0] ?? 'org'}
            options={[
              { value: 'org', label: 'Org' },
              { value: 'region', label: 'Region' },
            ]}
            onChoose={(field) => configureProcessor({ query: { groupBy: [field] } }, `Grouped by ${field}`)}
          />
        </div>
      </div>
      <div className={styles.two}>
        <Duration
          label="Out-of-orderness"
          of="outOfOrderness"
          value={query.outOfOrdernessMs}
          min={0}
          max={3_600_000}
          onCommit={(outOfOrdernessMs) =>
            configureProcessor(
              { query: { outOfOrdernessMs } },
              `Out-of-orderness: ${formatDuration(outOfOrdernessMs)}`,
            )
          }
        />
        <Duration
          label="Allowed lateness"
          of="allowedLateness"
          value={query.allowedLatenessMs}
          min={0}
          max={86_400_000}
          onCommit={(allowedLatenessMs) =>
            configureProcessor(
              { query: { allowedLatenessMs } },
              `Allowed lateness: ${formatDuration(allowedLatenessMs)}`,
            )
          }
        />
        <Duration
          label="Checkpoint every"
          of="checkpoint"
          value={checkpointIntervalMs}
          min={100}
          max={600_000}
          onCommit={(every) =>
            configureProcessor({ checkpointIntervalMs: every }, `Checkpoint every ${formatDuration(every)}`)
          }
        />
      </div>
      <Progress />
      <div className={styles.row}>
        <Button onClick={() => openOverlay({ kind: 'replay', stage: 'processor' })}>Replay events…</Button>
      </div>
    </StationFrame>
  );
}

function Progress() {
  const processor = useCalmSnapshot((snapshot) => snapshot.stages.processor);
  const engine = useSnapshot((snapshot) => snapshot.services.engine.kind);
  const now = useNow();
  const { checkpoint, watermark } = processor;
  const offsets = Object.entries(processor.offsets);
  return (
    <Facts
      facts={[
        { name: 'Engine', value: engine },
        {
          name: 'Watermark',
          term: 'watermark',
          value:
            watermark === null
              ? '–'
              : `${formatTime(Date.parse(watermark))} (−${formatLag((now - Date.parse(watermark)) / 1_000)})`,
        },
        { name: 'Lag', term: 'lag', value: `${formatCount(processor.lag.events)} events` },
        { name: 'Open windows', value: formatCount(processor.openWindows) },
        { name: 'Results', value: formatCount(processor.results) },
        { name: 'Late, counted', term: 'late', value: formatCount(processor.late) },
        {
          name: 'Dropped, too late',
          term: 'dropped',
          value: formatCount(processor.dropped),
          tone: processor.dropped > 0 ? 'warn' : undefined,
        },
        {
          name: 'Unreadable',
          value: formatCount(processor.unreadable),
          tone: processor.unreadable > 0 ? 'warn' : undefined,
        },
        {
          name: 'Checkpoint',
          term: 'checkpoint',
          value:
            checkpoint === null ? '–' : `${formatTime(checkpoint.at)} · ${formatBytes(checkpoint.bytes)}`,
        },
        {
          name: 'Checkpoint took',
          value: checkpoint === null ? '–' : formatDuration(checkpoint.durationMs),
        },
        ...offsets.map(([partition, offset]) => ({
          name: `Offset, partition ${partition}`,
          term: 'offset' as const,
          value: formatCount(Number(offset)),
        })),
      ]}
    />
  );
}

function Duration(props: {
  label: string;
  of: GlossaryKey;
  value: number;
  min: number;
  max: number;
  onCommit: (ms: number) => void;
}) {
  return (
    <QuantityEntry
      {...props}
      label={<Term of={props.of}>{props.label}</Term>}
      name={props.label}
      parse={parseDuration}
      format={formatDuration}
      step={tenth}
    />
  );
}
