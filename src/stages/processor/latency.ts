// Counts latencies between two reports: exact below 200 ms, then in steps of 0.5% to 5%, so that it stays small
// whatever comes; and tells whose created_at says when it was written. Used by the intake.

const EXACT_MS = 200;

/** An event whose time lies further than this behind one before it in its partition is dated back, ms. */
const DATED_BACK_MS = 100;
/** So many dated back one after the other are no disorder: whoever dates them has set the clock back. */
const CLOCK_SET_BACK = 1_000;

/**
 * The order of times in one partition. Events come in the order in which their rows were committed, also after an outage;
 * one that is dated back behind those before it was written later than it says, and how long it took is not known.
 */
export class WrittenOrder {
  /** The largest time not ahead of the clock, epoch ms. */
  latest = Number.NEGATIVE_INFINITY;
  #behind = 0;

  /** Whether `at` can be taken for the moment at which the event's row was written; all three in epoch ms. */
  takes(at: number, now: number, horizon: number): boolean {
    if (at > now) return at <= horizon;
    if (at >= this.latest - DATED_BACK_MS) this.#behind = 0;
    else if (++this.#behind <= CLOCK_SET_BACK) return false;
    else this.latest = at;
    if (at > this.latest) this.latest = at;
    return true;
  }
}

export class LatencyCounts {
  readonly #exact = new Uint32Array(EXACT_MS);
  readonly #coarse = new Map<number, number>();
  #any = false;

  add(ms: number): void {
    this.#any = true;
    if (ms < EXACT_MS) {
      const at = ms > 0 ? ms : 0;
      this.#exact[at] = (this.#exact[at] ?? 0) + 1;
      return;
    }
    const step = 10 ** (Math.floor(Math.log10(ms)) - 1) / 2;
    const rounded = Math.round(ms / step) * step;
    this.#coarse.set(rounded, (this.#coarse.get(rounded) ?? 0) + 1);
  }

  /** Pairs [ms, events] since the last call. */
  take(): [number, number][] {
    if (!this.#any) return [];
    const pairs: [number, number][] = [];
    this.#exact.forEach((count, ms) => {
      if (count > 0) pairs.push([ms, count]);
    });
    pairs.push(...this.#coarse);
    this.#exact.fill(0);
    this.#coarse.clear();
    this.#any = false;
    return pairs;
  }
}
