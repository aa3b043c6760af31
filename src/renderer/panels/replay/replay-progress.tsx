// How far a replay is: progress, rate, time left and Cancel while it runs; what came of it afterwards.
import { Button, Progress } from '@mantine/core';
import type { ReplayStatus } from '../../../shared/replay.ts';
import { formatCount, formatDuration, formatRate } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { perform, usePending } from '../../store/index.ts';
import { wordsOf } from './draft.ts';
import classes from './replay.module.css';
import { timeLeft } from './time-left.ts';

export function ReplayProgress({ replay }: { replay: ReplayStatus }) {
  const cancelling = usePending('replay.cancel');
  const share = replay.total === 0 ? 100 : (replay.done / replay.total) * 100;
  const noun = replay.stage === 'processor' ? 'events' : 'rows';
  const running = replay.state === 'running';
  const cancel = () =>
    void perform(
      'replay.cancel',
      { id: replay.id },
      { done: 'Replay cancelled', failed: 'The replay goes on' },
    );
  return (
    <div className={classes.progress}>
      <h3>
        Replay by the {replay.stage}, {wordsOf(replay.request)}
      </h3>
      <div className={classes.progressLine}>
        <Progress
          value={share}
          size="sm"
          transitionDuration={0}
          aria-label={`Replay: ${Math.round(share)}% of ${formatCount(replay.total)} ${noun}`}
          className={classes.progressBar}
        />
        {running && (
          <Button size="compact-xs" onClick={cancel} loading={cancelling}>
            Cancel replay
          </Button>
        )}
      </div>
      <p className={classes.figures}>
        <span>
          <b>{formatCount(replay.done)}</b> of {formatCount(replay.total)} {noun}
        </span>
        {running ? (
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
            {replay.state} after{' '}
            <b>{formatDuration((replay.endedAt ?? replay.startedAt) - replay.startedAt)}</b>
          </span>
        )}
        {replay.stage === 'processor' && (
          <span>
            <b>{formatCount(replay.windows)}</b> windows
          </span>
        )}
      </p>
      {replay.error !== null && (
        <Note tone="error" title={replay.error.message}>
          {replay.error.remedy !== undefined && <p>{replay.error.remedy}</p>}
        </Note>
      )}
    </div>
  );
}
