// The end of the control plane: everything is asked to finish, in order and in bounded time, and what is left after
// that is killed. plane.ts calls it.
import { type Clock, until } from './clock.ts';
import type { Parts } from './parts.ts';

/** All of the draining; the host allows itself 8 s. */
const DRAIN_BOUND_MS = 7_000;
const KILLED_GONE_MS = 1_000;

export interface Closing {
  clock: Clock;
  parts: Parts;
  /** What works on the services; asked at once. */
  workers: readonly (() => Promise<unknown>)[];
  /** The services, once nobody works on them. */
  services: readonly (() => Promise<unknown>)[];
}

/** A part that fails to end does not keep the others from ending: it is killed like one that is too slow. */
export async function drainAll({ clock, parts, workers, services }: Closing): Promise<void> {
  let done = false;
  const drained = (async () => {
    await Promise.allSettled(workers.map((end) => end()));
    await Promise.allSettled(services.map((end) => end()));
    done = true;
  })();
  await Promise.race([drained, until(clock, DRAIN_BOUND_MS, () => done)]);
  if (parts.allGone()) return;
  parts.killAll();
  await until(clock, KILLED_GONE_MS, parts.allGone);
}
