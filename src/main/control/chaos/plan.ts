// Which fault strikes what, and when: drawn from a seed, so that a run can be repeated. Called by run.ts.
import type { ChaosTarget, Fault } from '../../../shared/chaos.ts';

export interface Step {
  fault: Fault;
  target: ChaosTarget;
  seconds: number;
  /** Pause before the next fault, ms. */
  pauseMs: number;
  /** The next fault does not wait for the recovery from this one. */
  hurried: boolean;
}

/** Share of the faults after which the next one comes into the middle of the recovery. */
const HURRIED = 0.3;
const SHORTEST_S = 0.5;
const LONGEST_S = 3;

/** mulberry32: 32 bits of state, numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface PlanOptions {
  seed: number;
  faults: readonly Fault[];
  targets: readonly ChaosTarget[];
  pauseMs: number;
  /** Whether this fault can be made on this target (another's service cannot be killed). */
  possible(fault: Fault, target: ChaosTarget): boolean;
}

/** Endless; the same options give the same steps. Empty when no fault is possible. */
export function* planChaos(options: PlanOptions): Generator<Step, void> {
  const pairs = options.faults.flatMap((fault) =>
    options.targets.filter((target) => options.possible(fault, target)).map((target) => ({ fault, target })),
  );
  const random = seededRandom(options.seed);
  for (;;) {
    const pair = pairs[Math.floor(random() * pairs.length)];
    if (pair === undefined) return;
    const seconds = Math.round((SHORTEST_S + random() * (LONGEST_S - SHORTEST_S)) * 10) / 10;
    // Between none and twice the mean.
    const pauseMs = Math.round(random() * 2 * options.pauseMs);
    yield { ...pair, seconds, pauseMs, hurried: random() < HURRIED };
  }
}
