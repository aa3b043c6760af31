// When a child's reports leave for the control plane. Used by link.ts.

const REPORT_INTERVAL_MS = 50;

/** Monotonic ms, and a call after so long. */
export interface PaceClock {
  now(): number;
  /** Returns what calls it off. */
  after(ms: number, run: () => void): () => void;
}

const CLOCK: PaceClock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export class ReportPace<Report> {
  readonly #send: (report: Report) => void;
  readonly #clock: PaceClock;
  #pending: (() => Report) | null = null;
  #callOff: (() => void) | null = null;
  #last = Number.NEGATIVE_INFINITY;
  #lastAhead = Number.NEGATIVE_INFINITY;

  constructor(send: (report: Report) => void, clock = CLOCK) {
    this.#send = send;
    this.#clock = clock;
  }

  /**
   * One each 50 ms, leading edge first, the newest is never lost. What somebody waits for may go `ahead` of its turn, at
   * most once in each 50 ms too.
   */
  report(make: () => Report, ahead: boolean): void {
    this.#pending = make;
    const now = this.#clock.now();
    const due = this.#last + REPORT_INTERVAL_MS - now;
    const goesAhead = ahead && now - this.#lastAhead >= REPORT_INTERVAL_MS;
    if (goesAhead) this.#lastAhead = now;
    if (due <= 0 || goesAhead) this.flush();
    else this.#callOff ??= this.#clock.after(due, () => this.flush());
  }

  /** Sends what waits for its turn. */
  flush(): void {
    this.#callOff?.();
    this.#callOff = null;
    if (this.#pending === null) return;
    const make = this.#pending;
    this.#pending = null;
    this.#last = this.#clock.now();
    this.#send(make());
  }
}
