// How far the bundle is that is being written, how long it will still take, and Cancel. Part of bundles-dialog.tsx.
import { Button, Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { BundleProgress } from '../../../shared/past.ts';
import { formatDuration } from '../../components/format.ts';
import { api, perform, usePending } from '../../store/index.ts';
import classes from './past.module.css';

const ASK_MS = 400;
/** Below this share the time left would be a guess. */
const TELLING = 0.05;

export function Exporting() {
  const progress = useProgress();
  const cancelling = usePending('bundle.cancel');
  const share = progress?.share ?? 0;
  const percent = Math.floor(share * 100);
  const spent = progress === null ? 0 : Date.now() - progress.startedAt;
  const left = share < TELLING ? '' : ` · ${formatDuration((spent / share) * (1 - share))} left`;
  const cancel = () => void perform('bundle.cancel', {}, { failed: 'The export was not cancelled' });
  return (
    <div className={classes.exporting}>
      <Progress value={percent} aria-label="Export" />
      <span>
        Writing: {percent}%{left}
      </span>
      <Button onClick={cancel} disabled={cancelling} aria-busy={cancelling} data-autofocus>
        Cancel export
      </Button>
    </div>
  );
}

function useProgress(): BundleProgress | null {
  const [progress, setProgress] = useState<BundleProgress | null>(null);
  useEffect(() => {
    let gone = false;
    const ask = () =>
      api.execute('bundle.progress', {}).then(
        (found) => {
          if (!gone && found !== null) setProgress(found);
        },
        // The export itself tells what is wrong; without an answer the last figure stays.
        () => undefined,
      );
    void ask();
    const timer = setInterval(() => void ask(), ASK_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, []);
  return progress;
}
