// What the comparison of a window says. Pure.
import type { ReplayComparison } from '../../../shared/replay.ts';

export function verdictOf({
  equal,
  live,
}: Pick<ReplayComparison, 'equal' | 'live'>): 'equal' | 'different' | 'not live' {
  if (live === null) return 'not live';
  return equal ? 'equal' : 'different';
}
