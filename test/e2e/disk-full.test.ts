// The disk of the broker fills up under load and is enlarged: the producer waits and says why, and nothing is lost,
// doubled or in need of a hand. Needs the right to mount a small disk.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startControlRoom } from '../support/control-room.ts';
import { canMount, mountSmallDisk } from '../support/small-disk.ts';
import { compareTableAndTopic } from '../support/witness.ts';

const FULL_MB = 4;
const FREED_MB = 200;
const ROWS_PER_S = 2_000;
/** While the disk is full the writer goes on: this many rows have to wait in the table. */
const WAITING_ROWS = 5_000;

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
      await room.execute('stage.stop', { stage: 'writer' });
      const even = await room.until(
        'everything has arrived',
        ({ ledger }) => ledger.written === ledger.published && ledger.published === ledger.processed,
        30_000,
      );
      const { postgres, kafka } = even.services;
      const compared = await compareTableAndTopic(
        postgres.url ?? '',
        kafka.bootstrap ?? '',
        'db_live_events',
      );
      expect(compared).toMatchObject({ lost: [], doubled: [], strange: 0, events: compared.rows });
      expect(compared.rows).toBeGreaterThan(WAITING_ROWS);
    } finally {
      await room.close();
      disk.remove();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
  150_000,
);
