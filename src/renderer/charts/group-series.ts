// Window results as series of a chart: one series a group (org or region). When there are more windows than a chart
// has room for, some are put together, and what is shown is their mean: so figures are always those of one window,
// whether the history gave all windows or only every k-th. Pure; called by the chart models.
import type { Group, WindowResult } from '../../shared/event.ts';
import type { GroupField } from '../../shared/query.ts';
import { groupLabel } from './group-label.ts';
import type { Sample } from './samples.ts';

export type Measure = 'sum' | 'count';

export interface GroupSeries {
  name: string;
  /** Colour slot; -1 for the series that stands for all that have no colour of their own. */
  slot: number;
  /** Mean over all windows in range. */
  mean: number;
  samples: readonly Sample[];
}

export interface GroupedResults {
  field: GroupField | null;
  windowMs: number;
  /** Windows that start in this stretch make one sample. */
  bucketMs: number;
  /** Each window has a sample of its own. */
  single: boolean;
  series: readonly GroupSeries[];
}

/** Colours that there are; when there are more groups, the last slot is left to "other". */
const SLOTS = 8;
export const OTHER = 'other';
/** Buckets hold this many windows, so that their edges fall on round times. */
const FACTORS = [1, 2, 3, 6, 12, 30, 60, 180, 360, 1080, 2160, 8640];

/**
 * The field that the results in [from, to) are grouped by: the wanted one when any of them has it; null when they are
 * totals.
 */
export function fieldIn(
  results: readonly WindowResult[],
  wanted: GroupField,
  from: number,
  to: number,
): GroupField | null {
  const other = wanted === 'org' ? 'region' : 'org';
  let found: GroupField | null | undefined;
  for (const result of results) {
    const start = Date.parse(result.window.start);
    if (start < from || start >= to) continue;
    if (result.group[wanted] !== undefined) return wanted;
    if (result.group[other] !== undefined) found = other;
    else found ??= null;
  }
  return found === undefined ? wanted : found;
}

/** Under which name a result counts; undefined when it is grouped by something else. */
function nameIn(group: Group, field: GroupField | null): string | undefined {
  if (field !== null) return group[field];
  return group.org === undefined && group.region === undefined ? groupLabel(group) : undefined;
}

/** Series of one measure by group over the windows that start in [from, to), in at most `maxBuckets` buckets. */
export function groupResults(
  results: readonly WindowResult[],
  options: { field: GroupField | null; measure: Measure; from: number; to: number; maxBuckets: number },
): GroupedResults {
  const { field, measure, from, to, maxBuckets } = options;
  const inRange = results.filter((result) => {
    const start = Date.parse(result.window.start);
    // A count of 0 takes a session back: it is part of another now.
    if (result.count === 0 || (measure === 'sum' && result.sum === undefined)) return false;
    return nameIn(result.group, field) !== undefined && start >= from && start < to;
  });
  const { windowMs, bucketMs, single } = bucketFor(inRange, to - from, maxBuckets);
  // A session is its group's own: no other group has that window, so none counts 0 in it.
  const sessions = inRange.some(({ window }) => window.kind === 'session');
  const buckets = new Map<number, Bucket>();
  const totals = new Map<string, number>();
  const windows = new Set<number>();
  const ofGroup = new Map<string, number>();
  for (const result of inRange) {
    const name = nameIn(result.group, field) ?? '';
    const value = measure === 'sum' ? Number(result.sum) : result.count;
    const start = Date.parse(result.window.start);
    const at = Math.floor(start / bucketMs) * bucketMs;
    const bucket = buckets.get(at) ?? { windows: new Set(), sums: new Map(), counts: new Map() };
    bucket.windows.add(start);
    add(bucket.sums, name, value);
    add(bucket.counts, name, 1);
    buckets.set(at, bucket);
    windows.add(start);
    add(totals, name, value);
    add(ofGroup, name, 1);
  }
  const slots = slotsOf(results, field, totals);
  const starts = [...buckets.keys()].sort((a, b) => a - b);
  const series = (name: string, slot: number, members: readonly string[]): GroupSeries => ({
    name,
    slot,
    mean: sumOf(totals, members) / Math.max(1, sessions ? sumOf(ofGroup, members) : windows.size),
    samples: sessions
      ? ownWindows(starts, buckets, members)
      : sharedWindows(starts, bucketMs, buckets, members),
  });
  const named = [...slots].sort((a, b) => (totals.get(b[0]) ?? 0) - (totals.get(a[0]) ?? 0));
  const rest = [...totals.keys()].filter((name) => !slots.has(name));
  return {
    field,
    windowMs,
    bucketMs,
    single,
    series: [
      ...named.map(([name, slot]) => series(name, slot, [name])),
      ...(rest.length > 0 ? [series(OTHER, -1, rest)] : []),
    ],
  };
}

interface Bucket {
  /** Starts of the windows in it. */
  windows: Set<number>;
  sums: Map<string, number>;
  /** Results of each group. */
  counts: Map<string, number>;
}

function add(values: Map<string, number>, name: string, value: number): void {
  values.set(name, (values.get(name) ?? 0) + value);
}

function sumOf(values: ReadonlyMap<string, number>, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (values.get(name) ?? 0), 0);
}

/** A group without events in a window counts 0 there; a window that nobody has a result for is a gap. */
function sharedWindows(
  starts: readonly number[],
  bucketMs: number,
  buckets: ReadonlyMap<number, Bucket>,
  members: readonly string[],
): Sample[] {
  const samples: Sample[] = [];
  let previous: number | undefined;
  for (const start of starts) {
    const bucket = buckets.get(start);
    if (bucket === undefined) continue;
    if (previous !== undefined && start - previous > bucketMs) samples.push([previous + bucketMs, null]);
    samples.push([start, sumOf(bucket.sums, members) / bucket.windows.size]);
    previous = start;
  }
  return samples;
}

/** Only where the group has sessions: their mean. */
function ownWindows(
  starts: readonly number[],
  buckets: ReadonlyMap<number, Bucket>,
  members: readonly string[],
): Sample[] {
  const samples: Sample[] = [];
  for (const start of starts) {
    const bucket = buckets.get(start);
    const count = bucket === undefined ? 0 : sumOf(bucket.counts, members);
    if (bucket !== undefined && count > 0) samples.push([start, sumOf(bucket.sums, members) / count]);
  }
  return samples;
}

/** Buckets at least as wide as the usual distance between two windows, so that a thinned history has no false gaps. */
function bucketFor(
  results: readonly WindowResult[],
  rangeMs: number,
  maxBuckets: number,
): { windowMs: number; bucketMs: number; single: boolean } {
  let windowMs = 0;
  let overlap = false;
  const starts = new Set<number>();
  for (const { window } of results) {
    windowMs = Math.max(windowMs, Date.parse(window.end) - Date.parse(window.start));
    starts.add(Date.parse(window.start));
    overlap ||= window.kind === 'hopping';
  }
  if (windowMs === 0) return { windowMs: 10_000, bucketMs: 10_000, single: true };
  const distance = usualDistance(starts);
  // Windows that overlap start more often than they are long.
  const unit = overlap && distance > 0 ? Math.min(windowMs, distance) : windowMs;
  const needed = Math.max(rangeMs / unit / maxBuckets, distance / unit);
  const factor = FACTORS.find((candidate) => candidate >= needed) ?? Math.ceil(needed);
  return { windowMs, bucketMs: unit * factor, single: factor === 1 };
}

function usualDistance(starts: ReadonlySet<number>): number {
  const sorted = [...starts].sort((a, b) => a - b);
  const distances = sorted.slice(1).map((start, index) => start - (sorted[index] ?? start));
  return distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}

/** Colours by name over all results, so that a group keeps its colour while the visible range moves. */
function slotsOf(
  results: readonly WindowResult[],
  field: GroupField | null,
  totals: ReadonlyMap<string, number>,
): Map<string, number> {
  const all = new Set<string>();
  for (const result of results) {
    const name = nameIn(result.group, field);
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
