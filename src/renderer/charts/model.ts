// What a chart shows, apart from how it is drawn: the same model feeds the canvas, the legend, the crosshair's
// figures and the exports.
import type { Sample } from './samples.ts';
import type { Unit } from './units.ts';

export interface ModelSeries {
  key: string;
  name: string;
  /** Place in the palette; -1 for "other". */
  slot: number;
  /** Everything in the visible window, not thinned. */
  samples: readonly Sample[];
  /** A target or bound rather than a measurement. */
  dashed?: boolean;
}

interface ModelBase {
  id: string;
  title: string;
  /** What is measured, in a few words, with its unit. */
  subtitle: string;
  /** A sentence for those who learn the word. */
  help: string;
  unit: Unit;
  /** What will appear here and how to make it appear, while there is nothing. */
  empty: string;
}

export interface TimeModel extends ModelBase {
  kind: 'lines' | 'stack';
  series: readonly ModelSeries[];
  /** How long one sample holds, ms: the reach of the crosshair, and the width of a bar. */
  stepMs: number;
  /** What the time axis counts: the clock (default), or ms from the beginning. */
  axis?: 'clock' | 'relative';
  /** One bucket holds whole windows of results: a row of it can be looked for. */
  results?: boolean;
  /** Which series gives the figure at the top right; null adds up all that are shown. */
  headline: string | null;
}

export interface CategoryModel extends ModelBase {
  kind: 'columns' | 'ranking';
  /** Unit of the values; `unit` is that of what they are counted by. */
  bars: readonly CategoryBar[];
  headlineText: string;
  /** What the axes measure, below the plot. */
  caption: string;
}

export interface CategoryBar {
  key: string;
  name: string;
  /** A shorter name for the axis. */
  tick?: string;
  slot: number;
  value: number;
}

export type ChartModel = TimeModel | CategoryModel;

export function isTimeModel(model: ChartModel): model is TimeModel {
  return model.kind === 'lines' || model.kind === 'stack';
}

/** Whether there is anything to draw. */
export function isEmpty(model: ChartModel): boolean {
  return isTimeModel(model)
    ? model.series.every((series) => series.samples.every(([, value]) => value === null))
    : model.bars.every((bar) => bar.value === 0);
}
