// A quantile sketch of amounts in cents with a stated relative error of 1%: a DDSketch (Masson, Rim, Lee, VLDB 2019) by
// rank, and with its buckets for checkpoints. Used by the group table for groups too large to keep every value.
import { DDSketch } from '@datadog/sketches-js';

/** A quantile read from the sketch is within this share of the true value. */
export const SKETCH_ERROR = 0.01;

/** Side of zero that a bucket is on. */
export type Side = 1 | -1;

export class Sketch {
  readonly #sketch = new DDSketch({ relativeAccuracy: SKETCH_ERROR });

  add(cents: number, count = 1): void {
    this.#sketch.accept(cents, count);
  }

  /** Bucket by bucket: the library's own merge leaves out what is below zero (DataDog/sketches-js#22, version 2.1.1). */
  merge(other: Sketch): void {
    for (const side of [1, -1] as const)
      for (const [bucket, count] of other.buckets(side)) this.addBucket(side, bucket, count);
    this.addZeros(other.zeros);
  }

  get total(): number {
    return this.#sketch.count;
  }

  get zeros(): number {
    return this.#sketch.zeroCount;
  }

  addZeros(count: number): void {
    if (count > 0) this.#sketch.accept(0, count);
  }

  /** Filled buckets and their counts, ascending: i holds magnitudes in (γ^(i-1), γ^i], where γ = 1.01 / 0.99. */
  buckets(side: Side): [number, number][] {
    const { bins, offset } = this.#store(side);
    return bins.flatMap((count, at): [number, number][] => (count > 0 ? [[offset + at, count]] : []));
  }

  addBucket(side: Side, bucket: number, count: number): void {
    this.#sketch.accept(side * this.#middle(bucket), count);
  }

  /** The value of nearest rank `rank` (1 … total) in ascending order, cents, within SKETCH_ERROR. */
  valueAt(rank: number): number {
    // Not by getValueAtQuantile: a share of the count does not hit every rank of a large group.
    const { store, negativeStore: below } = this.#sketch;
    if (!(rank >= 1 && rank <= this.total))
      throw new RangeError(`Rank ${rank} is not one of the ${this.total} values of the sketch.`);
    if (rank <= below.count) return -Math.round(this.#middle(below.keyAtRank(below.count - rank)));
    if (rank <= below.count + this.zeros) return 0;
    return Math.round(this.#middle(store.keyAtRank(rank - below.count - this.zeros - 1)));
  }

  /** Every bucket as [representative value in cents, count], in ascending order of the value. */
  entries(): [number, number][] {
    const side = (of: Side) =>
      this.buckets(of).map(([bucket, count]): [number, number] => [
        of * Math.round(this.#middle(bucket)),
        count,
      ]);
    const zero: [number, number][] = this.zeros > 0 ? [[0, this.zeros]] : [];
    return [...side(-1).reverse(), ...zero, ...side(1)];
  }

  #store(side: Side): { bins: number[]; offset: number } {
    return side > 0 ? this.#sketch.store : this.#sketch.negativeStore;
  }

  /** The middle of a bucket in relative terms: 2 γ^i / (γ + 1). */
  #middle(bucket: number): number {
    return this.#sketch.mapping.value(bucket);
  }
}
