// Many charts in one picture: each is drawn beside the page, whether it is on the screen or not, and set in a grid under
// a head that says of what. Called by the charts panel.
import { formatDateTime } from '../components/format.ts';
import { openChart } from './echarts.ts';
import { EXPORT_SCALE, toPicture } from './export.ts';
import type { Mark } from './marks.ts';
import { type ChartModel, isEmpty, isTimeModel } from './model.ts';
import { categoryOption, timeOption, type View } from './plot-option.ts';
import type { ChartTokens } from './tokens.ts';

const COLUMNS = 3;
const [PLOT_WIDTH, PLOT_HEIGHT] = [460, 190];
const GAP = 12;
const HEAD = 44;

export interface Sheet {
  /** What is shown, above the stretch of time. */
  title: string;
  models: readonly ChartModel[];
  marks: readonly Mark[];
  view: View;
}

/** Charts without data are left out. Throws when the browser gives no canvas. */
export function toSheet({ title, models, marks, view }: Sheet, tokens: ChartTokens): HTMLCanvasElement {
  const pictures = models
    .filter((model) => !isEmpty(model))
    .map((model) =>
      toPicture(
        model,
        isTimeModel(model) ? model.series : [],
        view,
        plotOf(model, marks, view, tokens),
        tokens,
      ),
    );
  const places = sheetPlaces(pictures, COLUMNS, GAP * EXPORT_SCALE, HEAD * EXPORT_SCALE);
  const sheet = document.createElement('canvas');
  sheet.width = places.width;
  sheet.height = places.height;
  const paint = sheet.getContext('2d');
  if (paint === null) throw new Error('This browser gives no 2d canvas.');
  paint.fillStyle = tokens.line;
  paint.fillRect(0, 0, sheet.width, sheet.height);
  pictures.forEach((picture, index) => {
    const place = places.at[index];
    if (place !== undefined) paint.drawImage(picture, place.x, place.y);
  });
  paint.scale(EXPORT_SCALE, EXPORT_SCALE);
  paint.textBaseline = 'middle';
  paint.fillStyle = tokens.ink;
  paint.font = `600 14px ${tokens.fontSans}`;
  paint.fillText(
    `${title} · ${formatDateTime(view.from)} – ${formatDateTime(view.to)}`,
    GAP,
    HEAD / 2 + GAP / 2,
  );
  return sheet;
}

/** Where pictures of one width stand in rows of `columns`, each row as high as its highest; all in the same pixels. */
export function sheetPlaces(
  pictures: readonly { width: number; height: number }[],
  columns: number,
  gap: number,
  head: number,
): { width: number; height: number; at: { x: number; y: number }[] } {
  const used = Math.max(1, Math.min(columns, pictures.length));
  const width = Math.max(0, ...pictures.map((picture) => picture.width));
  const at: { x: number; y: number }[] = [];
  let y = head + gap;
  for (let first = 0; first < pictures.length; first += used) {
    const row = pictures.slice(first, first + used);
    row.forEach((_, column) => {
      at.push({ x: gap + column * (width + gap), y });
    });
    y += Math.max(...row.map((picture) => picture.height)) + gap;
  }
  return { width: gap + used * (width + gap), height: y, at };
}

function plotOf(
  model: ChartModel,
  marks: readonly Mark[],
  view: View,
  tokens: ChartTokens,
): HTMLCanvasElement {
  const look = { tokens, width: PLOT_WIDTH, height: PLOT_HEIGHT };
  const host = document.createElement('div');
  const chart = openChart(host, { width: PLOT_WIDTH, height: PLOT_HEIGHT });
  try {
    chart.setOption(
      isTimeModel(model) ? timeOption(model, model.series, marks, view, look) : categoryOption(model, look),
    );
    return chart.renderToCanvas({ pixelRatio: EXPORT_SCALE });
  } finally {
    chart.dispose();
  }
}
