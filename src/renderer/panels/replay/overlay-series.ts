// A branch over the live chart of amounts: its groups as dashed lines, each in the colour of the live line of the same
// group. Pure; called by the chart models.
import type { WindowResult } from '../../../shared/event.ts';
import { fieldIn, groupResults } from '../../charts/group-series.ts';
import type { ModelSeries, TimeModel } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';

const MAX_POINTS = 400;
/** More dashed lines than this over one chart could not be told apart. */
const MAX_LINES = 4;

/** `branch` null: the chart as it is. */
export function withBranch(
  live: TimeModel,
  branch: { name: string; results: readonly WindowResult[] } | null,
  view: View,
): TimeModel {
  if (branch === null) return live;
  const field = fieldIn(branch.results, 'org', view.from, view.to);
  const { series } = groupResults(branch.results, {
    field,
    measure: 'sum',
    ...view,
    maxBuckets: MAX_POINTS,
  });
  const slots = new Map(live.series.map(({ name, slot }) => [name, slot]));
  const over = series.slice(0, MAX_LINES).map(
    ({ name, slot, samples }): ModelSeries => ({
      key: `branch ${name}`,
      name: `${branch.name}: ${name}`,
      slot: slots.get(name) ?? slot,
      samples,
      dashed: true,
    }),
  );
  return { ...live, series: [...live.series, ...over] };
}
