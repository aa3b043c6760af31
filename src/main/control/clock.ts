// Time as the control plane sees it. It comes in from outside, so that its tests need no waiting.

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Runs `action` once after `ms`; gives back the function that calls it off. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** Runs `action` each `ms` until the returned function is called; a late tick does not bring a burst of others. */
export function every(clock: Clock, ms: number, action: () => void): () => void {
  let cancel = () => {};
  let ended = false;
  const arm = () => {
    cancel = clock.after(ms, () => {
      if (ended) return;
      arm();
      action();
    });
  };
  arm();
  return () => {
    ended = true;
    cancel();
  };
}

/** Resolves with true as soon as `done` says so, looking every 25 ms; with false when `boundMs` have passed. */
export async function until(clock: Clock, boundMs: number, done: () => boolean): Promise<boolean> {
  const deadline = clock.now() + boundMs;
  while (!done()) {
    if (clock.now() >= deadline) return false;
    await new Promise<void>((resolve) => clock.after(25, resolve));
  }
  return true;
}
