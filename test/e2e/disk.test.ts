// The disk fills up or becomes slow under load and recovers: who depends on it waits and says why, and nothing is lost,
// doubled or in need of a hand. A full disk needs the right to mount a small one, a slow one needs a C compiler.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Snapshot } from '../../src/shared/snapshot.ts';
import { type ControlRoom, startControlRoom } from '../support/control-room.ts';
import { makeSlowDisk } from '../support/slow-disk.ts';
import { canMount, mountSmallDisk } from '../support/small-disk.ts';
import { compareTableAndTopic } from '../support/witness.ts';

const FULL_MB = 4;
const FREED_MB = 200;
const ROWS_PER_S = 2_000;
/** While the disk is full the writer goes on: this many rows have to wait in the table. */
const WAITING_ROWS = 5_000;

/** Stops the writer; resolves the number of rows once all of them stand on the topic, once each. */
async function allIsThere(room: ControlRoom): Promise<number> {
  await room.execute('stage.stop', { stage: 'writer' });
  const even = await room.until(
    'everything has arrived',
    ({ ledger }) => ledger.written === ledger.published && ledger.published === ledger.processed,
    30_000,
  );
  const { postgres, kafka } = even.services;
  const compared = await compareTableAndTopic(postgres.url ?? '', kafka.bootstrap ?? '', 'db_live_events');
  expect(compared).toMatchObject({ lost: [], doubled: [], strange: 0, events: compared.rows });
  return compared.rows;
}

const mounts = canMount();
if (!mounts) process.stdout.write('A full disk is not tested: this user cannot mount a small one.\n');

it.runIf(mounts)(
  'goes on by itself when the full disk of the broker has room again',
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'livedb-full-'));
    const disk = mountSmallDisk(join(dataDir, 'kafka'), FULL_MB);
    const room = await startControlRoom({ dataDir, args: ['--run'] });
    try {
      await room.execute('writer.configure', { rowsPerBurst: ROWS_PER_S / 20, intervalMs: 50 });
      const full = await room.until('the producer waits', (s) => s.stages.producer.waiting !== null, 60_000);
      expect(full.stages.producer.waiting).toMatch(/disk/i);
      expect(full.incidents.map(({ code }) => code)).toContain('kafka.disk-full');
      const behind = await room.until(
        'rows wait in the table',
        ({ ledger }) => ledger.written - ledger.published > WAITING_ROWS,
        30_000,
      );
      expect(
        [behind.stages.producer, behind.services.kafka].map(({ state, restarts }) => [state, restarts]),
      ).toEqual([
        ['running', 0],
        ['running', 0],
      ]);

      disk.resize(FREED_MB);
      await room.until('the producer goes on', (s) => s.stages.producer.waiting === null, 30_000);
      expect(await allIsThere(room)).toBeGreaterThan(WAITING_ROWS);
    } finally {
      await room.close();
      disk.remove();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
  150_000,
);

const slowDisk = makeSlowDisk();
if (slowDisk === null) process.stdout.write('A slow disk is not tested: there is no C compiler.\n');
afterAll(() => slowDisk?.remove());

/** Each write and flush takes so long, for so long, ms. */
const WRITE_MS = [1_000, 2_000] as const;
const SLOW_MS = 10_000;
/** What waits, waits in the table and in files: no process may grow by more than this meanwhile. */
const GROWTH_BYTES = 80_000_000;

const partsOf = ({ stages, services }: Snapshot) => ({ ...stages, ...services });

it.runIf(slowDisk !== null)(
  'waits for a disk that takes 1-2 s for each write, says so, and goes on by itself',
  async () => {
    if (slowDisk === null) return;
    const dataDir = mkdtempSync(join(tmpdir(), 'livedb-slow-'));
    chmodSync(dataDir, 0o755);
    const folders = ['kafka', 'postgres', 'processor'].map((folder) => join(dataDir, folder));
    const room = await startControlRoom({ dataDir, args: ['--run'], env: slowDisk.env(folders) });
    try {
      await room.execute('writer.configure', { rowsPerBurst: ROWS_PER_S / 20, intervalMs: 50 });
      const before = await room.until('rows flow', ({ ledger }) => ledger.processed > ROWS_PER_S, 60_000);

      slowDisk.slow(...WRITE_MS);
      const slowSince = performance.now();
      const reasons = new Set<string>();
      await room.until('the time is over', (seen) => {
        for (const [name, { waiting, rssBytes }] of Object.entries(partsOf(seen))) {
          if (waiting !== null) reasons.add(`${name}: ${waiting}`);
          const then = Object.entries(partsOf(before)).find(([part]) => part === name)?.[1].rssBytes ?? 0;
          expect((rssBytes ?? 0) - then, `growth of ${name}`).toBeLessThan(GROWTH_BYTES);
        }
        return performance.now() - slowSince > SLOW_MS;
      });
      slowDisk.quick();
      expect([...reasons].join('\n')).toMatch(/kafka: .*disk/);
      expect([...reasons].join('\n')).toMatch(/writer: .*PostgreSQL/);
      // A process that waits for its disk lives, and says so.
      expect([...reasons].join('\n')).not.toMatch(/no sign of life/);

      const well = await room.until(
        'nobody waits',
        (seen) => Object.values(partsOf(seen)).every(({ waiting }) => waiting === null),
        30_000,
      );
      expect(Object.values(partsOf(well)).map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(await allIsThere(room)).toBeGreaterThan(before.ledger.written);
    } finally {
      slowDisk.quick();
      await room.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
  150_000,
);
