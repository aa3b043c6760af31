// A state of the processor as plain data, read from its file: what two states have to agree in to be the same.
import { join } from 'node:path';
import { IdSet } from '../../src/shared/ids.ts';
import { DEFAULT_QUERY } from '../../src/shared/query.ts';
import { readStateFile } from '../../src/stages/processor/checkpoint/state-file.ts';
import { restoreState } from '../../src/stages/processor/checkpoint/state-snapshot.ts';
import { WindowCore } from '../../src/stages/processor/windows/window-core.ts';

export interface StateDump {
  groups: string[];
  ids: string[];
  places: unknown;
  counters: unknown;
  watermark: number | null;
}

/** Throws when the file is not whole. `id` must be of a savepoint: it needs no other files. */
export async function dumpState(folder: string, id: string): Promise<StateDump> {
  const file = await readStateFile(join(folder, `${id}.bin`));
  if (file === null) throw new Error(`${id} is not whole`);
  const { meta, bodies } = file;
  const core = new WindowCore(meta.core.states.at(-1)?.spec ?? DEFAULT_QUERY, 0);
  const ids = new IdSet();
  restoreState(core, ids, meta.core, bodies, 0);
  const { table } = core;
  const groups = [...core.slots()].map((slot) =>
    JSON.stringify([
      core.result(slot),
      table.flags[slot],
      table.owner[slot],
      table.high[slot],
      table.low[slot],
      [...(table.values(slot) ?? [])],
    ]),
  );
  const blocks = [...ids.indexes()].map(
    (block) => `${block}:${Buffer.from(ids.bytesOf(block)).toString('hex')}`,
  );
  return {
    groups: groups.sort(),
    ids: blocks.sort(),
    places: meta.input,
    counters: { ...meta.counters, results: 0 },
    watermark: meta.core.clock.watermark,
  };
}
