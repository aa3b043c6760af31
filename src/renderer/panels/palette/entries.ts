// Every command of the page as an entry of the palette. Made anew when the palette opens, from what is true then.

import { WRITER_PRESETS } from '../../../shared/settings.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { partInSentence } from '../../components/part-controls.tsx';
import { SHORTCUTS } from '../../keyboard/shortcuts.ts';
import {
  changeSettings,
  configureProcessor,
  configureWriter,
  copyText,
  killPart,
  type Part,
  startAll,
  startPart,
  stopAll,
  stopPart,
} from '../../store/actions.ts';
import {
  isPast,
  openOverlay,
  partOf,
  STATION_WORDS,
  STATIONS,
  selectStation,
  wholePipeline,
} from '../../store/index.ts';
import { goLive } from '../charts/time-view.ts';
import type { Entry } from './search.ts';

const PARTS: readonly Part[] = ['writer', 'producer', 'processor', 'postgres', 'kafka'];

export function paletteEntries(snapshot: Snapshot): Entry[] {
  const { postgres, kafka } = snapshot.services;
  const { canStart, canStop } = wholePipeline(snapshot);
  const allKeys = shortcutOf('Start all, or stop all');
  return [
    // The shortcut stops only where there is nothing to start.
    ...(canStart ? [entry('Pipeline', 'Start all', startAll, allKeys)] : []),
    ...(canStop ? [entry('Pipeline', 'Stop all', stopAll, canStart ? '' : allKeys)] : []),
    entry('Pipeline', 'Replay events…', () => openOverlay({ kind: 'replay', stage: 'processor' }), 'R'),
    entry('Pipeline', 'Replay rows…', () => openOverlay({ kind: 'replay', stage: 'producer' })),
    entry('Processor', 'Queries…', () => openOverlay({ kind: 'queries' }), 'Q'),
    entry('Processor', 'New query…', () => openOverlay({ kind: 'queries', edit: true })),
    entry('Processor', 'Checkpoints and savepoints…', () => openOverlay({ kind: 'states' })),
    entry('Processor', 'Records aside: late…', () => openOverlay({ kind: 'aside', tab: 'late' })),
    entry('Processor', 'Records aside: dead…', () => openOverlay({ kind: 'aside', tab: 'dead' }), 'D'),
    entry('Proof', 'Audit the ledger…', () => openOverlay({ kind: 'audit' }), 'A'),
    entry('Proof', 'X-ray a row…', () => openOverlay({ kind: 'xray' }), 'X'),
    ...PARTS.flatMap((part) => partEntries(snapshot, part)),
    ...WRITER_PRESETS.map(({ id, label }) =>
      entry('Writer', `Set writer preset: ${label}`, () =>
        configureWriter({ preset: id }, `Writer preset: ${label}`),
      ),
    ),
    ...(['constant', 'uniform', 'poisson'] as const).map((distribution) =>
      entry('Writer', `Set distribution: ${distribution}`, () =>
        configureWriter({ distribution }, `Distribution: ${distribution}`),
      ),
    ),
    ...(['org', 'region'] as const).map((field) =>
      entry('Processor', `Group by ${field}`, () =>
        configureProcessor({ query: { groupBy: [field] } }, `Grouped by ${field}`),
      ),
    ),
    ...WINDOWS.map(([label, sizeMs]) =>
      entry('Processor', `Set window: ${label}`, () =>
        configureProcessor({ query: { window: { kind: 'tumbling', sizeMs } } }, `Window: ${label}`),
      ),
    ),
    ...(isPast() ? [entry('Past', 'Back to live', goLive)] : []),
    entry('Past', 'Annotate…', () => openOverlay({ kind: 'annotate', at: Date.now(), until: null })),
    entry('Past', 'Annotations…', () => openOverlay({ kind: 'annotations' })),
    entry('Past', 'Compare two stretches…', () => openOverlay({ kind: 'compare', a: lastMinutes() })),
    entry('Past', 'Bundles: export or open…', () => openOverlay({ kind: 'bundles' })),
    entry('View', 'Topics', () => openOverlay({ kind: 'topics' }), 'T'),
    entry('View', 'Settings', () => openOverlay({ kind: 'settings' }), ','),
    entry('View', 'Reset…', () => openOverlay({ kind: 'settings', tab: 'reset' })),
    entry('View', 'Shortcuts and words', () => openOverlay({ kind: 'help' }), '?'),
    ...STATIONS.map((station, index) =>
      entry('View', `Show ${STATION_WORDS[station]}`, () => selectStation(station), String(index + 1)),
    ),
    ...(['system', 'dark', 'light'] as const).map((theme) =>
      entry('View', `Theme: ${theme}`, () => changeSettings({ ui: { theme } }, `Theme: ${theme}`)),
    ),
    ...(postgres.url === null ? [] : [copy('PostgreSQL address', postgres.url)]),
    ...(kafka.bootstrap === null ? [] : [copy('bootstrap servers', kafka.bootstrap)]),
  ];
}

/** What to compare when nothing is selected. */
function lastMinutes(): { from: number; to: number } {
  const to = Date.now();
  return { from: to - 300_000, to };
}

const WINDOWS = [
  ['1 s', 1_000],
  ['10 s', 10_000],
  ['1 min', 60_000],
  ['5 min', 300_000],
] as const;

function partEntries(snapshot: Snapshot, part: Part): Entry[] {
  const name = partInSentence(part);
  const group = part === 'postgres' || part === 'kafka' ? 'Services' : 'Stages';
  if (part !== 'writer' && part !== 'producer' && part !== 'processor') {
    const service = part === 'postgres' ? snapshot.services.postgres : snapshot.services.kafka;
    if (service.kind === 'external') return [];
  }
  const { state } = partOf(snapshot, part);
  const down = state === 'stopped' || state === 'failed';
  return [
    down
      ? entry(group, `Start ${name}`, () => startPart(part))
      : entry(group, `Stop ${name}`, () => stopPart(part)),
    entry(group, `Kill ${name}`, () => killPart(part)),
  ];
}

function copy(what: string, value: string): Entry {
  const label = `Copy ${what}`;
  return entry('Addresses', label, () => void copyText(value, `${what[0]?.toUpperCase()}${what.slice(1)}`));
}

function entry(group: string, label: string, run: () => void, shortcut = ''): Entry {
  return { group, label, run, shortcut };
}

function shortcutOf(label: string): string {
  return SHORTCUTS.find((shortcut) => shortcut.label === label)?.shown ?? '';
}
