// The replays there were and those that run: the list, and the chosen one with its progress and what came of it.
import { UnstyledButton } from '@mantine/core';
import {
  IconArrowBackUp,
  IconBan,
  IconCircleCheck,
  IconLoader2,
  IconPlayerPause,
  IconX,
} from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { ReplayStatus } from '../../../shared/replay.ts';
import { formatDateTime } from '../../components/format.ts';
import { useSnapshot } from '../../store/index.ts';
import { queryWords } from '../query/words.ts';
import { BranchView } from './branch-view.tsx';
import { STATE_WORDS } from './outcome.ts';
import classes from './replay.module.css';
import { RenameEntry, ReplayActions } from './replay-actions.tsx';
import { ReplayProgress } from './replay-progress.tsx';
import { rangeWords, speedWords, TARGETS, titleOf } from './words.ts';

const ICONS = {
  running: IconLoader2,
  paused: IconPlayerPause,
  done: IconCircleCheck,
  cancelled: IconBan,
  failed: IconX,
  undone: IconArrowBackUp,
} as const;

interface Props {
  chosen: string | null;
  onChoose: (id: string) => void;
}

export function ReplayHistory({ chosen, onChoose }: Props) {
  const replays = useSnapshot((snapshot) => snapshot.replays);
  const newest = [...replays].sort((a, b) => b.startedAt - a.startedAt);
  const replay = newest.find(({ id }) => id === chosen) ?? newest[0];
  const list = useRef<HTMLUListElement>(null);
  // What had the focus may be gone: the button that started this one, or the replay that was dropped.
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again when another replay is shown
  useEffect(() => {
    if (isFocusLost()) list.current?.querySelector<HTMLElement>('[aria-current]')?.focus();
  }, [replay?.id]);
  if (replay === undefined) {
    return (
      <p className={classes.quiet}>
        No replay yet. Start one under “New replay”: its progress and what came of it stand here.
      </p>
    );
  }
  return (
    <div className={classes.history}>
      <ul ref={list} className={classes.list} aria-label="Replays">
        {newest.map((item) => (
          <li key={item.id}>
            <UnstyledButton
              className={classes.item}
              aria-current={item.id === replay.id || undefined}
              onClick={() => onChoose(item.id)}
            >
              <span className={classes.itemTitle}>{titleOf(item)}</span>
              <StateMark replay={item} />
              <span className={classes.itemSays}>{TARGETS[item.target].name}</span>
              <time>{formatDateTime(item.startedAt)}</time>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <Chosen key={replay.id} replay={replay} />
    </div>
  );
}

function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

function Chosen({ replay }: { replay: ReplayStatus }) {
  const [renaming, setRenaming] = useState(false);
  const head = useRef<HTMLHeadingElement>(null);
  const wasRenaming = useRef(false);
  useEffect(() => {
    if (wasRenaming.current && !renaming) head.current?.focus();
    wasRenaming.current = renaming;
  }, [renaming]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of state takes buttons away
  useEffect(() => {
    if (isFocusLost()) head.current?.focus();
  }, [replay.state]);
  return (
    <section className={classes.chosen} aria-label="Chosen replay">
      <div className={classes.chosenHead}>
        {renaming ? (
          <RenameEntry replay={replay} onDone={() => setRenaming(false)} />
        ) : (
          <h3 ref={head} tabIndex={-1}>
            {titleOf(replay)}
          </h3>
        )}
        <p className={classes.says}>
          {TARGETS[replay.target].name}, {rangeWords(replay.request)}, {speedWords(replay.request.speed)}
          {replay.target === 'branch' && replay.query !== null && <>; {queryWords(replay.query)}</>}
          {replay.target === 'rewind' && replay.line !== null && <>; query “{replay.line}”</>}
          {replay.target === 'republish' && (
            <>
              ; header <code>livedb-replay {replay.id}</code>
            </>
          )}
        </p>
      </div>
      <ReplayProgress replay={replay} />
      <ReplayActions replay={replay} onRename={() => setRenaming(true)} />
      {replay.target === 'branch' && <BranchView key={replay.id} replay={replay} />}
    </section>
  );
}

function StateMark({ replay }: { replay: ReplayStatus }) {
  const Icon = ICONS[replay.state];
  return (
    <span className={classes.state} data-state={replay.state}>
      <Icon size={14} aria-hidden="true" />
      {STATE_WORDS[replay.state]}
    </span>
  );
}
