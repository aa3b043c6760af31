// Which stretch of time the charts show: live (its end is now) or held at an end. Changed by the timeline, by a drag
// on a chart and by the keyboard; read by everything on the time axis.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { View } from '../../charts/plot-option.ts';

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

export interface TimeView {
  rangeMs: number;
  /** Epoch ms; null is live. */
  end: number | null;
}

export const timeView = createStore<TimeView>(() => ({ rangeMs: 5 * MINUTE, end: null }));

export function useTimeView(): TimeView {
  return useStore(timeView);
}

export function setRange(rangeMs: number): void {
  timeView.setState({ rangeMs });
}

export function holdAt(end: number): void {
  timeView.setState({ end });
}

export function goLive(): void {
  timeView.setState({ end: null });
}

/** Holds exactly the given stretch, widened around its middle when it is shorter than makes sense. */
export function look({ from, to }: View): void {
  const rangeMs = Math.max(MIN_RANGE_MS, Math.round(to - from));
  timeView.setState({ rangeMs, end: Math.round((from + to) / 2 + rangeMs / 2) });
}

/**
 * The end of a live view: now, moved on in steps that are about one pixel, so that a day's chart is not redrawn each
 * second. Never more than 5 s behind.
 */
export function liveEnd(now: number, rangeMs: number): number {
  const step = Math.min(5_000, Math.max(1_000, Math.floor(rangeMs / 600_000) * 1_000));
  return Math.ceil(now / step) * step;
}
