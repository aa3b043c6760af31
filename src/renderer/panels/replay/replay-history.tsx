// The replays there were and the one that runs: the list, and the chosen one with its progress and its comparison.
import { UnstyledButton } from '@mantine/core';
import { IconBan, IconCircleCheck, IconLoader2, IconX } from '@tabler/icons-react';
import type { ReplayStatus } from '../../../shared/replay.ts';
import { formatCount, formatDateTime } from '../../components/format.ts';
import { useSnapshot } from '../../store/index.ts';
import { Comparison } from './comparison.tsx';
import { wordsOf } from './draft.ts';
import classes from './replay.module.css';
import { ReplayProgress } from './replay-progress.tsx';

const STATES = {
  running: { icon: IconLoader2, word: 'running' },
  paused: { icon: IconLoader2, word: 'paused' },
  done: { icon: IconCircleCheck, word: 'done' },
  cancelled: { icon: IconBan, word: 'cancelled' },
  failed: { icon: IconX, word: 'failed' },
  undone: { icon: IconBan, word: 'undone' },
} as const;

interface Props {
  chosen: string | null;
  onChoose: (id: string) => void;
}

export function ReplayHistory({ chosen, onChoose }: Props) {
  const replays = useSnapshot((snapshot) => snapshot.replays);
  const newest = [...replays].sort((a, b) => b.startedAt - a.startedAt);
  const replay = newest.find(({ id }) => id === chosen) ?? newest[0];
  if (replay === undefined) {
    return (
      <p className={classes.quiet}>
        No replay yet. Start one under “New replay”: its windows are compared with the live ones here.
      </p>
    );
  }
  return (
    <div className={classes.history}>
      <ul className={classes.list} aria-label="Replays">
        {newest.map((item) => (
          <li key={item.id}>
            <UnstyledButton
              className={classes.item}
              aria-current={item.id === replay.id || undefined}
              onClick={() => onChoose(item.id)}
            >
              <StateMark replay={item} />
              <span>
                {item.stage}: {wordsOf(item.request)}
              </span>
              <time>{formatDateTime(item.startedAt)}</time>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <section className={classes.chosen} aria-label="Chosen replay">
        <ReplayProgress replay={replay} />
        {replay.stage === 'processor' ? (
          <Comparison key={replay.id} replay={replay} />
        ) : (
          <p className={classes.says}>
            {formatCount(replay.done)} rows went to the topic with the mode “replay” and the header
            livedb-replay {replay.id}.
          </p>
        )}
      </section>
    </div>
  );
}

function StateMark({ replay }: { replay: ReplayStatus }) {
  const { icon: Icon, word } = STATES[replay.state];
  return (
    <span className={classes.state} data-state={replay.state}>
      <Icon size={14} aria-hidden="true" />
      {word}
    </span>
  );
}
