// The windows of a branch beside the live ones: which verdict a pair gets, and by how much a measure differs. Exact:
// money is subtracted in cents. Pure.
import type { WindowResult } from '../../../shared/event.ts';
import type { Aggregate } from '../../../shared/query.ts';
import type { ReplayComparison } from '../../../shared/replay.ts';
import { formatCount, formatMoney, NONE } from '../../components/format.ts';

export type Verdict = 'equal' | 'different' | 'branch only' | 'live only' | 'cut';

export function verdictOf({ replay, equal, live, cut }: ReplayComparison): Verdict {
  // Before all: of a window whose events lie partly outside the range nothing can be said.
  if (cut) return 'cut';
  if (live === null) return 'branch only';
  if (replay === null) return 'live only';
  return equal ? 'equal' : 'different';
}

export const VERDICT_WORDS: Record<Verdict, string> = {
  equal: 'equal',
  different: 'differs',
  'branch only': 'only in the branch',
  'live only': 'only in live',
  cut: 'cut by the range',
};

/** "1,204.50", or a dash where the query did not ask for it. */
export function measured(result: WindowResult | null, measure: Aggregate): string {
  const value = result?.[measure];
  if (value === undefined) return NONE;
  return typeof value === 'number' ? formatCount(value) : formatMoney(value);
}

/** Branch minus live with its sign: "+12.50", "−3", "0"; null where one of the two has no such figure. */
export function differenceOf(
  { replay, live }: Pick<ReplayComparison, 'replay' | 'live'>,
  measure: Aggregate,
): string | null {
  const [mine, theirs] = [replay?.[measure], live?.[measure]];
  if (mine === undefined || theirs === undefined) return null;
  const [a, b] = [centsOf(mine), centsOf(theirs)];
  if (a === null || b === null) return null;
  const cents = a - b;
  if (cents === 0n) return '0';
  const size = cents < 0n ? -cents : cents;
  const sign = cents < 0n ? '−' : '+';
  const units = formatMoney(String(size / 100n));
  return typeof mine === 'number' && typeof theirs === 'number'
    ? `${sign}${units}`
    : `${sign}${units}.${String(size % 100n).padStart(2, '0')}`;
}

/** Hundredths of a decimal text or a whole number; null when it is neither. */
function centsOf(value: number | string): bigint | null {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(String(value));
  if (match === null) return null;
  const [, sign = '', units = '0', places = ''] = match;
  const cents = BigInt(units) * 100n + BigInt(places.padEnd(2, '0'));
  return sign === '-' ? -cents : cents;
}

/** The measures of a pair that differ, in the order in which they are listed. */
export function differing(
  comparison: Pick<ReplayComparison, 'replay' | 'live'>,
  measures: readonly Aggregate[],
): Aggregate[] {
  return measures.filter((measure) => {
    const difference = differenceOf(comparison, measure);
    return difference !== null && difference !== '0';
  });
}
