// What one group of one window has added up to: count, exact sum, min, max, and the values for percentiles (every value
// of a small group, a sketch of a large one). Written by the window core, read by results and checkpoints.
import type { QueryState } from './query-state.ts';
import { Sketch } from './sketch.ts';

/** Up to this many values percentiles are exact; beyond it a sketch with 1% relative error stands in. */
export const EXACT_VALUES = 1_000;
/** The sum is kept as high * LIMB + low: plain numbers, exact whatever the count. */
export const LIMB = 2 ** 52;

export class Accumulator {
  readonly owner: QueryState;
  readonly group: string;
  /** Start of its window, epoch ms. */
  readonly start: number;
  count = 0;
  low = 0;
  high = 0;
  min = 0;
  max = 0;
  values: number[] | null = [];
  sketch: Sketch | null = null;
  /** Revision that was last handed out for publishing; -1 before the first. */
  revision = -1;
  /** Its result has to be published (again): the window has closed, or a late record changed it since. */
  due = false;
  /** Checkpoint round in which it was last changed. */
  round = -1;
  /** Newest checkpoint round that has to hold its state, and the newest for which it has been written down. */
  frozen = -1;
  written = -1;

  constructor(owner: QueryState, group: string, start: number) {
    this.owner = owner;
    this.group = group;
    this.start = start;
  }

  add(cents: number): void {
    if (this.count === 0) {
      this.min = cents;
      this.max = cents;
    } else if (cents < this.min) this.min = cents;
    else if (cents > this.max) this.max = cents;
    this.count++;
    this.low += cents;
    if (this.low >= LIMB) {
      this.low -= LIMB;
      this.high++;
    } else if (this.low <= -LIMB) {
      this.low += LIMB;
      this.high--;
    }
    if (this.sketch !== null) this.sketch.add(cents);
    else if (this.values !== null && this.values.length < EXACT_VALUES) this.values.push(cents);
    else this.#toSketch(cents);
  }

  /** Exact sum in cents. */
  get sum(): bigint {
    return this.high === 0 ? BigInt(this.low) : BigInt(this.high) * BigInt(LIMB) + BigInt(this.low);
  }

  /** Nearest-rank percentiles in cents: the value of rank ceil(share * count). Shares in (0, 1]. */
  percentiles(shares: readonly number[]): number[] {
    const { values, sketch, count } = this;
    if (sketch !== null) {
      return shares.map((share) => clamp(sketch.valueAt(rankOf(share, count)), this.min, this.max));
    }
    // Sorted as floats: sorting a typed array needs no comparator.
    const sorted = Float64Array.from(values ?? []).sort();
    return shares.map((share) => sorted[rankOf(share, count) - 1] ?? 0);
  }

  #toSketch(cents: number): void {
    const sketch = new Sketch();
    for (const value of this.values ?? []) sketch.add(value);
    sketch.add(cents);
    this.values = null;
    this.sketch = sketch;
  }
}

/** Rank of a share among `count` values. The product is rounded first: 0.07 * 100 is 7.000000000000001. */
function rankOf(share: number, count: number): number {
  return Math.min(count, Math.max(1, Math.ceil(Number((share * count).toFixed(6)))));
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
