// Latency from insert to frame over the last 10 s: pairs of the processor, each delayed by its wait for the frame.
// Logarithmic buckets (relative error 2%) in one ring slot a second: constant memory, no per-event work.

export interface Quantiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface LatencyWindow {
  /** Pairs [ms from created_at to processed, events], reported at `at` (epoch ms); they wait for the next frame. */
  add(at: number, pairs: readonly (readonly [number, number])[]): void;
  /** A frame left at `now`: what waited has reached the screen. */
  frame(now: number): void;
  quantiles(now: number): Quantiles;
  reset(): void;
}

const SLOTS = 10;
const SLOT_MS = 1_000;
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
/** Bucket 0 holds up to 1 ms, the last all beyond some 11 days: catching up on an old backlog still counts. */
const BUCKETS = 528;

export function createLatencyWindow(): LatencyWindow {
  let waiting: { at: number; pairs: readonly (readonly [number, number])[] }[] = [];
  const slots = Array.from({ length: SLOTS }, () => ({
    second: -1,
    counts: new Float64Array(BUCKETS),
    total: 0,
  }));

  const slotOf = (now: number) => {
    const second = Math.floor(now / SLOT_MS);
    const slot = slots[second % SLOTS];
    if (slot === undefined) throw new RangeError('a ring slot is missing');
    if (slot.second !== second) {
      slot.second = second;
      slot.counts.fill(0);
      slot.total = 0;
    }
    return slot;
  };

  return {
    add(at, pairs) {
      if (pairs.length > 0) waiting.push({ at, pairs });
    },
    frame(now) {
      if (waiting.length === 0) return;
      const slot = slotOf(now);
      for (const { at, pairs } of waiting) {
        const delay = Math.max(0, now - at);
        for (const [ms, events] of pairs) {
          const index = bucketOf(Math.max(0, ms) + delay);
          slot.counts[index] = (slot.counts[index] ?? 0) + events;
          slot.total += events;
        }
      }
      waiting = [];
    },
    quantiles(now) {
      const oldest = Math.floor(now / SLOT_MS) - SLOTS + 1;
      const live = slots.filter((slot) => slot.second >= oldest && slot.total > 0);
      const total = live.reduce((sum, slot) => sum + slot.total, 0);
      if (total === 0) return { p50: null, p95: null, p99: null };
      const at = (share: number) => {
        // Nearest rank.
        let left = Math.ceil(share * total);
        for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
          for (const slot of live) left -= slot.counts[bucket] ?? 0;
          if (left <= 0) return middleOf(bucket);
        }
        return middleOf(BUCKETS - 1);
      };
      return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
    },
    reset() {
      waiting = [];
      for (const slot of slots) slot.second = -1;
    },
  };
}

function bucketOf(ms: number): number {
  if (ms <= 1) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms) / LOG_GROWTH));
}

/** Middle of a bucket, ms with one decimal. */
function middleOf(bucket: number): number {
  const middle = bucket === 0 ? 1 : (2 * GROWTH ** bucket) / (1 + GROWTH);
  // Half a bucket at most above or below what was measured.
  return Math.round(middle * 10) / 10;
}
