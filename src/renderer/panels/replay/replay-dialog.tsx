// The dialog "Replay": the wizard with its preview, and the replays there were. Mounted by the shell.
import { Modal, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useSnapshot } from '../../store/index.ts';
import type { Source, Stretch } from './draft.ts';
import { isActive } from './outcome.ts';
import classes from './replay.module.css';
import { ReplayHistory } from './replay-history.tsx';
import { Wizard } from './wizard.tsx';

interface Props {
  opened: boolean;
  onClose: () => void;
  initialStage?: 'processor' | 'producer';
  /** A stretch of time to begin with, epoch ms. */
  between?: Stretch;
}

export function ReplayDialog({ opened, onClose, initialStage = 'processor', between }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Replay"
      size="min(1180px, 96vw)"
      yOffset="3vh"
      classNames={{ body: classes.body }}
    >
      {opened && (
        <Content
          source={initialStage === 'producer' ? 'rows' : 'events'}
          between={between}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

function Content(props: { source: Source; between: Stretch | undefined; onClose: () => void }) {
  const { source, between, onClose } = props;
  const count = useSnapshot((snapshot) => snapshot.replays.length);
  const running = useSnapshot((snapshot) => snapshot.replays.find(isActive)?.id ?? null);
  // A replay that runs is what one comes to see; unless one comes with a stretch of time in hand.
  const [page, setPage] = useState<'new' | 'history'>(
    running === null || between !== undefined ? 'new' : 'history',
  );
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
        <Wizard
          source={source}
          between={between}
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
