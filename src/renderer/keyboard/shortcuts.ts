// The keyboard of the page: which key does what, as data for the listener, the palette and the help.
import { killPart, startAll, startPart, stopAll, stopPart } from '../store/actions.ts';
import {
  controlRoom,
  type Overlay,
  openOverlay,
  partOf,
  STATION_WORDS,
  STATIONS,
  type Station,
  selectStation,
  wholePipeline,
} from '../store/index.ts';

const isMac = typeof navigator !== 'undefined' && /mac/i.test(navigator.platform);
/** How the command key is called on this machine. */
export const MOD = isMac ? '⌘' : 'Ctrl';

export interface Shortcut {
  /** `KeyboardEvent.key`, lower case; "mod+" before it: Ctrl, or Cmd on a Mac. "shift+" likewise. */
  keys: string;
  shown: string;
  label: string;
  run: () => void;
}

export const PALETTE_KEYS = 'mod+k';

export const SHORTCUTS: readonly Shortcut[] = [
  open(PALETTE_KEYS, `${MOD} K`, 'Command palette', { kind: 'palette' }),
  { keys: 's', shown: 'S', label: 'Start or stop the selected station', run: toggleSelected },
  { keys: 'shift+s', shown: 'Shift S', label: 'Start all, or stop all', run: toggleAll },
  { keys: 'shift+k', shown: 'Shift K', label: 'Kill the selected station', run: killSelected },
  open('r', 'R', 'Replay…', { kind: 'replay', stage: 'processor' }),
  open('q', 'Q', 'Queries…', { kind: 'queries' }),
  open('t', 'T', 'Topics', { kind: 'topics' }),
  open('a', 'A', 'Audit…', { kind: 'audit' }),
  open('d', 'D', 'Records aside…', { kind: 'aside' }),
  open('x', 'X', 'X-ray a row…', { kind: 'xray' }),
  open(',', ',', 'Settings', { kind: 'settings' }),
  open('?', '?', 'Shortcuts and words', { kind: 'help' }),
  ...STATIONS.map((station, index) => ({
    keys: String(index + 1),
    shown: String(index + 1),
    label: `Select ${STATION_WORDS[station]}`,
    run: () => selectStation(station),
  })),
];

function open(keys: string, shown: string, label: string, overlay: Overlay): Shortcut {
  return { keys, shown, label, run: () => openOverlay(overlay) };
}

function selectedPart(station: Station) {
  return station === 'seed' || station === 'results' ? null : station;
}

function toggleSelected(): void {
  const { snapshot, selected } = controlRoom.getState();
  const part = selectedPart(selected);
  if (snapshot === null || part === null) return;
  const { state } = partOf(snapshot, part);
  if (state === 'stopped' || state === 'failed') startPart(part);
  else stopPart(part);
}

function toggleAll(): void {
  const { snapshot } = controlRoom.getState();
  if (snapshot === null) return;
  if (wholePipeline(snapshot).canStart) startAll();
  else stopAll();
}

function killSelected(): void {
  const part = selectedPart(controlRoom.getState().selected);
  if (part !== null) killPart(part);
}
