// Counts latencies between two reports: exact below 200 ms, then in steps of 0.5% to 5%, so that it stays small
// whatever comes. Used by the live engine.

const EXACT_MS = 200;

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
