// The amounts of the groups that closed last as a histogram for the screen, in cents. Used by the live engine's reports.
import { type GroupTable, VALUED } from './group-table.ts';
import type { ClosedGroups } from './window-core.ts';

const BARS = 24;

/** Equal bars from the least to the largest amount; null without events, or when the query keeps no values. */
export function amountsOf(
  table: GroupTable,
  { slots }: ClosedGroups,
): { edges: number[]; counts: number[] } | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const slot of slots) {
    if (table.count[slot] === 0 || !table.has(slot, VALUED)) continue;
    min = Math.min(min, table.min[slot] ?? 0);
    max = Math.max(max, table.max[slot] ?? 0);
  }
  if (min > max) return null;
  const width = Math.max(1, Math.ceil((max - min + 1) / BARS));
  const bars = Math.ceil((max - min + 1) / width);
  const counts = new Array<number>(bars).fill(0);
  const put = (value: number, count: number) => {
    const bar = Math.min(bars - 1, Math.max(0, Math.floor((value - min) / width)));
    counts[bar] = (counts[bar] ?? 0) + count;
  };
  for (const slot of slots) {
    for (const value of table.values(slot) ?? []) put(value, 1);
    for (const [value, count] of table.sketch(slot)?.entries() ?? []) put(value, count);
  }
  return { edges: Array.from({ length: bars + 1 }, (_, at) => min + at * width), counts };
}
