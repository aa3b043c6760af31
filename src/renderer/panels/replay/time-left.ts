// How long a running replay will still take. Pure.
import type { ReplayStatus } from '../../../shared/replay.ts';
import { formatDuration } from '../../components/format.ts';

/** At the present rate. */
export function timeLeft({ total, done, rate }: Pick<ReplayStatus, 'total' | 'done' | 'rate'>): string {
  return formatDuration(rate <= 0 ? null : (Math.max(0, total - done) / rate) * 1_000);
}
