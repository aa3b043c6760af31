// What panels use of the store.
import { api } from './api.ts';
import { createPerform } from './perform.ts';
import { controlRoom, type Overlay, type Station } from './state.ts';

export { api } from './api.ts';
export {
  useCalmSnapshot,
  useControlRoom,
  usePart,
  usePartState,
  usePending,
  usePoints,
  useResults,
  useSnapshot,
} from './hooks.ts';
export { partOf, wholePipeline } from './parts.ts';
export { pendingKey } from './perform.ts';
export { controlRoom, type Overlay, STATIONS, type Station } from './state.ts';
export { dismissToast, reportDone, reportFailure } from './toasts.ts';
export { PART_NAMES, STATE_WORDS, STATION_WORDS } from './words.ts';

export const perform = createPerform(api, controlRoom);

export function openOverlay(overlay: Overlay): void {
  controlRoom.setState({ overlay });
}

export function closeOverlay(): void {
  controlRoom.setState({ overlay: null });
}

export function selectStation(selected: Station): void {
  controlRoom.setState({ selected });
}
