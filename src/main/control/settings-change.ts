// A change of settings as one thing: checked, saved, then put into force in the running children. A refusal leaves all
// as it was. The configure commands and settings.set go through it.
import type { z } from 'zod';
import type { Stage } from '../../shared/names.ts';
import type { Settings, SettingsChange } from '../../shared/settings.ts';
import type { LineReport } from '../../shared/states.ts';
import type { History } from '../history/port.ts';
import { refuseWrongChanges } from './query-changes.ts';
import type { SettingsStore } from './settings-store.ts';
import type { Part } from './supervisor.ts';

export interface SettingsChangeOptions {
  store: SettingsStore;
  stages: Record<Stage, Pick<Part, 'configure'>>;
  history: Pick<History, 'configure'>;
  /** Throws with every fault of the file. */
  checkSeed(file: string): Promise<void>;
  /** What the processor told last of its lines. */
  lines(): readonly LineReport[];
  changed(urgent: boolean): void;
}

export function createSettingsChange(
  options: SettingsChangeOptions,
): (change: z.infer<typeof SettingsChange>) => Promise<Settings> {
  const { store, stages, history } = options;
  return async (change) => {
    const seed = change.writer?.seedFile;
    if (typeof seed === 'string') await options.checkSeed(seed);
    const before = store.current();
    refuseWrongChanges(before.processor, store.would(change).processor, options.lines());
    const after = await store.change(change);
    const differs = (section: keyof Settings) =>
      JSON.stringify(before[section]) !== JSON.stringify(after[section]);
    // The same path named again means: read the file again, it may have changed.
    if (differs('writer') || seed !== undefined) stages.writer.configure();
    if (differs('producer')) stages.producer.configure();
    if (differs('processor')) stages.processor.configure();
    if (differs('history')) history.configure(after.history);
    options.changed(true);
    return after;
  };
}
