// Skipped ids of the id cursor. Sequence order is not commit order: an id may be skipped because its transaction has
// not committed yet. A gap is looked into again until every transaction that ran when it was first seen has ended.
// Pure; id-capture.ts feeds it with what the database says.

export interface Gap {
  low: bigint;
  high: bigint;
  /** Transactions (virtual ids, as pg_locks names them) that may still fill it. */
  blockers: ReadonlySet<string>;
  /** A transaction has ended since it was last looked into: only then can it hold a row by now. */
  due: boolean;
}

/** What remains of the gaps once these ids were found in them. */
export function withoutIds(gaps: readonly Gap[], ids: readonly bigint[]): Gap[] {
  if (ids.length === 0) return [...gaps];
  const left: Gap[] = [];
  const sorted = [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let at = 0;
  for (const gap of [...gaps].sort((a, b) => (a.low < b.low ? -1 : 1))) {
    let low = gap.low;
    while (at < sorted.length && (sorted[at] ?? gap.low) < gap.low) at++;
    for (; at < sorted.length; at++) {
      const id = sorted[at];
      if (id === undefined || id > gap.high) break;
      if (id > low) left.push({ ...gap, low, high: id - 1n });
      low = id + 1n;
    }
    if (low <= gap.high) left.push({ ...gap, low });
  }
  return left;
}

/** Gaps between `last` and these ascending ids; they are due, whatever ran when they were seen. */
export function gapsBetween(last: bigint, ids: readonly bigint[], blockers: ReadonlySet<string>): Gap[] {
  const gaps: Gap[] = [];
  let previous = last;
  for (const id of ids) {
    if (id > previous + 1n) gaps.push({ low: previous + 1n, high: id - 1n, blockers, due: true });
    previous = id;
  }
  return gaps;
}

const PREPARED = 'prepared ';

/**
 * The gaps with the blockers that still run. One that loses its last blocker may be closed only after one more look
 * with a snapshot taken after `running` was read: its filler may have committed a moment before it ended.
 * A transaction that was prepared for a later commit since then changes its name: all prepared ones are blockers.
 */
export function stillBlocked(gaps: readonly Gap[], running: ReadonlySet<string>): Gap[] {
  const prepared = [...running].filter((token) => token.startsWith(PREPARED));
  const known = new Map<ReadonlySet<string>, { blockers: ReadonlySet<string>; ended: boolean }>();
  return gaps.map((gap) => {
    let seen = known.get(gap.blockers);
    if (seen === undefined) {
      const left = [...gap.blockers].filter((token) => running.has(token));
      seen = { blockers: new Set([...left, ...prepared]), ended: left.length < gap.blockers.size };
      known.set(gap.blockers, seen);
    }
    return { ...gap, blockers: seen.blockers, due: gap.due || seen.ended };
  });
}
