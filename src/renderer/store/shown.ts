// The snapshot that the room shows: the live one, or that of the moment of the past that somebody looks at. Dialogs act
// on the present and read the live one; which of the two a component reads, its place in the page decides (RoomTime).
import { createContext } from 'react';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Snapshot } from '../../shared/snapshot.ts';
import { createCalm } from './calm.ts';
import { type PastRoom, pastRoom } from './past.ts';
import { type ControlRoom, controlRoom } from './state.ts';
import { share } from './structural-sharing.ts';

export interface Shown {
  /** null until the first frame. */
  snapshot: Snapshot | null;
}

type Readable<T> = Pick<StoreApi<T>, 'getState' | 'subscribe'>;

/** Follows both: the moment while there is one, else the live snapshot. */
export function createShown(live: Readable<Pick<ControlRoom, 'snapshot'>>, past: Readable<PastRoom>) {
  const choose = (): Snapshot | null => {
    const { at, moment } = past.getState();
    return at === null || moment === null ? live.getState().snapshot : moment.snapshot;
  };
  const shown = createStore<Shown>(() => ({ snapshot: choose() }));
  let chosen = choose();
  const follow = (): void => {
    const next = choose();
    if (next === chosen) return;
    chosen = next;
    const before = shown.getState().snapshot;
    shown.setState({ snapshot: before === null || next === null ? next : share(before, next) });
  };
  live.subscribe(follow);
  past.subscribe(follow);
  return shown;
}

export const shownRoom = createShown(controlRoom, pastRoom);
export const calmShown = createCalm(shownRoom);

/** `shown`: this part of the page goes into the past with the room. */
export const RoomTime = createContext<'live' | 'shown'>('live');
