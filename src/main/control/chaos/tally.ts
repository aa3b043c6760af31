// The scorecard of a whole run, out of those of its faults. Called by run.ts.
import type { ChaosRun, Scorecard } from '../../../shared/chaos.ts';

/** The smallest value that at least the share `q` of the values does not pass; null of none. */
function quantile(values: readonly number[], q: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? null;
}

export interface Tally {
  add(card: Scorecard): void;
  figures(): Omit<ChaosRun, 'id' | 'seed' | 'kills' | 'state' | 'startedAt' | 'endedAt' | 'audit'>;
}

export function createTally(): Tally {
  const detect: number[] = [];
  const recover: number[] = [];
  const sums = { done: 0, recovered: 0, overtaken: 0, notRecovered: 0, lost: 0, doubled: 0, late: 0 };
  let p99Highest: number | null = null;
  return {
    add(card) {
      sums.done += 1;
      if (card.state === 'recovered') sums.recovered += 1;
      else if (card.state === 'overtaken') sums.overtaken += 1;
      else sums.notRecovered += 1;
      sums.lost = card.lost;
      sums.doubled += card.doubled;
      sums.late += card.late;
      if (card.detectMs !== null) detect.push(card.detectMs);
      if (card.recoverMs !== null) recover.push(card.recoverMs);
      if (card.p99Highest !== null) p99Highest = Math.max(card.p99Highest, p99Highest ?? 0);
    },
    figures: () => ({
      ...sums,
      detectMs: { p50: quantile(detect, 0.5), max: quantile(detect, 1) },
      recoverMs: { p50: quantile(recover, 0.5), p95: quantile(recover, 0.95), max: quantile(recover, 1) },
      p99Highest,
    }),
  };
}
