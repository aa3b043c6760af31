// How long a running replay will still take. Pure.
import type { ReplayStatus } from '../../../shared/replay.ts';
import { formatDuration } from '../../components/format.ts';

/** As the control plane reckons it, else at the present rate. */
export function timeLeft({
  total,
  done,
  rate,
  secondsLeft,
}: Pick<ReplayStatus, 'total' | 'done' | 'rate' | 'secondsLeft'>): string {
  const seconds = secondsLeft ?? (rate <= 0 ? null : Math.max(0, total - done) / rate);
  return formatDuration(seconds === null ? null : seconds * 1_000);
}
