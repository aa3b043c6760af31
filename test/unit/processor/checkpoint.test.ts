import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdSet } from '../../../src/shared/ids.ts';
import { DEFAULT_QUERY } from '../../../src/shared/query.ts';
import { ByteReader, ByteWriter } from '../../../src/stages/processor/checkpoint/bytes.ts';
import { restoreState, StateSnapshots } from '../../../src/stages/processor/checkpoint/state-snapshot.ts';
import { CheckpointStore } from '../../../src/stages/processor/checkpoint/store.ts';
import { WindowCore } from '../../../src/stages/processor/windows/window-core.ts';
import { tempDir } from '../../support/temp-dir.ts';

const T0 = Date.parse('2026-11-23T10:00:00.000Z');

/** A line of checkpoints over a growing state; `events` is how many each of them has seen. */
class Line {
  readonly core = new WindowCore(DEFAULT_QUERY, T0);
  readonly ids = new IdSet();
  readonly snapshots = new StateSnapshots(this.core, this.ids, null);
  readonly store: CheckpointStore;
  events = 0;

  constructor(store: CheckpointStore) {
    this.store = store;
  }

  add(count: number, groups: number): void {
    for (let at = 0; at < count; at++) {
      this.events++;
      this.ids.add(this.events);
      this.core.add(
        T0 + (this.events % 3) * 10_000,
        this.core.org.ofText(`g${this.events % groups}`),
        0,
        100,
      );
    }
  }

  async checkpoint(): Promise<void> {
    const sequence = this.store.next;
    const frozen = this.snapshots.freeze(sequence);
    const counters = { events: this.events, duplicates: 0, replayed: 0, unreadable: 0, results: 0 };
    const input = { 0: { next: this.events, last: null } };
    const meta = {
      sequence,
      chainFrom: frozen.chainFrom,
      at: 0,
      input,
      results: {},
      counters,
      core: frozen.core,
    };
    await this.store.write(meta, frozen.finish());
  }
}

async function openLine(folder: string): Promise<Line> {
  return new Line(await CheckpointStore.open(folder));
}

/** What comes back from the folder: events by the counters, by the windows and by the ids. */
async function restored(folder: string) {
  const { loaded, faulty } = await (await CheckpointStore.open(folder)).load();
  if (loaded === null) return { events: null, counted: 0, ids: 0, faulty };
  const core = new WindowCore(DEFAULT_QUERY, T0);
  const ids = new IdSet();
  restoreState(core, ids, loaded.meta.core, loaded.bodies, T0);
  let counted = 0;
  for (const slot of core.slots()) counted += core.table.count[slot] ?? 0;
  return { events: loaded.meta.counters.events, counted, ids: ids.size, faulty };
}

describe('checkpoints', () => {
  it('write and read numbers of every size', () => {
    const value = fc.oneof(
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
    );
    fc.assert(
      fc.property(fc.array(value), fc.string(), (values, text) => {
        const out = new ByteWriter(1);
        for (const one of values) out.signed(one);
        out.text(text);
        const input = new ByteReader(out.bytes());
        expect(values.map(() => input.signed())).toEqual(values.map((one) => (one === 0 ? 0 : one)));
        expect(input.text()).toBe(text);
        expect(input.done).toBe(true);
      }),
    );
    expect(() => new ByteReader(Buffer.from([0x80])).unsigned()).toThrow(RangeError);
    expect(() => new ByteReader(Buffer.from([5, 1])).raw()).toThrow(RangeError);
  });

  it('keep five of a small state, each whole by itself', async () => {
    using dir = tempDir('checkpoints');
    const line = await openLine(dir.path);
    for (let round = 0; round < 9; round++) {
      line.add(10, 5);
      await line.checkpoint();
    }
    expect((await readdir(dir.path)).sort()).toEqual(
      [5, 6, 7, 8, 9].map((one) => `checkpoint-00000000000${one}.bin`),
    );
    expect(await restored(dir.path)).toEqual({ events: 90, counted: 90, ids: 90, faulty: [] });
  });

  it('are small when little changed in a large state, and still restore all of it', async () => {
    using dir = tempDir('checkpoints');
    const line = await openLine(dir.path);
    line.add(30_000, 7_000);
    await line.checkpoint();
    let largest = 0;
    for (let round = 0; round < 90; round++) {
      line.add(5, 7_000);
      await line.checkpoint();
      const names = (await readdir(dir.path)).sort();
      const bytes = await readFile(join(dir.path, names.at(-1) ?? ''));
      largest = Math.max(largest, bytes.length);
    }
    expect(await restored(dir.path)).toEqual({ events: 30_450, counted: 30_450, ids: 30_450, faulty: [] });
    expect(largest).toBeLessThan(150_000);
    expect((await readdir(dir.path)).length).toBeLessThan(60);
  });

  it('pass over a damaged or torn file for the one before, and go on from there', async () => {
    using dir = tempDir('checkpoints');
    for (const groups of [5, 20_000]) {
      const folder = join(dir.path, String(groups));
      const line = await openLine(folder);
      line.add(40_000, groups);
      for (let round = 0; round < 20; round++) {
        line.add(10, groups);
        await line.checkpoint();
      }
      const newest = join(folder, 'checkpoint-000000000020.bin');
      const bytes = await readFile(newest);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(newest, bytes);
      await truncate(join(folder, 'checkpoint-000000000019.bin'), 30);
      await writeFile(join(folder, 'checkpoint-000000000021.bin.tmp'), 'torn');

      const before = await restored(folder);
      expect(before).toMatchObject({ events: 40_180, counted: 40_180, ids: 40_180 });
      expect(before.faulty).toEqual(['checkpoint-000000000020.bin', 'checkpoint-000000000019.bin']);
      // The faulty ones are gone: what is written next belongs to the chain that was restored.
      expect((await restored(folder)).faulty).toEqual([]);
    }
  });

  it('start from nothing when none is whole', async () => {
    using dir = tempDir('checkpoints');
    const line = await openLine(dir.path);
    line.add(10, 2);
    await line.checkpoint();
    await writeFile(
      join(dir.path, 'checkpoint-000000000001.bin'),
      'not a checkpoint at all, but long enough',
    );
    expect(await restored(dir.path)).toMatchObject({ events: null, faulty: ['checkpoint-000000000001.bin'] });
    expect(await readdir(dir.path)).toEqual([]);
  });
});
