// The moment or stretch that was picked on a chart, until one of the things offered for it is done. All charts show it;
// the one it was picked on has the menu.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { PlotPick } from '../../charts/time-plot.tsx';

export interface Selection extends PlotPick {
  chart: string;
}

const selection = createStore<{ picked: Selection | null }>(() => ({ picked: null }));

export function select(picked: Selection): void {
  selection.setState({ picked });
}

export function unselect(): void {
  selection.setState({ picked: null });
}

export function useSelection<T>(selector: (picked: Selection | null) => T): T {
  return useStore(selection, ({ picked }) => selector(picked));
}
