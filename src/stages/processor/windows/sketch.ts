// A quantile sketch of amounts in cents with a stated relative error of 1%: DDSketch (Masson, Rim, Lee, VLDB 2019) with
// dense logarithmic buckets. Order of arrival does not matter, two sketches can be merged. Used by the accumulators of
// groups too large to keep every value.

/** A quantile read from the sketch is within this share of the true value. */
export const SKETCH_ERROR = 0.01;
const GAMMA = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Bucket i holds (GAMMA^(i-1), GAMMA^i]; an amount of up to 2^52 cents falls below this. */
const MAX_BUCKET = Math.ceil((52 * Math.LN2) / LOG_GAMMA) + 1;

/** Counts of buckets `offset`, `offset + 1`, …; grows on both sides. */
export class Buckets {
  offset = 0;
  counts = new Uint32Array(0);
  total = 0;

  add(bucket: number, count = 1): void {
    const at = bucket - this.offset;
    if (at < 0 || at >= this.counts.length) this.#cover(bucket);
    const slot = bucket - this.offset;
    this.counts[slot] = (this.counts[slot] ?? 0) + count;
    this.total += count;
  }

  merge(other: Buckets): void {
    other.counts.forEach((count, at) => {
      if (count > 0) this.add(other.offset + at, count);
    });
  }

  #cover(bucket: number): void {
    const old = this.counts;
    const from = old.length === 0 ? bucket : Math.min(this.offset, bucket);
    const to = old.length === 0 ? bucket + 1 : Math.max(this.offset + old.length, bucket + 1);
    // Room on both sides, so that a new extreme does not copy every time.
    const low = Math.max(0, from - 16);
    const high = Math.min(MAX_BUCKET + 1, to + 16);
    const counts = new Uint32Array(high - low);
    counts.set(old, old.length === 0 ? 0 : this.offset - low);
    this.offset = low;
    this.counts = counts;
  }
}

export class Sketch {
  readonly positive = new Buckets();
  readonly negative = new Buckets();
  zeros = 0;

  add(cents: number, count = 1): void {
    if (cents > 0) this.positive.add(bucketOf(cents), count);
    else if (cents < 0) this.negative.add(bucketOf(-cents), count);
    else this.zeros += count;
  }

  merge(other: Sketch): void {
    this.positive.merge(other.positive);
    this.negative.merge(other.negative);
    this.zeros += other.zeros;
  }

  get total(): number {
    return this.positive.total + this.negative.total + this.zeros;
  }

  /** The value of nearest rank `rank` (1 … total) in ascending order, cents, within SKETCH_ERROR. */
  valueAt(rank: number): number {
    let seen = 0;
    for (let at = this.negative.counts.length - 1; at >= 0; at--) {
      seen += this.negative.counts[at] ?? 0;
      if (seen >= rank) return -middleOf(this.negative.offset + at);
    }
    seen += this.zeros;
    if (seen >= rank) return 0;
    const { counts, offset } = this.positive;
    for (let at = 0; at < counts.length; at++) {
      seen += counts[at] ?? 0;
      if (seen >= rank) return middleOf(offset + at);
    }
    throw new RangeError(`Rank ${rank} is beyond the ${this.total} values of the sketch.`);
  }

  /** Every bucket as [representative value in cents, count], in ascending order of the value. */
  *entries(): Generator<[number, number]> {
    for (let at = this.negative.counts.length - 1; at >= 0; at--) {
      const count = this.negative.counts[at] ?? 0;
      if (count > 0) yield [-middleOf(this.negative.offset + at), count];
    }
    if (this.zeros > 0) yield [0, this.zeros];
    for (let at = 0; at < this.positive.counts.length; at++) {
      const count = this.positive.counts[at] ?? 0;
      if (count > 0) yield [middleOf(this.positive.offset + at), count];
    }
  }
}

function bucketOf(magnitude: number): number {
  return Math.max(0, Math.ceil(Math.log(magnitude) / LOG_GAMMA));
}

/** The middle of a bucket in relative terms: 2 γ^i / (γ + 1), rounded to whole cents. */
function middleOf(bucket: number): number {
  return Math.round((2 * GAMMA ** bucket) / (GAMMA + 1));
}
