// The states that a line has on disk, whether it runs or not: what calls about them go to. The live engine is one, a line
// that is paused another.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KafkaAdmin } from '../../clients/kafka.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import type { StateInfo } from '../../shared/states.ts';
import type { CheckpointMeta, LoadedCheckpoint } from './checkpoint/state-file.ts';
import { idsBody } from './checkpoint/state-snapshot.ts';
import type { CheckpointStore } from './checkpoint/store.ts';
import type { EngineHooks } from './engine.ts';
import type { Intake } from './intake.ts';
import type { Line } from './line.ts';

export interface LineStates {
  /** Newest first; a state that is not whole is left out and said. */
  states(): Promise<StateInfo[]>;
  /** A savepoint of now. Throws `state.taken`. */
  save(name: string): Promise<StateInfo>;
  /** Deletes a savepoint. Throws `state.unknown`, `state.checkpoint`. */
  deleteState(id: string): Promise<void>;
  /**
   * Goes on from that state; returns the savepoint of the present one. Ids that were seen stay seen. Throws
   * `state.unknown`, `state.faulty`.
   */
  restore(id: string): Promise<{ before: string }>;
}

export async function listStates(store: CheckpointStore, hooks: EngineHooks): Promise<StateInfo[]> {
  const { states, faulty } = await store.list();
  if (faulty.length > 0) {
    hooks.incident({
      severity: 'warning',
      code: 'state-faulty',
      title: faulty.length === 1 ? 'A state is not whole' : `${faulty.length} states are not whole`,
      cause: `${faulty.join(', ')}: the checksum does not fit. It cannot be restored from and is not listed.`,
      remedy: 'Look at the disk; delete the file. The other states are whole.',
    });
  }
  return states;
}

/** Throws `state.taken`. */
export function refuseTaken(store: CheckpointStore, name: string): void {
  if (!store.has(`savepoint-${name}`)) return;
  throw new LiveDbError({
    code: 'state.taken',
    message: `There is a savepoint "${name}" already.`,
    remedy: 'Choose another name, or delete that one first.',
  });
}

/** Makes a state the newest checkpoint of the line that stands as in this intake; ids that were seen stay seen. */
export async function goBack(
  store: CheckpointStore,
  state: LoadedCheckpoint,
  line: Line,
  { counters, counted, places, ids }: Intake,
  backAt: CheckpointMeta['backAt'],
): Promise<void> {
  const upTo = [...places].map(([partition, { next }]) => {
    return [String(partition), Math.max(next, counted.get(partition) ?? 0)] as const;
  });
  const change = {
    core: askedOf(state, line),
    counters: { ...state.meta.counters, ...counters },
    counted: Object.fromEntries(upTo),
    rewind: null,
    backAt,
  };
  await store.adopt(state, { ...change, wentBack: true }, [idsBody(ids)]);
}

/** Where the results topic ends: everything that a line that stands still has published is below. */
export async function resultsEnd(admin: KafkaAdmin, kafka: KafkaEndpoint): Promise<CheckpointMeta['backAt']> {
  const offsets = await admin.offsets(kafka.resultsTopic);
  return Object.fromEntries(offsets.map(({ partition, high }) => [String(partition), high]));
}

/** What was asked of the line since the state was written down is not done again. */
export function askedOf({ meta }: LoadedCheckpoint, { asked }: Line): CheckpointMeta['core'] {
  return { ...meta.core, asked: { skippedAt: meta.core.asked?.skippedAt ?? 0, ...asked } };
}

/** Leaves the savepoints of a line that is no more. */
export async function forgetCheckpoints(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith('checkpoint-')) await rm(join(folder, name), { force: true });
}

/** Marks the savepoints that are made on the way back. */
export function stamp(): string {
  return new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}
