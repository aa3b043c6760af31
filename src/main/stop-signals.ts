// The ways a person or a system asks LiveDB to end: signals, and the death of the launcher. Used by both entry points.
import type { EventEmitter } from 'node:events';

/** A Ctrl-C reaches the whole process group and may come again through the launcher: that is not a second wish. */
const SAME_WISH_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

export interface StopSignalParts {
  process: Pick<EventEmitter, 'on'>;
  /** Monotonic ms. */
  now(): number;
  /** First wish: drain and end. Called once. */
  stop(why: string): void;
  /** A later wish: end at once. */
  hurry(why: string): void;
}

/** `disconnect` is the launcher's end of the channel: it is gone, by whatever death. */
export function onStopSignals({ process, now, stop, hurry }: StopSignalParts): void {
  let first: number | null = null;
  const wish = (why: string) => {
    if (first === null) {
      first = now();
      stop(why);
    } else if (now() - first > SAME_WISH_MS) hurry(why);
  };
  for (const signal of SIGNALS) process.on(signal, () => wish(signal));
  process.on('disconnect', () => {
    if (first === null) wish('the launcher is gone');
  });
}
