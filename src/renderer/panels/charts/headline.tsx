// The one figure of a chart: at the crosshair while some chart is pointed at, else the newest.

import { useCrosshair } from '../../charts/crosshair.ts';
import { reachOf } from '../../charts/crosshair-figures.tsx';
import { type ChartModel, isTimeModel, type ModelSeries, type TimeModel } from '../../charts/model.ts';
import { lastValue, valueAt } from '../../charts/samples.ts';
import { exactLabel } from '../../charts/units.ts';
import classes from './panel.module.css';

export function Headline({ model, shown }: { model: ChartModel; shown: readonly ModelSeries[] }) {
  const at = useCrosshair((state) => (isTimeModel(model) ? state.at : null));
  if (!isTimeModel(model)) return <span className={classes.headline}>{model.headlineText}</span>;
  const { name, value } = figureOf(model, shown, at);
  return (
    <span className={classes.headline}>
      {name !== null && <i>{name}</i>}
      {exactLabel(model.unit, value)}
    </span>
  );
}

function figureOf(
  model: TimeModel,
  shown: readonly ModelSeries[],
  at: number | null,
): { name: string | null; value: number | null } {
  const read = (series: ModelSeries) =>
    at === null ? lastValue(series.samples) : valueAt(series.samples, at, reachOf(model));
  const named = shown.find((series) => series.key === model.headline);
  if (named !== undefined) return { name: model.series.length > 1 ? named.name : null, value: read(named) };
  // What is laid over the chart to compare is no part of the sum.
  const measured = shown.filter((series) => series.dashed !== true);
  const values = measured.map(read).filter((value) => value !== null);
  return { name: null, value: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) };
}
