// The dialog "Checkpoints and savepoints": what the states of a query took, and going back to one. Mounted by app.tsx.
import { Modal, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { Note } from '../../components/note.tsx';
import { closeOverlay, useCalmSnapshot, useControlRoom } from '../../store/index.ts';
import { CheckpointStrip } from './checkpoint-strip.tsx';
import { MakeSavepoint } from './make-savepoint.tsx';
import { StateTable } from './state-table.tsx';
import classes from './states.module.css';
import { useStates } from './use-states.ts';

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
      {query === primary && <Timeline />}
      <States key={query} query={query} />
    </div>
  );
}

function Timeline() {
  const marks = useCalmSnapshot((snapshot) => snapshot.stages.processor.checkpoints);
  return (
    <section className={classes.section} aria-label="Timeline of checkpoints">
      <h3>The last checkpoints: size above the line, duration below</h3>
      <CheckpointStrip marks={marks} />
    </section>
  );
}

function States({ query }: { query: string }) {
  const { states, error, again } = useStates(query);
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
