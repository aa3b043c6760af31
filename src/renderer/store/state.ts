// The state of the page: what the control plane last said, what the person looks at, what is on its way.
// A vanilla zustand store: frames are pushed in from outside React (stream.ts), components read it by hooks (hooks.ts).
import { createStore } from 'zustand/vanilla';
import type { ConnectionState } from '../../shared/bridge.ts';
import type { LiveDbErrorData } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { MetricPoint } from '../../shared/history.ts';
import type { RunState, Service, Stage } from '../../shared/names.ts';
import type { Snapshot } from '../../shared/snapshot.ts';

export const STATIONS = ['seed', 'writer', 'postgres', 'producer', 'kafka', 'processor', 'results'] as const;
export type Station = (typeof STATIONS)[number];

export interface Toast {
  id: number;
  kind: 'done' | 'failed';
  text: string;
  error: LiveDbErrorData | null;
  undo: (() => void) | null;
}

export type SettingsTab = 'connections' | 'appearance' | 'history' | 'reset';

export type Overlay =
  | { kind: 'palette' }
  | { kind: 'settings'; tab?: SettingsTab }
  | { kind: 'help' }
  | { kind: 'topics' }
  | { kind: 'audit' }
  | { kind: 'aside'; tab?: 'late' | 'dead' }
  /** `window`: rows of a window of results to choose from, epoch ms. */
  | { kind: 'xray'; id?: string; window?: { from: number; to: number } }
  /** `id`: an annotation to change. */
  | { kind: 'annotate'; at: number; until: number | null; id?: string; text?: string }
  | { kind: 'annotations' }
  | { kind: 'compare'; a: { from: number; to: number } }
  | { kind: 'bundles'; stretch?: { from: number; to: number } }
  /** `edit` without `query` makes a new one. */
  | { kind: 'queries'; query?: string; edit?: boolean }
  | { kind: 'states'; query?: string }
  /** `between`: a stretch of time to begin with, epoch ms. */
  | { kind: 'replay'; stage: 'processor' | 'producer'; between?: { from: number; to: number } };

export interface ControlRoom {
  connection: ConnectionState;
  /** Epoch ms since which the connection is lost; null while it stands. */
  lostSince: number | null;
  /** null until the first frame. */
  snapshot: Snapshot | null;
  /** The last hour, in order of time; gaps are gaps. */
  points: readonly MetricPoint[];
  /** The last hour of live results, in order of window start, the highest revision of each. */
  results: readonly WindowResult[];
  selected: Station;
  overlay: Overlay | null;
  /** Keys of commands that wait for their answer (see perform.ts). */
  pending: readonly string[];
  /** States shown at once when a button was pressed, until the control plane says its own. */
  expected: Partial<Record<Stage | Service, RunState>>;
  toasts: readonly Toast[];
  /** What a screen reader is told: changes of state, never ticks. */
  announcement: string;
}

export const INITIAL: ControlRoom = {
  connection: 'connecting',
  lostSince: null,
  snapshot: null,
  points: [],
  results: [],
  selected: 'writer',
  overlay: null,
  pending: [],
  expected: {},
  toasts: [],
  announcement: '',
};

export function createControlRoom() {
  return createStore<ControlRoom>(() => INITIAL);
}

export type ControlRoomStore = ReturnType<typeof createControlRoom>;

export const controlRoom: ControlRoomStore = createControlRoom();
