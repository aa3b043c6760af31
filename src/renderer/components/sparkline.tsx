// A small line of the last two minutes of one or two series, cheap enough to stand in every station.
import { memo } from 'react';
import type { MetricPoint, Series } from '../../shared/history.ts';
import styles from './sparkline.module.css';

export const SPARKLINE_SECONDS = 120;
const WIDTH = 240;
const HEIGHT = 30;

interface Props {
  points: readonly MetricPoint[];
  series: Series;
  /** Drawn dashed beneath: what it should be. */
  target?: Series;
  colour: string;
}

export const Sparkline = memo(function Sparkline({ points, series, target, colour }: Props) {
  const end = points[points.length - 1]?.at ?? 0;
  const shown = points.filter((point) => point.at > end - SPARKLINE_SECONDS * 1_000);
  const values = shown.flatMap((point) => [
    point.values[series] ?? 0,
    target === undefined ? 0 : (point.values[target] ?? 0),
  ]);
  const top = Math.max(...values, 0) * 1.15 || 1;
  const line = (of: Series) => sparklinePath(shown, of, end, top);
  return (
    <svg
      className={styles.sparkline}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
    >
      <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={styles.ground} />
      {target !== undefined && <path d={line(target)} className={styles.target} />}
      <path d={line(series)} stroke={colour} className={styles.line} />
    </svg>
  );
});

/** SVG path of one series: x is time before `end`, y is 0 to `top`; a gap lifts the pen. */
export function sparklinePath(
  points: readonly MetricPoint[],
  series: Series,
  end: number,
  top: number,
): string {
  let path = '';
  let last: number | null = null;
  for (const { at, values } of points) {
    const value = values[series] ?? null;
    if (value === null) {
      last = null;
      continue;
    }
    const x = WIDTH - ((end - at) / 1_000 / (SPARKLINE_SECONDS - 1)) * WIDTH;
    const y = HEIGHT - 1 - (Math.min(value, top) / top) * (HEIGHT - 3);
    path += `${last === null || at - last > 2_500 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    last = at;
  }
  return path;
}
