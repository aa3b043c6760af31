// The charts of window results: by org as lines, by region as stacked bars, the largest orgs, the amounts themselves.
import type { WindowResult } from '../../../shared/event.ts';
import type { GroupField } from '../../../shared/query.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { fieldIn, type GroupedResults, groupResults } from '../../charts/group-series.ts';
import type { CategoryModel, ModelSeries, TimeModel } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';
import { formatCount, formatDuration } from '../../components/format.ts';

/** More bars than this in one chart are no longer bars. */
const MAX_BARS = 45;
const MAX_LINE_POINTS = 400;
const RANKED = 8;

const EMPTY =
  'Each closed window adds a point here. Start the writer, producer and processor and wait for one window to close.';

export function amountByGroup(results: readonly WindowResult[], view: View): TimeModel {
  const field = fieldIn(results, 'org', view.from, view.to);
  const grouped = groupResults(results, {
    field,
    measure: 'sum',
    ...view,
    maxBuckets: MAX_LINE_POINTS,
  });
  return {
    id: 'amount-by-group',
    kind: 'lines',
    title: field === null ? 'Amount' : `Amount by ${field}`,
    subtitle: `sum ${windowsOf(grouped)}`,
    help: `Sum of the amounts in each event-time window${by(field)}. ${averaged(grouped)}${hint(field, 'org')}`,
    unit: 'money',
    empty: emptyOf(results),
    headline: null,
    stepMs: grouped.bucketMs,
    results: true,
    series: seriesOf(grouped),
  };
}

export function eventsByGroup(results: readonly WindowResult[], view: View): TimeModel {
  const field = fieldIn(results, 'region', view.from, view.to);
  const grouped = groupResults(results, {
    field,
    measure: 'count',
    ...view,
    maxBuckets: MAX_BARS,
  });
  return {
    id: 'events-by-group',
    kind: 'stack',
    title: field === null ? 'Events' : `Events by ${field}`,
    subtitle: windowsOf(grouped),
    help: `Events counted in each event-time window${by(field)}. ${averaged(grouped)}${hint(field, 'region')}`,
    unit: 'count',
    empty: EMPTY,
    headline: null,
    stepMs: grouped.bucketMs,
    results: true,
    series: seriesOf(grouped),
  };
}

export function largestGroups(results: readonly WindowResult[], view: View): CategoryModel {
  const field = fieldIn(results, 'org', view.from, view.to);
  const { series, windowMs } = groupResults(results, { field, measure: 'sum', ...view, maxBuckets: 1 });
  const named = series.filter(({ slot }) => slot >= 0).slice(0, RANKED);
  return {
    id: 'largest-groups',
    kind: 'ranking',
    title: field === null ? 'Mean amount' : `Top ${field}s`,
    subtitle: `mean ${windowsOf({ windowMs, single: true })}`,
    help: `The ${field ?? 'group'}s with the largest amounts in view: the mean of their sums over all its windows.`,
    unit: 'money',
    empty: emptyOf(results),
    bars: named.map(({ name, slot, mean }) => ({ key: name, name, slot, value: mean })),
    caption: 'sum of amounts',
    headlineText: named[0] === undefined ? '' : named[0].name,
  };
}

export function amountsOfLastWindow(amounts: Snapshot['amounts']): CategoryModel {
  const counts = amounts?.counts ?? [];
  const total = counts.reduce((sum, count) => sum + count, 0);
  return {
    id: 'amounts',
    kind: 'columns',
    title: 'Amounts',
    subtitle: 'last window',
    help: 'How many events of the last closed window had an amount in each range: the distribution of the amounts.',
    unit: 'count',
    empty: 'How the amounts of one window spread. It fills when the processor closes its first window.',
    bars: counts.map((value, index) => ({
      key: String(index),
      name: `${edge(amounts?.edges[index])}–${edge(amounts?.edges[index + 1])}`,
      tick: edge(amounts?.edges[index]),
      slot: 0,
      value,
    })),
    caption: 'amount across, events up',
    headlineText: total === 0 ? '' : `${formatCount(total)} events`,
  };
}

function edge(cents: number | undefined): string {
  return cents === undefined ? '' : formatCount(cents / 100);
}

function seriesOf(grouped: GroupedResults): readonly ModelSeries[] {
  return grouped.series.map(({ name, slot, samples }) => ({ key: name, name, slot, samples }));
}

/** Of how long a window the figures are, and whether several are averaged. */
function windowsOf({ windowMs, single }: Pick<GroupedResults, 'windowMs' | 'single'>): string {
  const each = `per ${formatDuration(windowMs)}`;
  return single ? each : `${each}, mean`;
}

function averaged({ single, bucketMs }: GroupedResults): string {
  return single
    ? ''
    : `Each point is the mean of the windows that start within ${formatDuration(bucketMs)}. `;
}

function by(field: GroupField | null): string {
  return field === null ? '' : `, by ${field}`;
}

function hint(field: GroupField | null, wanted: GroupField): string {
  return field === wanted ? '' : `To see it by ${wanted}, set the processor’s “Group by” to ${wanted}.`;
}

function emptyOf(results: readonly WindowResult[]): string {
  const unasked = results.length > 0 && results.every(({ sum }) => sum === undefined);
  return unasked ? 'This query does not ask for the sum. Change it under “Queries”.' : EMPTY;
}
