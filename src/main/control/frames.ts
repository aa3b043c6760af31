// When frames leave, and what they carry: at most one per 100 ms, leading edge first, at least one a second.
// Results and points that came since the last frame ride along. app.ts feeds it, the transports subscribe.
import type { WindowResult } from '../../shared/event.ts';
import type { MetricPoint } from '../../shared/history.ts';
import type { Frame, Snapshot } from '../../shared/snapshot.ts';
import type { Clock } from './clock.ts';

export const FRAME_INTERVAL_MS = 100;
/** A change that nobody waits for (a counter) may ride along with the next urgent one this long. */
const LAZY_MS = 200;
/** Results kept for the next frame; what is beyond is in the history anyway. */
const MAX_RESULTS = 5_000;

export interface Frames {
  /** Something changed. `urgent`: it should be on the screen at once (fresh results, a state). */
  changed(urgent: boolean): void;
  addResults(results: readonly WindowResult[]): void;
  addPoint(point: MetricPoint): void;
  subscribe(listener: (frame: Frame) => void): () => void;
  close(): void;
}

export interface FramesOptions {
  clock: Clock;
  snapshot(): Snapshot;
  /** A frame leaves now, whether or not somebody looks: what waited for it counts as shown. */
  onFrame(now: number): void;
  /** A subscriber threw; it is left out from then on. */
  onFault(error: unknown): void;
}

export function createFrames(options: FramesOptions): Frames {
  const { clock } = options;
  const listeners = new Set<(frame: Frame) => void>();
  let results: WindowResult[] = [];
  let points: MetricPoint[] = [];
  let seq = 0;
  let last = Number.NEGATIVE_INFINITY;
  let timer: { due: number; cancel: () => void } | null = null;
  let closed = false;

  const deliver = (listener: (frame: Frame) => void, frame: Frame) => {
    try {
      listener(frame);
    } catch (error) {
      listeners.delete(listener);
      options.onFault(error);
    }
  };

  const send = () => {
    timer?.cancel();
    timer = null;
    last = clock.now();
    options.onFrame(last);
    if (listeners.size > 0) {
      seq += 1;
      const frame: Frame = { seq, snapshot: options.snapshot(), results, points };
      for (const listener of [...listeners]) deliver(listener, frame);
    }
    results = [];
    points = [];
  };

  return {
    changed(urgent) {
      if (closed) return;
      const now = clock.now();
      const due = Math.max(last + FRAME_INTERVAL_MS, urgent ? now : now + LAZY_MS);
      if (due <= now) return send();
      if (timer !== null && timer.due <= due) return;
      timer?.cancel();
      timer = { due, cancel: clock.after(due - now, send) };
    },
    addResults(more) {
      results = results.length === 0 ? [...more] : [...results, ...more].slice(-MAX_RESULTS);
    },
    addPoint(point) {
      points = [...points, point].slice(-60);
    },
    subscribe(listener) {
      if (closed) return () => {};
      listeners.add(listener);
      seq += 1;
      deliver(listener, { seq, snapshot: options.snapshot(), results: [], points: [] });
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      closed = true;
      timer?.cancel();
      timer = null;
      listeners.clear();
    },
  };
}
