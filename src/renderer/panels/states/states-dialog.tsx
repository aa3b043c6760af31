// The dialog "Checkpoints and savepoints": what the states of a query took, and going back to one. Mounted by app.tsx.
import { Modal, NativeSelect } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { CheckpointMark } from '../../../shared/states.ts';
import { Note } from '../../components/note.tsx';
import { api, closeOverlay, useCalmSnapshot, useControlRoom } from '../../store/index.ts';
import { CheckpointStrip } from './checkpoint-strip.tsx';
import { MakeSavepoint } from './make-savepoint.tsx';
import { StateTable } from './state-table.tsx';
import classes from './states.module.css';
import { usePolled } from './use-polled.ts';

export function StatesDialog() {
  const overlay = useControlRoom((state) => state.overlay);
  const opened = overlay?.kind === 'states';
  return (
    <Modal
      opened={opened}
      onClose={closeOverlay}
      title="Checkpoints and savepoints"
      size="min(940px, 96vw)"
      yOffset="6vh"
    >
      {opened && <Content asked={overlay.query} />}
    </Modal>
  );
}

function Content({ asked }: { asked: string | undefined }) {
  const primary = useCalmSnapshot((snapshot) => snapshot.settings.processor.query.name);
  const others = useCalmSnapshot((snapshot) => snapshot.settings.processor.queries);
  const names = [primary, ...others.map(({ spec }) => spec.name)];
  const [chosen, setChosen] = useState(asked ?? primary);
  const query = names.includes(chosen) ? chosen : primary;
  return (
    <div className={classes.dialog}>
      <div className={classes.dialogHead}>
        <NativeSelect
          size="xs"
          label="Query"
          value={query}
          data={names}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
        <MakeSavepoint key={query} query={query} />
      </div>
      {query === primary ? <LiveTimeline /> : <AskedTimeline key={query} query={query} />}
      <States key={query} query={query} />
    </div>
  );
}

/** The primary query's comes with each frame. */
function LiveTimeline() {
  return <Timeline marks={useCalmSnapshot((snapshot) => snapshot.stages.processor.checkpoints)} />;
}

function AskedTimeline({ query }: { query: string }) {
  const { value, error } = usePolled(useCallback(() => api.execute('state.timeline', { query }), [query]));
  if (error !== null) return <p className={classes.says}>No timeline: {error.message}</p>;
  return value === null ? <p className={classes.says}>Reading…</p> : <Timeline marks={value} />;
}

function Timeline({ marks }: { marks: readonly CheckpointMark[] }) {
  return (
    <section className={classes.section} aria-label="Timeline of checkpoints">
      <h3>The last checkpoints: size above the line, duration below</h3>
      <CheckpointStrip marks={marks} />
    </section>
  );
}

function States({ query }: { query: string }) {
  const ask = useCallback(() => api.execute('state.list', { query }), [query]);
  const { value: states, error, again } = usePolled(ask);
  return (
    <section className={classes.section} aria-label="States that are kept">
      <h3>States that are kept</h3>
      {error !== null && (
        <Note tone="error" title={error.message}>
          {error.remedy !== undefined && <p>{error.remedy}</p>}
        </Note>
      )}
      {states === null ? (
        error === null && <p className={classes.says}>Reading…</p>
      ) : states.length === 0 ? (
        <p className={classes.says}>None yet: the query has not run.</p>
      ) : (
        <StateTable query={query} states={states} onChanged={again} />
      )}
    </section>
  );
}
