// Charts as files: what is seen as PNG with title and legend, what is behind it as CSV, unthinned.
import { formatDateTime } from '../components/format.ts';
import { type ChartModel, isTimeModel, type ModelSeries } from './model.ts';
import type { View } from './plot-option.ts';
import { type ChartTokens, slotColour } from './tokens.ts';
import { UNIT_NAMES } from './units.ts';

/** Rows of what is shown: one a moment with a column a series, or one a bar. Lines end with CRLF (RFC 4180). */
export function toCsv(model: ChartModel, shown: readonly ModelSeries[], view: View): string {
  const unit = UNIT_NAMES[model.unit];
  if (!isTimeModel(model)) {
    return csv([[model.subtitle, unit], ...model.bars.map((bar) => [bar.name, String(bar.value)])]);
  }
  const rows = new Map<number, string[]>();
  shown.forEach((series, column) => {
    for (const [at, value] of series.samples) {
      if (value === null || at < view.from || at >= view.to) continue;
      const row = rows.get(at) ?? Array.from({ length: shown.length }, () => '');
      row[column] = String(value);
      rows.set(at, row);
    }
  });
  const head = ['time', ...shown.map((series) => `${series.name} (${unit})`)];
  const times = [...rows.keys()].sort((a, b) => a - b);
  return csv([head, ...times.map((at) => [new Date(at).toISOString(), ...(rows.get(at) ?? [])])]);
}

function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Device pixels a CSS pixel in an exported picture. */
export const EXPORT_SCALE = 2;
const HEAD = 46;
const FOOT = 26;
/** Of the legend. */
const ROW = 18;

/** Where entries of these widths stand, in as many rows as they need. */
export function legendPlaces(widths: readonly number[], room: number): { x: number; row: number }[] {
  let [x, row] = [12, 0];
  return widths.map((width) => {
    if (x > 12 && x + width > room) [x, row] = [12, row + 1];
    const place = { x, row };
    x += width;
    return place;
  });
}

/** The plot with its title above and its legend below, on the panel's ground. */
export function toPicture(
  model: ChartModel,
  shown: readonly ModelSeries[],
  view: View,
  plot: HTMLCanvasElement,
  tokens: ChartTokens,
): HTMLCanvasElement {
  const picture = document.createElement('canvas');
  const paint = picture.getContext('2d');
  if (paint === null) throw new Error('This browser gives no 2d canvas.');
  const small = `11px ${tokens.fontSans}`;
  paint.font = small;
  const widths = shown.map(({ name }) => 27 + paint.measureText(name).width);
  const places = legendPlaces(widths, plot.width / EXPORT_SCALE);
  const rows = 1 + Math.max(0, ...places.map(({ row }) => row));
  // Its size takes what was set of the canvas with it.
  picture.width = plot.width;
  picture.height = plot.height + (HEAD + FOOT + (rows - 1) * ROW) * EXPORT_SCALE;
  paint.fillStyle = tokens.panel;
  paint.fillRect(0, 0, picture.width, picture.height);
  paint.drawImage(plot, 0, HEAD * EXPORT_SCALE);
  paint.scale(EXPORT_SCALE, EXPORT_SCALE);
  paint.textBaseline = 'middle';
  paint.font = `600 13px ${tokens.fontSans}`;
  paint.fillStyle = tokens.ink;
  paint.fillText(model.title, 12, 15);
  paint.font = small;
  paint.fillStyle = tokens.dim;
  const when = isTimeModel(model) ? ` · ${formatDateTime(view.from)} – ${formatDateTime(view.to)}` : '';
  paint.fillText(`${model.subtitle}${when}`, 12, 32);
  const top = HEAD + plot.height / EXPORT_SCALE + FOOT / 2;
  shown.forEach((series, index) => {
    const { x, row } = places[index] ?? { x: 12, row: 0 };
    const y = top + row * ROW;
    paint.fillStyle = slotColour(tokens, series.slot);
    paint.fillRect(x, y - 4, 8, 8);
    paint.fillStyle = tokens.dim;
    paint.fillText(series.name, x + 13, y);
  });
  return picture;
}

export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has its own hold on the content by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

/** `livedb-throughput-2026-11-23T10-00-00Z.csv` */
export function fileName(chart: string, at: number, extension: string): string {
  const time = new Date(at).toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  return `livedb-${chart}-${time}.${extension}`;
}
