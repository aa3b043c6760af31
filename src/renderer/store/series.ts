// What the live charts are drawn from: the last hour of points and of window results, kept bounded.
// Plain functions over read-only arrays; the store calls them for frames and for what comes from the history.
import type { WindowResult } from '../../shared/event.ts';
import type { MetricPoint } from '../../shared/history.ts';

/** One hour at one point a second. */
export const KEEP_MS = 3_600_000;
/** Results kept at most, whatever their windows; about an hour of 10 s windows in 50 groups. */
export const MAX_RESULTS = 20_000;

/** Points in order of time, one per second, not older than an hour before the newest. Later ones win. */
export function mergePoints(
  kept: readonly MetricPoint[],
  added: readonly MetricPoint[],
): readonly MetricPoint[] {
  if (added.length === 0) return kept;
  const first = added[0];
  const last = kept[kept.length - 1];
  const inOrder = first !== undefined && (last === undefined || first.at > last.at) && isAscending(added);
  const merged = inOrder ? [...kept, ...added] : mergeByTime(kept, added);
  const newest = merged[merged.length - 1];
  if (newest === undefined) return merged;
  const from = merged.findIndex((point) => point.at > newest.at - KEEP_MS);
  return from > 0 ? merged.slice(from) : merged;
}

function isAscending(points: readonly MetricPoint[]): boolean {
  return points.every((point, index) => index === 0 || point.at > (points[index - 1]?.at ?? 0));
}

function mergeByTime(kept: readonly MetricPoint[], added: readonly MetricPoint[]): MetricPoint[] {
  const byTime = new Map<number, MetricPoint>();
  for (const point of kept) byTime.set(point.at, point);
  for (const point of added) byTime.set(point.at, point);
  return [...byTime.values()].sort((a, b) => a.at - b.at);
}

/** What makes two results the same window of the same group and query; a higher revision replaces a lower one. */
export function resultKey(result: WindowResult): string {
  const { window, group, query } = result;
  return `${query}|${window.start}|${window.end}|${group.org ?? ''}|${group.region ?? ''}`;
}

/** Results in order of window start, the highest revision of each, not older than an hour before the newest. */
export function mergeResults(
  kept: readonly WindowResult[],
  added: readonly WindowResult[],
): readonly WindowResult[] {
  if (added.length === 0) return kept;
  const earliest = added.map((result) => result.window.start).sort(compareText)[0] ?? '';
  // Only the part of `kept` that `added` may touch is sorted again: nearly always the last few windows.
  const split = firstFrom(kept, earliest);
  const byKey = new Map<string, WindowResult>();
  for (const result of [...kept.slice(split), ...added]) {
    const key = resultKey(result);
    const known = byKey.get(key);
    if (known === undefined || result.revision >= known.revision) byKey.set(key, result);
  }
  const tail = [...byKey.values()].sort((a, b) => compareText(a.window.start, b.window.start));
  const merged = [...kept.slice(0, split), ...tail];
  const newest = merged[merged.length - 1];
  if (newest === undefined) return merged;
  const oldest = new Date(Date.parse(newest.window.start) - KEEP_MS).toISOString();
  return merged.slice(Math.max(firstFrom(merged, oldest), merged.length - MAX_RESULTS, 0));
}

/** Index of the first result whose window starts at `start` (ISO 8601) or later; the list is in that order. */
function firstFrom(results: readonly WindowResult[], start: string): number {
  let low = 0;
  let high = results.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((results[middle]?.window.start ?? '') < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
