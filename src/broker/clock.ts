// Time for the broker's coordinators, handed in so that tests can turn it.
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Calls `action` once after `ms`; returns what calls it off. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
