// The dialog "Replay": a new replay with its preview, and the replays there were. Mounted by the shell.
import { Modal, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useSnapshot } from '../../store/index.ts';
import type { ReplayStage } from './draft.ts';
import { NewReplay } from './new-replay.tsx';
import classes from './replay.module.css';
import { ReplayHistory } from './replay-history.tsx';

interface Props {
  opened: boolean;
  onClose: () => void;
  initialStage?: ReplayStage;
}

export function ReplayDialog({ opened, onClose, initialStage = 'processor' }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Replay" size="min(880px, 94vw)" yOffset="7vh">
      {opened && <Content initialStage={initialStage} onClose={onClose} />}
    </Modal>
  );
}

function Content({ initialStage, onClose }: { initialStage: ReplayStage; onClose: () => void }) {
  const count = useSnapshot((snapshot) => snapshot.replays.length);
  const running = useSnapshot(
    (snapshot) => snapshot.replays.find(({ state }) => state === 'running')?.id ?? null,
  );
  // A replay that runs is what one comes to see.
  const [page, setPage] = useState<'new' | 'history'>(running === null ? 'new' : 'history');
  const [chosen, setChosen] = useState<string | null>(running);
  return (
    <div className={classes.dialog}>
      <SegmentedControl
        aria-label="Part of the dialog"
        className={classes.pages}
        data={[
          { value: 'new', label: 'New replay' },
          { value: 'history', label: `Replays (${count})` },
        ]}
        value={page}
        onChange={(value) => setPage(value === 'new' ? 'new' : 'history')}
      />
      {page === 'new' ? (
        <NewReplay
          initialStage={initialStage}
          onCancel={onClose}
          onStarted={(id) => {
            setChosen(id);
            setPage('history');
          }}
        />
      ) : (
        <ReplayHistory chosen={chosen} onChoose={setChosen} />
      )}
    </div>
  );
}
