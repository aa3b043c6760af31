// What can be done with a replay: pause, resume, cancel while it runs; undo, rename, drop afterwards. What a button
// leaves behind is said before it is pressed; what cannot be undone asks first.
import { Button, Group, TextInput } from '@mantine/core';
import {
  IconArrowBackUp,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconTrash,
} from '@tabler/icons-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import type { ReplayStatus } from '../../../shared/replay.ts';
import { perform, usePending } from '../../store/index.ts';
import { cancelLeaves, dropLeaves, isActive } from './outcome.ts';
import classes from './replay.module.css';
import { TARGETS, titleOf } from './words.ts';

type Asked = 'cancel' | 'drop' | 'undo' | null;

export function ReplayActions({ replay, onRename }: { replay: ReplayStatus; onRename: () => void }) {
  const [asked, setAsked] = useState<Asked>(null);
  const row = useRef<HTMLDivElement>(null);
  const active = isActive(replay);
  const answered = () => {
    setAsked(null);
    // The button that asked is there again; the question that had the focus is gone.
    requestAnimationFrame(() => row.current?.querySelector('button')?.focus());
  };
  // What has ended by itself meanwhile is not asked about any more.
  if (asked !== null && (asked !== 'cancel' || active)) {
    return <Question key={asked} asked={asked} replay={replay} onAnswered={answered} />;
  }
  return (
    <Group gap={8} ref={row} role="group" aria-label="Actions of the replay">
      {active && <PauseOrResume replay={replay} />}
      {active && (
        <Button leftSection={<IconPlayerStop size={14} />} onClick={() => setAsked('cancel')}>
          Cancel replay
        </Button>
      )}
      {replay.undoable && (
        <Button leftSection={<IconArrowBackUp size={14} />} onClick={() => setAsked('undo')}>
          Undo rewind
        </Button>
      )}
      <Button leftSection={<IconPencil size={14} />} onClick={onRename}>
        Rename
      </Button>
      {!active && (
        <Button leftSection={<IconTrash size={14} />} onClick={() => setAsked('drop')}>
          Drop
        </Button>
      )}
    </Group>
  );
}

/** One button that changes its word: it keeps the focus. */
function PauseOrResume({ replay }: { replay: ReplayStatus }) {
  const { id } = replay;
  const pausing = usePending('replay.pause');
  const resuming = usePending('replay.resume');
  const busy = pausing || resuming;
  const paused = replay.state === 'paused';
  const act = () => {
    if (busy) return;
    if (paused) {
      void perform('replay.resume', { id }, { done: 'Replay goes on', failed: 'The replay stays paused' });
    } else void perform('replay.pause', { id }, { done: 'Replay paused', failed: 'The replay goes on' });
  };
  return (
    <Button
      leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
      aria-busy={busy}
      onClick={act}
    >
      {paused ? 'Resume' : 'Pause'}
    </Button>
  );
}

const QUESTIONS = {
  cancel: { command: 'replay.cancel', yes: 'Cancel replay', no: 'Go on', failed: 'The replay goes on' },
  drop: { command: 'replay.drop', yes: 'Drop replay', no: 'Keep', failed: 'The replay is kept' },
  undo: { command: 'replay.undo', yes: 'Undo rewind', no: 'Keep as it is', failed: 'The rewind stands' },
} as const;

function Question(props: { asked: Exclude<Asked, null>; replay: ReplayStatus; onAnswered: () => void }) {
  const { asked, replay, onAnswered } = props;
  const { command, yes, no, failed } = QUESTIONS[asked];
  const busy = usePending(command);
  const says = asked === 'cancel' ? cancelLeaves(replay) : asked === 'drop' ? dropLeaves(replay) : UNDO_SAYS;
  const done = {
    cancel: `${TARGETS[replay.target].name} cancelled`,
    drop: `“${titleOf(replay)}” dropped`,
    undo: 'Rewind undone',
  }[asked];
  const backOut = takingBack(onAnswered);
  const act = async () => {
    if (busy) return;
    await perform(command, { id: replay.id }, { done, failed });
    onAnswered();
  };
  return (
    <div className={classes.question} role="alertdialog" aria-label={yes} aria-describedby="replay-question">
      <p id="replay-question">{says}</p>
      <Button onClick={onAnswered} autoFocus {...backOut}>
        {no}
      </Button>
      <Button
        variant="filled"
        color={asked === 'undo' ? 'blue' : 'red'}
        aria-busy={busy}
        onClick={() => void act()}
        {...backOut}
      >
        {yes}
      </Button>
    </div>
  );
}

/** Escape takes back what is asked for inside the dialog, not the dialog around it. */
function takingBack(run: () => void) {
  return {
    'data-mantine-stop-propagation': 'true',
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Escape') run();
    },
  };
}

const UNDO_SAYS =
  'The state from before the rewind comes back, and the query goes on from there; windows whose published result differs from it are published again as the next revision.';

/** The name of a replay while it is changed. Enter keeps it, Escape takes it back, empty removes it. */
export function RenameEntry({ replay, onDone }: { replay: ReplayStatus; onDone: () => void }) {
  const [name, setName] = useState(replay.name ?? '');
  const busy = usePending('replay.rename');
  const wrong = name.trim().length > 80;
  const backOut = takingBack(onDone);
  const keep = async () => {
    if (wrong || busy) return;
    const trimmed = name.trim() === '' ? null : name.trim();
    const how = { done: 'Replay renamed', failed: 'The name was not changed' };
    const kept = await perform('replay.rename', { id: replay.id, name: trimmed }, how);
    if (kept !== null) onDone();
  };
  return (
    <Group gap={8} wrap="nowrap">
      <TextInput
        size="xs"
        aria-label="Name of this replay"
        value={name}
        error={wrong}
        autoFocus
        autoComplete="off"
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setName(event.currentTarget.value)}
        {...backOut}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void keep();
          else backOut.onKeyDown(event);
        }}
      />
      <Button onClick={() => void keep()} aria-busy={busy} disabled={wrong} {...backOut}>
        Keep name
      </Button>
    </Group>
  );
}
