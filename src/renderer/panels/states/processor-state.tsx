// What the processor's station shows of time and state: its queries, the watermark of each partition, its checkpoints.
import { Button, UnstyledButton } from '@mantine/core';
import { formatShort } from '../../components/format.ts';
import { openOverlay, useCalmSnapshot } from '../../store/index.ts';
import { QueryMark } from '../query/query-mark.tsx';
import { queryRows } from '../query/query-rows.ts';
import { CheckpointStrip } from './checkpoint-strip.tsx';
import classes from './states.module.css';
import { Watermarks } from './watermarks.tsx';

const NONE = [] as const;

export function ProcessorState() {
  const partitions = useCalmSnapshot(({ stages }) => stages.processor.lines[0]?.partitions ?? NONE);
  const marks = useCalmSnapshot(({ stages }) => stages.processor.checkpoints);
  return (
    <>
      <QueryLines />
      <section className={classes.section} aria-label="Event time by partition">
        <Watermarks partitions={partitions} narrow />
      </section>
      <section className={classes.section} aria-label="Checkpoints">
        <CheckpointStrip marks={marks} narrow />
        <div>
          <Button onClick={() => openOverlay({ kind: 'states' })}>Checkpoints and savepoints…</Button>
        </div>
      </section>
    </>
  );
}

function QueryLines() {
  const rows = queryRows(useCalmSnapshot((snapshot) => snapshot));
  return (
    <section className={classes.section} aria-label="Queries">
      <ul className={classes.lines}>
        {rows.map(({ spec, state, line }) => (
          <li key={spec.name}>
            <UnstyledButton
              className={classes.line}
              aria-label={`Query ${spec.name}, ${state}`}
              onClick={() => openOverlay({ kind: 'queries', query: spec.name })}
            >
              <b className="mono">{spec.name}</b>
              <span className="mono">{line === null ? '' : `${formatShort(line.results)} results`}</span>
              <QueryMark state={state} />
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <div className={classes.row}>
        <Button onClick={() => openOverlay({ kind: 'queries' })}>Queries…</Button>
        <Button onClick={() => openOverlay({ kind: 'queries', edit: true })}>New query…</Button>
      </div>
    </section>
  );
}
