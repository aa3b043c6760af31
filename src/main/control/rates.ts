// Rates per second out of cumulative counters: exact for 5,000 rows/s as for 2 rows each 60 s. figures.ts keeps one
// estimator for each counter.

export interface RateEstimator {
  /** The counter stood at `value` at `at` (epoch ms). A smaller value than before starts afresh. */
  observe(at: number, value: number): void;
  /** Rate at `now`, per second. */
  rate(now: number): number;
  reset(): void;
}

/** Steps of the counter older than this no longer count, unless there are hardly any younger ones. */
const WINDOW_MS = 2_500;
/** Steps closer together than this are taken as one, so that memory is bounded whatever the report rate. */
const MERGE_MS = 20;
/** A counter that stood still for this many of its own pauses has stopped. */
const STOPPED_AFTER_PAUSES = 3;

interface Change {
  at: number;
  value: number;
}

/**
 * The rate is taken between changes of the counter, not between looks at it: from just after one burst to just after
 * another, which is exact for regular bursts of any pause. At least the last two changes count, however old.
 */
export function createRateEstimator(): RateEstimator {
  let changes: Change[] = [];
  /** Where the counter stood when it was first seen: no change, so its time says nothing about the pace. */
  let baseline: Change | null = null;

  const trim = (now: number) => {
    let keepFrom = changes.findIndex((change) => change.at >= now - WINDOW_MS);
    if (keepFrom < 0) keepFrom = changes.length;
    keepFrom = Math.min(keepFrom, Math.max(0, changes.length - 2));
    if (keepFrom > 0) changes = changes.slice(keepFrom);
  };

  return {
    observe(at, value) {
      const last = changes.at(-1) ?? baseline;
      if (last === null || value < last.value) {
        baseline = { at, value };
        changes = [];
        return;
      }
      if (value === last.value) return;
      const previous = changes.at(-2);
      const newest = changes.at(-1);
      if (newest !== undefined && previous !== undefined && at - newest.at < MERGE_MS) {
        newest.value = value;
        return;
      }
      changes.push({ at: Math.max(at, last.at), value });
      trim(at);
    },
    rate(now) {
      trim(now);
      const last = changes.at(-1);
      if (last === undefined) return 0;
      const first = changes[0];
      if (first === undefined || first === last || last.at === first.at) {
        // One change only: spread over the window, or over all the time since the counter was first seen.
        if (baseline === null) return 0;
        const quietMs = now - last.at;
        if (quietMs > WINDOW_MS) return 0;
        return ((last.value - baseline.value) * 1000) / Math.max(WINDOW_MS, now - baseline.at);
      }
      const spanMs = last.at - first.at;
      const pauseMs = spanMs / (changes.length - 1);
      const quietMs = now - last.at;
      if (quietMs > Math.max(WINDOW_MS, STOPPED_AFTER_PAUSES * pauseMs)) return 0;
      // Nothing came for longer than usual: the rate can be no more than what one further burst now would make it.
      const steady = ((last.value - first.value) * 1000) / spanMs;
      const late = quietMs - 2 * pauseMs;
      return late <= 0 ? steady : (steady * spanMs) / (spanMs + late);
    },
    reset() {
      changes = [];
      baseline = null;
    },
  };
}
