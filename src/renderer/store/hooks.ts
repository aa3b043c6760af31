// How components read the store. Each hook draws its component again only when what it selected has changed.
import { useContext, useMemo } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { WindowResult } from '../../shared/event.ts';
import type { MetricPoint } from '../../shared/history.ts';
import type { RunState, Service, Stage } from '../../shared/names.ts';
import type { LifeStatus, Snapshot } from '../../shared/snapshot.ts';
import { calm } from './calm.ts';
import { partOf } from './parts.ts';
import { pastRoom } from './past.ts';
import { calmShown, RoomTime, type Shown, shownRoom } from './shown.ts';
import { type ControlRoom, controlRoom } from './state.ts';

export function useControlRoom<T>(selector: (state: ControlRoom) => T): T {
  return useStore(controlRoom, selector);
}

/**
 * A part of the last snapshot. Parts keep their identity while they are equal, so `(s) => s.stages.writer` is as good
 * a selector as a single figure. Panels are mounted only once there is a snapshot.
 */
export function useSnapshot<T>(selector: (snapshot: Snapshot) => T): T {
  const store: ReadonlyStore = useContext(RoomTime) === 'shown' ? shownRoom : controlRoom;
  return useStore(store, (state) => selector(known(state)));
}

/** As useSnapshot, but never of the past. */
export function useLiveSnapshot<T>(selector: (snapshot: Snapshot) => T): T {
  return useStore(controlRoom, (state) => selector(known(state)));
}

type ReadonlyStore = Pick<StoreApi<Shown>, 'getState' | 'getInitialState' | 'subscribe'>;

function known({ snapshot }: Shown): Snapshot {
  if (snapshot === null) throw new Error('A panel was mounted before the first frame.');
  return snapshot;
}

/** Whether this part of the page shows the past: what would act is then disabled. */
export function useIsPast(): boolean {
  const past = useStore(pastRoom, ({ at }) => at !== null);
  return useContext(RoomTime) === 'shown' && past;
}

/** As useSnapshot, at most four times a second: for figures that nobody can read faster. */
export function useCalmSnapshot<T>(selector: (snapshot: Snapshot) => T): T {
  const store: ReadonlyStore = useContext(RoomTime) === 'shown' ? calmShown : calm;
  return useStore(store, (state) => selector(known(state)));
}

/**
 * The last hour of points, one a second, in order of time; a new array when a point came. In the past, the minutes
 * before its moment.
 */
export function usePoints(): readonly MetricPoint[] {
  const live = useLivePoints();
  const then = useStore(pastRoom, ({ points }) => points);
  return useIsPast() ? then : live;
}

/** As usePoints, but never of the past. */
export function useLivePoints(): readonly MetricPoint[] {
  return useStore(controlRoom, (state) => state.points);
}

/** The last hour of live results, in order of window start, highest revisions; a new array when one came. */
export function useLiveResults(): readonly WindowResult[] {
  return useStore(controlRoom, (state) => state.results);
}

/** The same; in the past, of the windows that had ended by its moment. Of another run's past there are none here. */
export function useResults(): readonly WindowResult[] {
  const live = useLiveResults();
  const past = useIsPast();
  const { moment, bundle } = useStore(pastRoom);
  return useMemo(() => {
    if (!past || moment === null) return live;
    const then = new Date(moment.at).toISOString();
    return bundle === null ? live.filter(({ window }) => window.end <= then) : [];
  }, [live, past, moment, bundle]);
}

/** The state to show for a part: the one its button promised, until the true one comes. */
export function usePartState(part: Stage | Service): RunState {
  const state = useSnapshot((snapshot) => partOf(snapshot, part).state);
  const expected = useControlRoom((room) => room.expected[part]);
  return useIsPast() ? state : (expected ?? state);
}

/** One thing about the life of a part. Select figures that tick (`cpu`, `rssBytes`) with useCalmSnapshot instead. */
export function usePart<T>(part: Stage | Service, selector: (status: LifeStatus) => T): T {
  return useSnapshot((snapshot) => selector(partOf(snapshot, part)));
}

export function usePending(key: string): boolean {
  return useControlRoom((state) => state.pending.includes(key));
}
