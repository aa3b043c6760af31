// The snapshot at a pace that can be read: at most four a second, for figures in rows and lists. The big figures and
// every state follow each frame (hooks.ts).
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Snapshot } from '../../shared/snapshot.ts';
import { controlRoom } from './state.ts';

export const CALM_MS = 250;

export interface Calm {
  snapshot: Snapshot | null;
}

/** Follows `store`: the first snapshot at once, then the newest one whenever the pause is over. */
export function createCalm(
  store: Pick<StoreApi<Calm>, 'getState' | 'subscribe'>,
  pauseMs = CALM_MS,
): StoreApi<Calm> {
  const calm = createStore<Calm>(() => ({ snapshot: store.getState().snapshot }));
  let timer: ReturnType<typeof setTimeout> | null = null;
  const show = (): void => {
    const { snapshot } = store.getState();
    if (snapshot === calm.getState().snapshot) return;
    calm.setState({ snapshot });
    timer = setTimeout(() => {
      timer = null;
      show();
    }, pauseMs);
  };
  store.subscribe(() => {
    if (timer === null) show();
  });
  return calm;
}

export const calm = createCalm(controlRoom);
