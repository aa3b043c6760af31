// The list of figures beside the crosshair, in the chart that is pointed at: the time, each series' value, and what
// happened there.
import { formatDateTime, formatTime } from '../components/format.ts';
import classes from './charts.module.css';
import { useCrosshair } from './crosshair.ts';
import { type Mark, markNear } from './marks.ts';
import type { ModelSeries, TimeModel } from './model.ts';
import { PLOT, sinceStart, type View } from './plot-option.ts';
import { valueAt } from './samples.ts';
import { slotVariable } from './tokens.ts';
import { exactLabel } from './units.ts';

const DAY = 86_400_000;
/** A mark this close to the crosshair is named, px. */
const MARK_REACH = 5;

interface Props {
  model: TimeModel;
  shown: readonly ModelSeries[];
  marks: readonly Mark[];
  view: View;
  plotWidth: number;
}

export function CrosshairFigures({ model, shown, marks, view, plotWidth }: Props) {
  const at = useCrosshair((state) => (state.chart === model.id ? state.at : null));
  if (at === null || at < view.from || at > view.to) return null;
  const range = view.to - view.from;
  const x = PLOT.left + ((at - view.from) / range) * plotWidth;
  const onLeft = x > PLOT.left + plotWidth / 2;
  const mark = markNear(marks, at, (range / plotWidth) * MARK_REACH);
  const bucket = model.kind === 'stack' ? Math.floor(at / model.stepMs) * model.stepMs : at;
  const clock = range > DAY / 2 ? formatDateTime(bucket) : formatTime(bucket);
  const when = model.axis === 'relative' ? sinceStart(bucket) : clock;
  return (
    <div
      className={classes.figures}
      style={onLeft ? { right: PLOT.left + plotWidth + PLOT.right - x + 10 } : { left: x + 10 }}
    >
      <div className={classes.figuresTime}>
        {when}
        {model.kind === 'stack' && ` – ${formatTime(bucket + model.stepMs)}`}
      </div>
      {shown.map((series) => (
        <div key={series.key} className={classes.figure}>
          <i style={{ background: slotVariable(series.slot) }} />
          <span>{series.name}</span>
          <b>{exactLabel(model.unit, valueAt(series.samples, at, reachOf(model)))}</b>
        </div>
      ))}
      {mark !== null && (
        <div className={classes.figuresMark} data-severity={mark.severity}>
          {mark.title}
          <span> {formatTime(mark.at)}</span>
        </div>
      )}
    </div>
  );
}

/** How far back a sample still speaks for the moment pointed at, ms. */
export function reachOf(model: TimeModel): number {
  return model.kind === 'stack' ? model.stepMs - 1 : model.stepMs * 2.5;
}
