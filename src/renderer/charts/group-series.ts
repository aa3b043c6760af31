// Window results as series of a chart: one series a group (org or region), windows put together into buckets when
// there are more of them than a chart has room for. Pure; called by the chart models.
import type { WindowResult } from '../../shared/event.ts';
import type { GroupField } from '../../shared/query.ts';
import type { Sample } from './samples.ts';

export type Measure = 'sum' | 'count';

export interface GroupSeries {
  name: string;
  /** Colour slot; -1 for the series that stands for all that have no colour of their own. */
  slot: number;
  total: number;
  samples: readonly Sample[];
}

export interface GroupedResults {
  field: GroupField;
  bucketMs: number;
  series: readonly GroupSeries[];
}

/** Colours that there are; when there are more groups, the last slot is left to "other". */
const SLOTS = 8;
export const OTHER = 'other';
/** Buckets hold this many windows, so that their edges fall on round times. */
const FACTORS = [1, 2, 3, 6, 12, 30, 60, 180, 360, 1080, 2160, 8640];

/** The field that the results in [from, to) are grouped by: the wanted one when any of them has it. */
export function fieldIn(
  results: readonly WindowResult[],
  wanted: GroupField,
  from: number,
  to: number,
): GroupField {
  let other: GroupField | null = null;
  for (const result of results) {
    const start = Date.parse(result.window.start);
    if (start < from || start >= to) continue;
    if (result.group[wanted] !== undefined) return wanted;
    other = wanted === 'org' ? 'region' : 'org';
  }
  return other ?? wanted;
}

/** Series of one measure by group over the windows that start in [from, to), in at most `maxBuckets` buckets. */
export function groupResults(
  results: readonly WindowResult[],
  options: {
    field: GroupField;
    measure: Measure;
    from: number;
    to: number;
    maxBuckets: number;
    /** Leaves out a bucket at either edge that holds only part of its windows: on a line it would look like a fall. */
    whole: boolean;
  },
): GroupedResults {
  const { field, measure, from, to, maxBuckets, whole } = options;
  const inRange = results.filter((result) => {
    const start = Date.parse(result.window.start);
    return result.group[field] !== undefined && start >= from && start < to;
  });
  const { bucketMs, windowMs } = bucketFor(inRange, to - from, maxBuckets);
  const reached = inRange.reduce((latest, { window }) => Math.max(latest, Date.parse(window.end)), 0);
  const isWhole = (start: number) => bucketMs === windowMs || (start >= from && start + bucketMs <= reached);
  const totals = new Map<string, number>();
  const cells = new Map<number, Map<string, number>>();
  for (const result of inRange) {
    const name = result.group[field] ?? '';
    const value = measure === 'sum' ? Number(result.sum) : result.count;
    const bucket = Math.floor(Date.parse(result.window.start) / bucketMs) * bucketMs;
    const row = cells.get(bucket) ?? new Map<string, number>();
    row.set(name, (row.get(name) ?? 0) + value);
    cells.set(bucket, row);
    totals.set(name, (totals.get(name) ?? 0) + value);
  }
  const slots = slotsOf(results, field, totals);
  const starts = [...cells.keys()].sort((a, b) => a - b).filter((start) => !whole || isWhole(start));
  const named = [...slots].sort((a, b) => (totals.get(b[0]) ?? 0) - (totals.get(a[0]) ?? 0));
  const series: GroupSeries[] = named.map(([name, slot]) => ({
    name,
    slot,
    total: totals.get(name) ?? 0,
    samples: line(starts, bucketMs, (start) => cells.get(start)?.get(name) ?? 0),
  }));
  const rest = [...totals.keys()].filter((name) => !slots.has(name));
  if (rest.length > 0) {
    const sumOf = (row: ReadonlyMap<string, number> | undefined) =>
      rest.reduce((sum, name) => sum + (row?.get(name) ?? 0), 0);
    series.push({
      name: OTHER,
      slot: -1,
      total: sumOf(totals),
      samples: line(starts, bucketMs, (start) => sumOf(cells.get(start))),
    });
  }
  return { field, bucketMs, series };
}

/** A group without events in a window counts 0 there; a window that nobody has a result for is a gap. */
function line(starts: readonly number[], bucketMs: number, value: (start: number) => number): Sample[] {
  const samples: Sample[] = [];
  let previous: number | undefined;
  for (const start of starts) {
    if (previous !== undefined && start - previous > bucketMs) samples.push([previous + bucketMs, null]);
    samples.push([start, value(start)]);
    previous = start;
  }
  return samples;
}

function bucketFor(
  results: readonly WindowResult[],
  rangeMs: number,
  maxBuckets: number,
): { bucketMs: number; windowMs: number } {
  let windowMs = 0;
  for (const { window } of results) {
    windowMs = Math.max(windowMs, Date.parse(window.end) - Date.parse(window.start));
  }
  if (windowMs === 0) return { bucketMs: 10_000, windowMs: 10_000 };
  const needed = rangeMs / windowMs / maxBuckets;
  const factor = FACTORS.find((candidate) => candidate >= needed) ?? Math.ceil(needed);
  return { bucketMs: windowMs * factor, windowMs };
}

/** Colours by name over all results, so that a group keeps its colour while the visible range moves. */
function slotsOf(
  results: readonly WindowResult[],
  field: GroupField,
  totals: ReadonlyMap<string, number>,
): Map<string, number> {
  const all = new Set<string>();
  for (const result of results) {
    const name = result.group[field];
    if (name !== undefined) all.add(name);
  }
  const names = [...all].sort();
  if (names.length <= SLOTS) {
    return new Map(names.map((name, slot) => [name, slot] as const).filter(([name]) => totals.has(name)));
  }
  const largest = [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, SLOTS - 1);
  const taken = new Set<number>();
  const slots = new Map<string, number>();
  for (const [name] of largest.sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    let slot = names.indexOf(name) % (SLOTS - 1);
    while (taken.has(slot)) slot = (slot + 1) % (SLOTS - 1);
    taken.add(slot);
    slots.set(name, slot);
  }
  return slots;
}
