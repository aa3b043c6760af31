// What panels use of the store.
import type { CommandName } from '../../shared/commands.ts';
import { api } from './api.ts';
import { isPast } from './past.ts';
import { createPerform } from './perform.ts';
import { controlRoom, type Overlay, type Station } from './state.ts';

export { api } from './api.ts';
export {
  useCalmSnapshot,
  useControlRoom,
  useIsPast,
  useLivePoints,
  useLiveResults,
  useLiveSnapshot,
  usePart,
  usePartState,
  usePending,
  usePoints,
  useResults,
  useSnapshot,
} from './hooks.ts';
export { partOf, wholePipeline } from './parts.ts';
export { isPast, leavePast, pastRoom, showAt, showBundle } from './past.ts';
export { pendingKey } from './perform.ts';
export { RoomTime } from './shown.ts';
export { controlRoom, type Overlay, STATIONS, type Station } from './state.ts';
export { dismissToast, reportDone, reportFailure } from './toasts.ts';
export { PART_NAMES, STATE_WORDS, STATION_WORDS } from './words.ts';

/** In the past nothing is done from the room itself: what is seen there is not what would be acted on. */
function whyNot(command: CommandName) {
  const { overlay } = controlRoom.getState();
  const dialog = overlay !== null && overlay.kind !== 'palette';
  if (!isPast() || dialog || /^(annotation|bundle)\./.test(command)) return null;
  return {
    code: 'past',
    message: 'The room is shown as it was in the past.',
    remedy: 'Go back to live, and do it there.',
  };
}

export const perform = createPerform(api, controlRoom, whyNot);

export function openOverlay(overlay: Overlay): void {
  controlRoom.setState({ overlay });
}

export function closeOverlay(): void {
  controlRoom.setState({ overlay: null });
}

export function selectStation(selected: Station): void {
  controlRoom.setState({ selected });
}
