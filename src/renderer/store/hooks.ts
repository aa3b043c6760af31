// How components read the store. Each hook draws its component again only when what it selected has changed.
import { useStore } from 'zustand';
import type { WindowResult } from '../../shared/event.ts';
import type { MetricPoint } from '../../shared/history.ts';
import type { RunState, Service, Stage } from '../../shared/names.ts';
import type { LifeStatus, Snapshot } from '../../shared/snapshot.ts';
import { calm } from './calm.ts';
import { partOf } from './parts.ts';
import { type ControlRoom, controlRoom } from './state.ts';

export function useControlRoom<T>(selector: (state: ControlRoom) => T): T {
  return useStore(controlRoom, selector);
}

/**
 * A part of the last snapshot. Parts keep their identity while they are equal, so `(s) => s.stages.writer` is as good
 * a selector as a single figure. Panels are mounted only once there is a snapshot.
 */
export function useSnapshot<T>(selector: (snapshot: Snapshot) => T): T {
  return useStore(controlRoom, (state) => {
    if (state.snapshot === null) throw new Error('A panel was mounted before the first frame.');
    return selector(state.snapshot);
  });
}

/** As useSnapshot, at most four times a second: for figures that nobody can read faster. */
export function useCalmSnapshot<T>(selector: (snapshot: Snapshot) => T): T {
  return useStore(calm, (state) => {
    if (state.snapshot === null) throw new Error('A panel was mounted before the first frame.');
    return selector(state.snapshot);
  });
}

/** The last hour of points, one a second, in order of time; a new array when a point came. */
export function usePoints(): readonly MetricPoint[] {
  return useStore(controlRoom, (state) => state.points);
}

/** The last hour of live results, in order of window start, highest revisions; a new array when one came. */
export function useResults(): readonly WindowResult[] {
  return useStore(controlRoom, (state) => state.results);
}

/** The state to show for a part: the one its button promised, until the true one comes. */
export function usePartState(part: Stage | Service): RunState {
  const state = useSnapshot((snapshot) => partOf(snapshot, part).state);
  const expected = useControlRoom((room) => room.expected[part]);
  return expected ?? state;
}

/** One thing about the life of a part. Select figures that tick (`cpu`, `rssBytes`) with useCalmSnapshot instead. */
export function usePart<T>(part: Stage | Service, selector: (status: LifeStatus) => T): T {
  return useSnapshot((snapshot) => selector(partOf(snapshot, part)));
}

export function usePending(key: string): boolean {
  return useControlRoom((state) => state.pending.includes(key));
}
