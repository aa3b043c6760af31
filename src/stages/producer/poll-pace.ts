// How long the producer pauses between two looks: longer and longer while it finds nothing, to be kind to the server,
// and cut short by whoever knows that there is something (a notification, the log).

const MOST_TIMES = 8;
const LONGEST_MS = 5_000;

/** Pause after so many looks in a row that found nothing. Never below the interval, above it at most eightfold or 5 s. */
export function pollPauseMs(intervalMs: number, emptyLooks: number, notified: boolean): number {
  const most = notified ? LONGEST_MS : Math.min(LONGEST_MS, intervalMs * MOST_TIMES);
  // The first looks keep the pace: a writer's pauses are not idleness.
  const doublings = Math.max(0, Math.min(20, Math.floor(emptyLooks / 8)));
  return Math.max(intervalMs, Math.min(most, intervalMs * 2 ** doublings));
}

export class PollPace {
  #intervalMs: () => number;
  #emptyLooks = 0;
  #woken = false;
  #end: (() => void) | null = null;
  /** Notifications come: the long pause costs no latency. */
  notified = false;

  constructor(intervalMs: () => number) {
    this.#intervalMs = intervalMs;
  }

  found(rows: number): void {
    this.#emptyLooks = rows > 0 ? 0 : this.#emptyLooks + 1;
  }

  /** Ends the pause, or the next one when none is under way. */
  wake(): void {
    this.#woken = true;
    this.#end?.();
  }

  polling(signal: AbortSignal): Promise<void> {
    return this.wait(pollPauseMs(this.#intervalMs(), this.#emptyLooks, this.notified), signal);
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#woken && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.#end?.(), ms);
        this.#end = () => {
          this.#end = null;
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          resolve();
        };
        const abort = () => this.#end?.();
        signal.addEventListener('abort', abort, { once: true });
      });
    }
    this.#woken = false;
  }
}
