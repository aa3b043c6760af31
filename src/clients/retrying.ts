// Waiting for a peer that is away: tries again with growing, jittered pauses and says what it waits for.
// Called by stages and services around work that needs PostgreSQL or Kafka; one attempt at a time, so memory is bounded.
import { setTimeout as pause } from 'node:timers/promises';
import { LiveDbError } from '../shared/errors.ts';

const FIRST_PAUSE_MS = 50;
/** Long enough to be kind to a peer that starts up, short enough to be back soon after it. */
const LONGEST_PAUSE_MS = 2_000;

export interface RetryOptions {
  /** Ends the waiting at once: the promise rejects with the signal's reason. */
  signal: AbortSignal;
  /** Whether this failure passes by itself; others are thrown at once. */
  passes(error: unknown): boolean;
  /** Told the sentence of the last failure while waiting, and null once the work succeeded after a wait. */
  onWaiting?(reason: string | null): void;
  /** Gives up after this many attempts with the last failure; without it, tries until the signal. */
  attempts?: number;
  /** Upper bound of a pause, ms (default 2,000). */
  longestPauseMs?: number;
  /** In [0, 1); injected by tests. */
  random?(): number;
}

/** Length of the pause after the nth failure (from 0), ms: doubling from 50 up to the cap, its upper half jittered. */
export function retryPauseMs(failures: number, longestPauseMs: number, random: number): number {
  const whole = Math.min(longestPauseMs, FIRST_PAUSE_MS * 2 ** Math.min(failures, 20));
  return whole / 2 + (whole / 2) * random;
}

/** Runs `work` until it succeeds, its failure is one that does not pass, attempts run out, or the signal ends it. */
export async function retrying<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, onWaiting, attempts = Number.POSITIVE_INFINITY } = options;
  const random = options.random ?? Math.random;
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    try {
      const result = await work();
      if (failures > 0) onWaiting?.(null);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (!options.passes(error) || failures + 1 >= attempts) throw error;
      onWaiting?.(LiveDbError.dataOf(error).message);
      const ms = retryPauseMs(failures, options.longestPauseMs ?? LONGEST_PAUSE_MS, random());
      await pause(ms, undefined, { signal });
    }
  }
}
