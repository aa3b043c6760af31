// The moment of the past that the room is shown at, and the bundle it is of. The live state goes on beside it. Moved by
// the timeline, filled by past-loader.ts, read by shown.ts and by the bar that says so.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { LiveDbErrorData } from '../../shared/errors.ts';
import type { MetricPoint } from '../../shared/history.ts';
import type { Moment, OpenBundle } from '../../shared/past.ts';

export interface PastRoom {
  /** Epoch ms asked for; null: the present. */
  at: number | null;
  /** The newest one that came; it is of `at` as soon as that has been answered. */
  moment: Moment | null;
  /** The points of the two minutes before it, one a second. */
  points: readonly MetricPoint[];
  /** The recorded past of another run, while one is looked at. */
  bundle: OpenBundle | null;
  /** Why there is nothing to show at `at`. */
  error: LiveDbErrorData | null;
}

export type PastStore = StoreApi<PastRoom>;

const PRESENT: PastRoom = { at: null, moment: null, points: [], bundle: null, error: null };

export function createPastRoom(): PastStore {
  return createStore<PastRoom>(() => PRESENT);
}

export const pastRoom = createPastRoom();

/** Shows the room as it was at `at`, epoch ms. */
export function showAt(at: number): void {
  pastRoom.setState({ at: Math.max(0, Math.round(at)) });
}

export function showBundle(bundle: OpenBundle, at: number): void {
  pastRoom.setState({ ...PRESENT, bundle, at });
}

/** Back to the present; a bundle that was looked at is closed. */
export function leavePast(): void {
  pastRoom.setState(PRESENT);
}

export function isPast(): boolean {
  return pastRoom.getState().at !== null;
}
