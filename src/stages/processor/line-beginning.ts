// The beginning of a line that goes on from a savepoint of another one, which was dropped or is of another name: the
// savepoint becomes its first checkpoint. Used by the recovery.
import { stateFile } from '../../clients/line-folder.ts';
import { type LoadedCheckpoint, readStateFile } from './checkpoint/state-file.ts';
import type { CheckpointStore } from './checkpoint/store.ts';
import type { EngineHooks } from './engine.ts';
import type { Line } from './line.ts';
import { askedOf } from './line-states.ts';

/** Null when the line begins with no savepoint, or that one is gone or not whole, which is said. */
export async function beginWith(
  store: CheckpointStore,
  line: Line,
  query: string,
  hooks: EngineHooks,
): Promise<LoadedCheckpoint | null> {
  if (line.begin === null) return null;
  const { folder, id } = line.begin;
  const state = await readStateFile(stateFile(folder, id)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (state === null) {
    hooks.incident({
      severity: 'warning',
      code: 'state-gone',
      title: `The query "${query}" begins without its savepoint`,
      cause: `"${id}" was deleted, or its checksum does not fit.`,
      remedy: 'The query reads the topic from its beginning. Drop it and add it again to begin elsewhere.',
    });
    return null;
  }
  const core = askedOf(state, line);
  const renamed = state.meta.query !== query;
  await store.adopt(state, {
    query,
    core: { ...core, states: core.states.map((one) => ({ ...one, spec: { ...one.spec, name: query } })) },
    // Under a new name all of the topic is looked through for what an older query of it published.
    ...(renamed ? { results: {} } : {}),
    wentBack: true,
    rewind: null,
  });
  return store.read(store.newest);
}
