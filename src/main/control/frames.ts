// When frames leave, and what they carry: at most one per 100 ms, leading edge first, at least one a second; beside them
// one for windows that have just closed, at most one per 100 ms too. Results and points that came since the last frame
// ride along. app.ts feeds it, the transports subscribe.
import type { WindowResult } from '../../shared/event.ts';
import type { MetricPoint } from '../../shared/history.ts';
import type { Frame, Snapshot } from '../../shared/snapshot.ts';
import type { Clock } from './clock.ts';

export const FRAME_INTERVAL_MS = 100;
/** A change that nobody waits for (a counter) may ride along with the next urgent one this long. */
const LAZY_MS = 200;
/** Timers fire a little late; counted from when a frame was due, the lateness does not add up from frame to frame. */
const TIMER_LATENESS_MS = 10;
/** Data that comes in step with the frames but always waits this long for its frame is out of step with them. */
const OUT_OF_STEP_MS = 25;
const OUT_OF_STEP_FRAMES = 3;
/** Urgent changes this close together are one. */
const SAME_CHANGE_MS = 15;
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
  /** Urgent changes since the last frame: when the first came, when the last, and how many separate ones. */
  let urgent: { first: number; last: number; count: number } | null = null;
  /** A window has closed since the last frame; when one left for its sake. */
  let windowClosed = false;
  let lastForWindow = Number.NEGATIVE_INFINITY;
  /** Frames in a row whose one urgent change waited long for them. */
  let outOfStep = 0;

  const deliver = (listener: (frame: Frame) => void, frame: Frame) => {
    try {
      listener(frame);
    } catch (error) {
      listeners.delete(listener);
      options.onFault(error);
    }
  };

  const note = (now: number) => {
    if (urgent === null) urgent = { first: now, last: now, count: 1 };
    else {
      const separate = now - urgent.last >= SAME_CHANGE_MS;
      urgent = { ...urgent, last: now, count: urgent.count + (separate ? 1 : 0) };
    }
  };

  /**
   * Bursts that come each 100 ms could leave at once each time, were the frames in step with them. So after a few
   * frames that kept one lonely change waiting, the next waits for the change instead.
   */
  const earliest = () => last + FRAME_INTERVAL_MS * (outOfStep >= OUT_OF_STEP_FRAMES ? 2 : 1);

  const send = () => {
    const now = clock.now();
    const due = timer?.due ?? now;
    timer?.cancel();
    timer = null;
    const waited = urgent !== null && urgent.count === 1 ? now - urgent.first : 0;
    // Waiting for the change is tried once, then the next few frames must show again that it would help.
    outOfStep = waited > OUT_OF_STEP_MS && outOfStep < OUT_OF_STEP_FRAMES ? outOfStep + 1 : 0;
    urgent = null;
    last = now - due < TIMER_LATENESS_MS ? Math.min(due, now) : now;
    leave(now);
  };

  const leave = (now: number) => {
    windowClosed = false;
    options.onFrame(now);
    if (listeners.size > 0) {
      seq += 1;
      const frame: Frame = { seq, snapshot: options.snapshot(), results, points };
      for (const listener of [...listeners]) deliver(listener, frame);
    }
    results = [];
    points = [];
  };

  /** Out of turn: the others keep theirs, so that what is in step with them stays so. */
  const sendForWindow = (now: number) => {
    timer?.cancel();
    timer = null;
    urgent = null;
    lastForWindow = now;
    leave(now);
  };

  return {
    changed(isUrgent) {
      if (closed) return;
      const now = clock.now();
      if (isUrgent) {
        const inTurn = earliest() <= now;
        if (windowClosed && !inTurn && now >= lastForWindow + FRAME_INTERVAL_MS) {
          sendForWindow(now);
          return;
        }
        // The one that was waited for: from here on frames go in step with it.
        const inStep = outOfStep >= OUT_OF_STEP_FRAMES && now >= last + FRAME_INTERVAL_MS;
        note(now);
        if (inStep) {
          outOfStep = 0;
          timer?.cancel();
          timer = null;
          send();
          return;
        }
      }
      const due = isUrgent ? Math.max(earliest(), now) : Math.max(last + FRAME_INTERVAL_MS, now + LAZY_MS);
      if (due <= now) {
        send();
        return;
      }
      if (timer !== null && timer.due <= due) return;
      timer?.cancel();
      timer = { due, cancel: clock.after(due - now, send) };
    },
    addResults(more) {
      windowClosed ||= more.some(({ revision }) => revision === 0);
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
