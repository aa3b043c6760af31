// The parts of ECharts that LiveDB uses, and no others: lines, bars, a grid, marks, a canvas.
import { BarChart, type BarSeriesOption, LineChart, type LineSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  MarkAreaComponent,
  MarkLineComponent,
} from 'echarts/components';
import { type ComposeOption, type ECharts, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([LineChart, BarChart, GridComponent, MarkLineComponent, MarkAreaComponent, CanvasRenderer]);

export type ChartOption = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption>;
export type { ECharts, LineSeriesOption };

/** A chart in `element`, which has a size of its own unless one is given; the caller disposes of it. */
export function openChart(element: HTMLDivElement, size?: { width: number; height: number }): ECharts {
  const chart = init(element, null, { renderer: 'canvas', ...size });
  // Nothing moves by itself: by default ten empty frames would follow each redraw, with six charts nearly all there are.
  chart.getZr().setSleepAfterStill(1);
  return chart;
}
