// The amounts of one closed window as a histogram for the screen, in cents. Used by the live engine's reports.
import type { WindowGroups } from './query-state.ts';

const BARS = 24;

/** Equal bars from the least to the largest amount; null for a window without events. */
export function amountsOf(window: WindowGroups): { edges: number[]; counts: number[] } | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const group of window.groups.values()) {
    if (group.count === 0) continue;
    min = Math.min(min, group.min);
    max = Math.max(max, group.max);
  }
  if (min > max) return null;
  const width = Math.max(1, Math.ceil((max - min + 1) / BARS));
  const bars = Math.ceil((max - min + 1) / width);
  const counts = new Array<number>(bars).fill(0);
  const put = (value: number, count: number) => {
    const bar = Math.min(bars - 1, Math.max(0, Math.floor((value - min) / width)));
    counts[bar] = (counts[bar] ?? 0) + count;
  };
  for (const group of window.groups.values()) {
    for (const value of group.values ?? []) put(value, 1);
    for (const [value, count] of group.sketch?.entries() ?? []) put(value, count);
  }
  return { edges: Array.from({ length: bars + 1 }, (_, at) => min + at * width), counts };
}
