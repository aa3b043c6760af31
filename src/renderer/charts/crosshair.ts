// The one moment that all charts point at: set by the chart under the pointer (or by the arrow keys), read by all.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

export interface Crosshair {
  /** Epoch ms; null while no chart is pointed at. */
  at: number | null;
  /** Id of the chart that is pointed at; it alone shows the list of figures. */
  chart: string | null;
}

const crosshair = createStore<Crosshair>(() => ({ at: null, chart: null }));

export function pointAt(chart: string, at: number): void {
  crosshair.setState({ chart, at });
}

export function pointNowhere(): void {
  crosshair.setState({ chart: null, at: null });
}

export function useCrosshair<T>(selector: (state: Crosshair) => T): T {
  return useStore(crosshair, selector);
}
