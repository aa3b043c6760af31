// Which stretch of time the charts show: live (its end is now) or held at an end. Changed by the timeline, by a drag
// on a chart and by the keyboard; read by everything on the time axis. Moved along the timeline, the room goes with it:
// it is then shown as it was at the end of the stretch.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { View } from '../../charts/plot-option.ts';
import { useControlRoom } from '../../store/hooks.ts';
import { isPast, leavePast, showAt } from '../../store/past.ts';

const MINUTE = 60_000;
export const RANGES = [
  { ms: MINUTE, label: '1 min' },
  { ms: 5 * MINUTE, label: '5 min' },
  { ms: 15 * MINUTE, label: '15 min' },
  { ms: 60 * MINUTE, label: '1 h' },
  { ms: 360 * MINUTE, label: '6 h' },
  { ms: 1440 * MINUTE, label: '24 h' },
] as const;

/** A closer look than this shows nothing more: points are a second apart. */
const MIN_RANGE_MS = 10_000;

/** Five minutes of which only the last one is recorded would be an empty chart: until then a minute is shown. */
const YOUNG_MS = 3 * MINUTE;

export interface TimeView {
  rangeMs: number;
  /** Epoch ms; null is live. */
  end: number | null;
}

interface Chosen {
  /** null until somebody chooses: then it follows what there is to show. */
  rangeMs: number | null;
  end: number | null;
}

export const timeView = createStore<Chosen>(() => ({ rangeMs: null, end: null }));

export function useTimeView(): TimeView {
  const chosen = useStore(timeView);
  const usual = useControlRoom(({ points }) => usualRange(points[0]?.at, points[points.length - 1]?.at));
  return { rangeMs: chosen.rangeMs ?? usual, end: chosen.end };
}

/** The range to begin with, for points from `oldest` to `newest` (epoch ms; undefined when there are none). */
export function usualRange(oldest: number | undefined, newest: number | undefined): number {
  const known = oldest === undefined || newest === undefined ? 0 : newest - oldest;
  return known < YOUNG_MS ? MINUTE : 5 * MINUTE;
}

export function setRange(rangeMs: number): void {
  timeView.setState({ rangeMs });
}

/** Holds the stretch of `rangeMs` that ends at `end`: what is held does not change its length by itself. */
export function holdAt(end: number, rangeMs: number): void {
  timeView.setState({ end, rangeMs });
  if (isPast()) showAt(end);
}

/** Holds it like `holdAt`, and shows the room as it was at `end`. */
export function scrubTo(end: number, rangeMs: number): void {
  timeView.setState({ end, rangeMs });
  showAt(end);
}

/** Back to the present, with the room. */
export function goLive(): void {
  timeView.setState({ end: null });
  leavePast();
}

/** Holds exactly the given stretch, widened around its middle when it is shorter than makes sense. */
export function look({ from, to }: View): void {
  const rangeMs = Math.max(MIN_RANGE_MS, Math.round(to - from));
  holdAt(Math.round((from + to) / 2 + rangeMs / 2), rangeMs);
}

/**
 * The end of a live view: now, moved on in steps that are about one pixel, so that a day's chart is not redrawn each
 * second. Never more than 5 s behind.
 */
export function liveEnd(now: number, rangeMs: number): number {
  const step = Math.min(5_000, Math.max(1_000, Math.floor(rangeMs / 600_000) * 1_000));
  return Math.ceil(now / step) * step;
}
