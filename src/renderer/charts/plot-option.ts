// ECharts options of the charts: from a model, a window of time and the theme's tokens to what the canvas draws.
// Pure. There is no animation anywhere: live series are redrawn once a second.
import { formatTime } from '../components/format.ts';
import type { ChartOption, LineSeriesOption } from './echarts.ts';
import type { Mark } from './marks.ts';
import { type CategoryModel, isTimeModel, type ModelSeries, type TimeModel } from './model.ts';
import { type Sample, thin } from './samples.ts';
import { type ChartTokens, slotColour, withAlpha } from './tokens.ts';
import { axisLabel } from './units.ts';

/** Room around the plot, px. Fixed, so that all charts share one time axis and nothing jumps when figures grow. */
export const PLOT = { left: 50, right: 10, top: 10, bottom: 22 } as const;
export const RANKING_LEFT = 112;

export interface View {
  /** Epoch ms. */
  from: number;
  to: number;
}

export interface Look {
  tokens: ChartTokens;
  width: number;
  height: number;
}

export function timeOption(
  model: TimeModel,
  shown: readonly ModelSeries[],
  marks: readonly Mark[],
  view: View,
  look: Look,
): ChartOption {
  const { tokens } = look;
  const plotWidth = Math.max(1, look.width - PLOT.left - PLOT.right);
  const stacked = model.kind === 'stack';
  const barWidth = Math.max(1, Math.floor((plotWidth * model.stepMs) / (view.to - view.from)) - 1);
  return {
    animation: false,
    grid: { ...PLOT, outerBoundsMode: 'none' },
    xAxis: timeAxis(view, look, model.axis === 'relative'),
    yAxis: valueAxis(model, look),
    series: [
      ...shown.map((series) => {
        const colour = slotColour(tokens, series.slot);
        const samples = thin(series.samples, plotWidth);
        return stacked
          ? {
              type: 'bar' as const,
              id: series.key,
              stack: 'all',
              silent: true,
              // A bucket's bar stands over its whole stretch, not astride its start.
              data: samples.map(([at, value]) => [at + model.stepMs / 2, value]),
              barWidth,
              itemStyle: { color: colour },
            }
          : line(series, colour, samples, shown.length === 1);
      }),
      marksSeries(marks, look),
    ],
  };
}

function line(
  series: ModelSeries,
  colour: string,
  samples: readonly Sample[],
  filled: boolean,
): LineSeriesOption & { type: 'line' } {
  return {
    type: 'line',
    id: series.key,
    silent: true,
    showSymbol: loneSample(samples),
    symbol: 'circle',
    symbolSize: 3,
    data: samples.map(([at, value]) => [at, value]),
    lineStyle: { color: colour, width: 1.5, type: series.dashed === true ? [4, 3] : 'solid' },
    itemStyle: { color: colour },
    ...(filled ? { areaStyle: { color: withAlpha(colour, 0.12) } } : {}),
  };
}

/** A line of one sample is invisible; a dot is not. */
function loneSample(samples: readonly Sample[]): boolean {
  return samples.filter(([, value]) => value !== null).length === 1;
}

function timeAxis(
  { from, to }: View,
  { tokens, width }: Look,
  relative: boolean,
): NonNullable<ChartOption['xAxis']> {
  const step = tickStep(to - from, width - PLOT.left - PLOT.right);
  // Ticks on round local times (a day's midnight is local, too).
  const offset = relative ? 0 : new Date(from).getTimezoneOffset() * 60_000;
  const first = Math.ceil((from - offset) / step) * step + offset;
  const ticks: number[] = [];
  // A label is centred on its tick: one too close to the end would be cut.
  const half = hasSeconds(step) ? 25 : 15;
  const last = to - ((half - PLOT.right) / (width - PLOT.left - PLOT.right)) * (to - from);
  for (let at = first; at <= last; at += step) ticks.push(at);
  return {
    type: 'value',
    min: from,
    max: to,
    // Bars at the edges are cut: the axis of a bar chart stays the same as that of its neighbours.
    containShape: false,
    axisLine: { lineStyle: { color: tokens.line } },
    axisTick: { show: true, length: 3, lineStyle: { color: tokens.line }, customValues: ticks },
    splitLine: { show: false },
    axisLabel: {
      color: tokens.dim,
      fontSize: 11,
      fontFamily: tokens.fontSans,
      margin: 6,
      hideOverlap: true,
      customValues: ticks,
      formatter: (at: number) => (relative ? sinceStart(at) : tickLabel(at, step)),
    },
  };
}

const TICK_STEPS = [
  5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
].map((seconds) => seconds * 1000);

/** Room for a label and the space beside it, px: "23:51:10" and "23:51". */
const LABEL_PX = { seconds: 66, minutes: 46 };

function hasSeconds(step: number): boolean {
  return step % 60_000 !== 0;
}

/** The smallest round step whose labels stand apart on an axis that wide, ms. */
export function tickStep(rangeMs: number, width: number): number {
  const fits = (step: number) =>
    (rangeMs / step) * (hasSeconds(step) ? LABEL_PX.seconds : LABEL_PX.minutes) <= width;
  return TICK_STEPS.find(fits) ?? 7 * 86_400_000;
}

function tickLabel(at: number, step: number): string {
  const time = formatTime(at);
  return hasSeconds(step) ? time : time.slice(0, 5);
}

/** "+0:30": minutes and seconds, with hours where there are any. */
export function sinceStart(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return h > 0 ? `+${h}:${two(m)}:${two(s)}` : `+${m}:${two(s)}`;
}

function valueAxis(model: TimeModel | CategoryModel, { tokens, height }: Look) {
  return {
    type: 'value' as const,
    min: 0,
    splitNumber: height > 220 ? 4 : 3,
    ...(model.unit === 'count' ? { minInterval: 1 } : {}),
    // A hundredth of a second behind is not a mountain.
    ...(model.unit === 'seconds' && highest(model) <= 1 ? { max: 1, interval: 0.5 } : {}),
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: tokens.line } },
    axisLabel: {
      color: tokens.dim,
      fontSize: 11,
      fontFamily: tokens.fontSans,
      margin: 8,
      formatter: (value: number) => axisLabel(model.unit, value),
    },
  };
}

function highest(model: TimeModel | CategoryModel): number {
  if (!isTimeModel(model)) return 0;
  let most = 0;
  for (const { samples } of model.series) {
    for (const [, value] of samples) most = Math.max(most, value ?? 0);
  }
  return most;
}

/** Marks hang on a series without data, so that hiding a line never hides what happened. */
function marksSeries(marks: readonly Mark[], { tokens }: Look): LineSeriesOption & { type: 'line' } {
  return {
    type: 'line',
    id: 'marks',
    silent: true,
    data: [],
    markLine: {
      silent: true,
      symbol: 'none',
      animation: false,
      label: { show: false },
      data: marks
        .filter((mark) => mark.until === null)
        .map((mark) => ({
          xAxis: mark.at,
          lineStyle: { color: colourOf(mark, tokens), type: [3, 3], width: 1 },
        })),
    },
    markArea: {
      silent: true,
      animation: false,
      label: { show: false },
      itemStyle: { color: withAlpha(tokens.dim, 0.14) },
      data: marks.flatMap((mark) =>
        mark.until === null
          ? []
          : [[{ xAxis: mark.at, itemStyle: shadeOf(mark, tokens) }, { xAxis: mark.until }] as const].map(
              ([a, b]) => [a, b],
            ),
      ) as [{ xAxis: number }, { xAxis: number }][],
    },
  };
}

function colourOf(mark: Mark, tokens: ChartTokens): string {
  return mark.kind === 'annotation' ? tokens.accent : tokens.severity[mark.severity];
}

function shadeOf(mark: Mark, tokens: ChartTokens): { color: string } {
  return { color: withAlpha(mark.kind === 'annotation' ? tokens.accent : tokens.dim, 0.14) };
}

export function categoryOption(model: CategoryModel, look: Look): ChartOption {
  const { tokens } = look;
  const ranking = model.kind === 'ranking';
  const names = {
    type: 'category' as const,
    data: model.bars.map((bar) => bar.tick ?? bar.name),
    inverse: ranking,
    axisLine: { lineStyle: { color: tokens.line } },
    axisTick: { show: false },
    axisLabel: {
      color: tokens.dim,
      fontSize: 11,
      fontFamily: tokens.fontSans,
      margin: ranking ? 8 : 6,
      hideOverlap: true,
      ...(ranking ? { width: RANKING_LEFT - 14, overflow: 'truncate' as const } : {}),
    },
  };
  const values = valueAxis(model, look);
  return {
    animation: false,
    grid: { ...PLOT, ...(ranking ? { left: RANKING_LEFT } : {}), outerBoundsMode: 'none' },
    xAxis: ranking ? values : names,
    yAxis: ranking ? names : values,
    series: [
      {
        type: 'bar',
        id: 'bars',
        silent: true,
        barCategoryGap: ranking ? '35%' : '12%',
        barMaxWidth: ranking ? 18 : 40,
        data: model.bars.map((bar) => ({
          value: bar.value,
          itemStyle: { color: slotColour(tokens, bar.slot) },
        })),
      },
    ],
  };
}
