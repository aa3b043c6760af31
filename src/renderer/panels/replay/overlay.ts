// Which branch is laid over the live result chart, and its windows. Switched in the replay dialog, drawn by the charts.
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { WindowResult } from '../../../shared/event.ts';
import { useSnapshot } from '../../store/index.ts';
import { useComparison } from './use-comparison.ts';
import { titleOf } from './words.ts';

const overlay = createStore<{ id: string | null }>(() => ({ id: null }));

/** At most one branch at a time; null takes it away. */
export function overlayBranch(id: string | null): void {
  overlay.setState({ id });
}

export function useOverlaid(): string | null {
  return useStore(overlay, ({ id }) => id);
}

export interface BranchOverlay {
  name: string;
  results: readonly WindowResult[];
}

const MAX_WINDOWS = 10_000;

/** null when none is chosen, or the chosen one is gone. */
export function useBranchOverlay(): BranchOverlay | null {
  const id = useOverlaid();
  const state = useSnapshot(({ replays }) => replays.find((replay) => replay.id === id)?.state ?? null);
  const name = useSnapshot(({ replays }) => {
    const replay = replays.find((candidate) => candidate.id === id);
    return replay === undefined ? '' : titleOf(replay);
  });
  const asked = useMemo(() => (id === null || state === null ? null : { id, state }), [id, state]);
  const { rows } = useComparison(asked, 'time', MAX_WINDOWS);
  return useMemo(
    () =>
      asked === null || rows === null
        ? null
        : // Those cut by the range hold a part of their events: drawn, they would look like a fall.
          { name, results: rows.flatMap(({ cut, replay }) => (cut || replay === null ? [] : [replay])) },
    [asked, rows, name],
  );
}
