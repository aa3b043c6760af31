// How far a replay is: progress, rate and time left while it runs; what came of it afterwards.
import { Progress } from '@mantine/core';
import type { ReplayStatus } from '../../../shared/replay.ts';
import { formatCount, formatDuration, formatRate } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { isActive, outcomeOf } from './outcome.ts';
import classes from './replay.module.css';
import { timeLeft } from './time-left.ts';
import { nounOf } from './words.ts';

export function ReplayProgress({ replay }: { replay: ReplayStatus }) {
  const share = replay.total === 0 ? 100 : Math.min(100, (replay.done / replay.total) * 100);
  const noun = nounOf(replay, replay.total);
  const active = isActive(replay);
  // What a finished branch found stands over its windows.
  const outcome = replay.target === 'branch' && replay.state === 'done' ? null : outcomeOf(replay);
  return (
    <section className={classes.progress} aria-label="Progress">
      <Progress
        value={share}
        size="sm"
        transitionDuration={0}
        aria-label={`Replay: ${Math.round(share)}% of ${formatCount(replay.total)} ${noun}`}
        data-state={replay.state}
      />
      <p className={classes.figures}>
        <span>
          <b>{formatCount(replay.done)}</b> of {formatCount(replay.total)} {noun}
          {replay.target === 'rewind' && ' read'}
          {replay.live > 0 && `, and ${formatCount(replay.live)} that came meanwhile`}
        </span>
        {active ? (
          <>
            <span>
              <b>{formatRate(replay.rate)}</b>/s
            </span>
            <span>
              <b>{timeLeft(replay)}</b> left
            </span>
          </>
        ) : (
          <span>
            took <b>{formatDuration((replay.endedAt ?? replay.startedAt) - replay.startedAt)}</b>
          </span>
        )}
        {replay.stage === 'processor' && (
          <span>
            <b>{formatCount(replay.windows)}</b> windows
          </span>
        )}
      </p>
      {active && replay.waiting !== null && <Note tone="waiting" title={replay.waiting} />}
      {outcome !== null && <p className={classes.outcome}>{outcome}</p>}
      {replay.error !== null && (
        <Note tone="error" title={replay.error.message}>
          {replay.error.remedy !== undefined && <p>{replay.error.remedy}</p>}
        </Note>
      )}
    </section>
  );
}
