// Lines of a branch and of the live query over the same windows. Pure; called by the branch's chart and by the live
// chart that a branch is laid over.
import type { WindowResult } from '../../../shared/event.ts';
import type { Aggregate } from '../../../shared/query.ts';
import { comparedResult, type ReplayComparison } from '../../../shared/replay.ts';
import { groupLabel } from '../../charts/group-label.ts';
import type { TimeModel } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';
import type { Sample } from '../../charts/samples.ts';
import { AGGREGATE_WORDS, figureOf, unitOf } from '../query/aggregates.ts';

/** Stands for all groups together; only what adds up has it. */
export const TOGETHER = '';

export function addsUp(measure: Aggregate): boolean {
  return measure === 'count' || measure === 'sum';
}

/** Groups of the windows, the largest first. */
export function groupsOf(rows: readonly ReplayComparison[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const { group, count } = comparedResult(row);
    const name = groupLabel(group);
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

/** From the first window's start to the last one's end, epoch ms; null without any. */
export function spanOf(rows: readonly ReplayComparison[]): View | null {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const { window } = comparedResult(row);
    from = Math.min(from, Date.parse(window.start));
    to = Math.max(to, Date.parse(window.end));
  }
  return from < to ? { from, to } : null;
}

export function branchModel(rows: readonly ReplayComparison[], measure: Aggregate, group: string): TimeModel {
  const mine = rows.filter((row) => group === TOGETHER || groupLabel(comparedResult(row).group) === group);
  const live = mine.flatMap(({ live }) => (live === null ? [] : [live]));
  const stepMs = stepOf(mine);
  return {
    id: 'branch',
    kind: 'lines',
    title: 'Branch over the live line',
    subtitle: AGGREGATE_WORDS[measure],
    help: 'The windows of the branch over those of the live query.',
    unit: unitOf(measure),
    empty: 'The windows of the branch are drawn here as they close.',
    headline: null,
    stepMs,
    series: [
      { key: 'live', name: 'live', slot: 0, samples: line(live, measure, stepMs) },
      {
        key: 'branch',
        name: 'branch',
        slot: 3,
        dashed: true,
        samples: line(
          mine.flatMap(({ replay }) => (replay === null ? [] : [replay])),
          measure,
          stepMs,
        ),
      },
    ],
  };
}

/** The distance between two windows: that of a hopping one is its slide. */
function stepOf(rows: readonly ReplayComparison[]): number {
  const starts = [...new Set(rows.map((row) => Date.parse(comparedResult(row).window.start)))].sort(
    (a, b) => a - b,
  );
  let step = Number.POSITIVE_INFINITY;
  for (let index = 1; index < starts.length; index += 1) {
    step = Math.min(step, (starts[index] ?? 0) - (starts[index - 1] ?? 0));
  }
  if (Number.isFinite(step)) return step;
  const [first] = rows;
  if (first === undefined) return 10_000;
  const { window } = comparedResult(first);
  return Date.parse(window.end) - Date.parse(window.start);
}

function line(results: readonly WindowResult[], measure: Aggregate, stepMs: number): Sample[] {
  const sums = new Map<number, number>();
  let longest = stepMs;
  for (const result of results) {
    const value = figureOf(result, measure);
    if (value === null) continue;
    const start = Date.parse(result.window.start);
    longest = Math.max(longest, Date.parse(result.window.end) - start);
    sums.set(start, (sums.get(start) ?? 0) + value);
  }
  const samples: Sample[] = [];
  let previous: number | undefined;
  for (const start of [...sums.keys()].sort((a, b) => a - b)) {
    // Windows that hold nothing have no result: the line breaks there.
    if (previous !== undefined && start - previous > longest) samples.push([previous + stepMs, null]);
    samples.push([start, sums.get(start) ?? null]);
    previous = start;
  }
  return samples;
}
