// Controls of the processor: what is most often changed of its query, its time, its state, and the way to the rest.
import { Button } from '@mantine/core';
import type { GroupField, QuerySpec } from '../../../shared/query.ts';
import { Choice } from '../../components/choice.tsx';
import { Facts } from '../../components/facts.tsx';
import { formatCount, formatDuration, formatLag, formatTime } from '../../components/format.ts';
import type { GlossaryKey } from '../../components/glossary.ts';
import { parseDuration } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { Term } from '../../components/term.tsx';
import { useNow } from '../../components/use-now.ts';
import { configureProcessor } from '../../store/actions.ts';
import { openOverlay, useCalmSnapshot, useSnapshot } from '../../store/index.ts';
import { ProcessorState } from '../states/processor-state.tsx';
import { StationFrame } from './station-frame.tsx';
import styles from './station-panel.module.css';

const WINDOW_SIZES = [1_000, 10_000, 60_000, 300_000];
const GROUPINGS = [
  { value: 'org', label: 'Org', fields: ['org'] },
  { value: 'region', label: 'Region', fields: ['region'] },
  { value: 'both', label: 'Both', fields: ['org', 'region'] },
  { value: 'none', label: 'None', fields: [] },
] as const satisfies { value: string; label: string; fields: GroupField[] }[];

export function ProcessorControls() {
  const { query, checkpointIntervalMs } = useSnapshot((snapshot) => snapshot.settings.processor);
  const grouping = GROUPINGS.find(({ fields }) => fields.join() === query.groupBy.join());
  return (
    <StationFrame part="processor">
      <WindowChoice window={query.window} />
      <div className={styles.field}>
        <span>Group by</span>
        <Choice
          label="Group by"
          value={grouping?.value ?? 'org'}
          options={GROUPINGS}
          onChoose={(value) => {
            const fields = GROUPINGS.find((one) => one.value === value)?.fields ?? [];
            const said = fields.length === 0 ? 'Not grouped' : `Grouped by ${fields.join(' and ')}`;
            configureProcessor({ query: { groupBy: [...fields] } }, said);
          }}
        />
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
        {query.window.kind === 'tumbling' && (
          <Duration
            label="Window size"
            of="window"
            value={query.window.sizeMs}
            min={100}
            max={86_400_000}
            onCommit={setSize}
          />
        )}
      </div>
      <ProcessorState />
      <Progress />
      <div className={styles.row}>
        <Button onClick={() => openOverlay({ kind: 'replay', stage: 'processor' })}>Replay events…</Button>
        <Button onClick={() => openOverlay({ kind: 'aside' })}>Records aside…</Button>
      </div>
    </StationFrame>
  );
}

function setSize(size: number): void {
  configureProcessor(
    { query: { window: { kind: 'tumbling', sizeMs: size } } },
    `Window size: ${formatDuration(size)}`,
  );
}

/** Sizes of tumbling windows at hand; the other kinds are changed in the editor. */
function WindowChoice({ window }: { window: QuerySpec['window'] }) {
  if (window.kind !== 'tumbling') {
    const words =
      window.kind === 'hopping'
        ? `${formatDuration(window.sizeMs)} each ${formatDuration(window.slideMs)}`
        : `gap ${formatDuration(window.gapMs)}`;
    return (
      <div className={styles.field}>
        <span>
          <Term of="window">Window</Term>, {window.kind}
        </span>
        <span className="mono">{words}</span>
      </div>
    );
  }
  const { sizeMs } = window;
  return (
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
  );
}

function Progress() {
  const processor = useCalmSnapshot((snapshot) => snapshot.stages.processor);
  const engine = useSnapshot((snapshot) => snapshot.services.engine.kind);
  const now = useNow();
  const { watermark } = processor;
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
