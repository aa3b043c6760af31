// The chart of a preview: one aggregate of each group over the windows that the query would have closed. Pure.
import type { WindowResult } from '../../../shared/event.ts';
import type { Aggregate, QuerySpec } from '../../../shared/query.ts';
import { groupLabel } from '../../charts/group-label.ts';
import type { TimeModel } from '../../charts/model.ts';
import type { Sample } from '../../charts/samples.ts';
import { AGGREGATE_WORDS, figureOf, unitOf } from './aggregates.ts';
import { groupWords, windowWords } from './words.ts';

/** Colours that there are; of more groups only the largest are drawn, and the subtitle says so. */
const MAX_GROUPS = 8;

export function previewModel(
  results: readonly WindowResult[],
  { window, groupBy }: Pick<QuerySpec, 'window' | 'groupBy'>,
  aggregate: Aggregate,
): TimeModel {
  const groups = new Map<string, { total: number; results: WindowResult[] }>();
  for (const result of results) {
    const name = groupLabel(result.group);
    const group = groups.get(name) ?? { total: 0, results: [] };
    group.total += result.count;
    group.results.push(result);
    groups.set(name, group);
  }
  const drawn = [...groups].sort((a, b) => b[1].total - a[1].total).slice(0, MAX_GROUPS);
  const stepMs = stepOf(window);
  const rest = groups.size - drawn.length;
  return {
    id: 'query-preview',
    kind: 'lines',
    title: `${AGGREGATE_WORDS[aggregate]} ${groupWords(groupBy)}`,
    subtitle: `${windowWords(window)}${rest === 0 ? '' : `, the ${MAX_GROUPS} largest of ${groups.size} groups`}`,
    help: 'What the query would have made of the events of this stretch. Nothing is published.',
    unit: unitOf(aggregate),
    empty: 'No window closes in this stretch: take a longer one, or shorter windows.',
    headline: null,
    stepMs,
    series: drawn.map(([name, group], slot) => ({
      key: name,
      name,
      slot,
      samples:
        window.kind === 'session'
          ? stretches(group.results, aggregate)
          : line(group.results, aggregate, stepMs),
    })),
  };
}

function stepOf(window: QuerySpec['window']): number {
  switch (window.kind) {
    case 'tumbling':
      return window.sizeMs;
    case 'hopping':
      return window.slideMs;
    case 'session':
      return window.gapMs;
  }
}

/** One sample where each window starts; windows without events make a gap. */
function line(results: readonly WindowResult[], aggregate: Aggregate, stepMs: number): Sample[] {
  const samples: Sample[] = [];
  let due: number | null = null;
  for (const result of byStart(results)) {
    const start = Date.parse(result.window.start);
    if (due !== null && start > due) samples.push([due, null]);
    samples.push([start, figureOf(result, aggregate)]);
    due = start + stepMs;
  }
  return samples;
}

/** A level line from the start to the end of each session. */
function stretches(results: readonly WindowResult[], aggregate: Aggregate): Sample[] {
  return byStart(results).flatMap((result): Sample[] => {
    const value = figureOf(result, aggregate);
    const end = Date.parse(result.window.end);
    return [
      [Date.parse(result.window.start), value],
      [end - 1, value],
      [end, null],
    ];
  });
}

/** In order of time; of a window that came more than once, its highest revision. */
function byStart(results: readonly WindowResult[]): WindowResult[] {
  const newest = new Map<string, WindowResult>();
  for (const result of results) {
    const known = newest.get(result.window.start);
    if (known === undefined || result.revision >= known.revision) newest.set(result.window.start, result);
  }
  return [...newest.values()]
    .filter(({ count }) => count > 0)
    .sort((a, b) => (a.window.start < b.window.start ? -1 : 1));
}
