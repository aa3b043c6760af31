// The promise, seen from outside: through 20 kills over all stages and services under 1,000 rows/s, every row of the
// table stands once in the topic and once in the windows. Read by psql and kcat where they are to be had.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/shared/snapshot.ts';
import { type ControlRoom, startControlRoom } from '../support/control-room.ts';
import { compareTableAndTopic, compareWindows } from '../support/witness.ts';

const KILLS = 20;
const RECOVERY_MS = 5_000;
const WINDOW_MS = 2_000;
const PARTS = ['writer', 'producer', 'processor', 'postgres', 'kafka'] as const;
type Part = (typeof PARTS)[number];

let room: ControlRoom;
beforeAll(async () => {
  room = await startControlRoom({ args: ['--run'] });
});
afterAll(async () => {
  expect(await room.close()).toBe(0);
});

const partOf = (s: Snapshot, part: Part) =>
  part === 'postgres' || part === 'kafka' ? s.services[part] : s.stages[part];
const allRunning = (s: Snapshot) => PARTS.every((part) => partOf(s, part).state === 'running');

async function kill(part: Part, byPid: boolean) {
  const before = partOf(await room.snapshot(), part);
  if (byPid && before.pid !== null) process.kill(before.pid, 'SIGKILL');
  else if (part === 'postgres' || part === 'kafka') await room.execute('service.kill', { service: part });
  else await room.execute('stage.kill', { stage: part });
  return before;
}

describe('20 kills under 1,000 rows/s', () => {
  it('every part is running again within 5 s each', async () => {
    await room.execute('processor.configure', { query: { window: { kind: 'tumbling', sizeMs: WINDOW_MS } } });
    await room.execute('writer.configure', { rowsPerBurst: 100, intervalMs: 100 });
    await room.until('all running', allRunning, 30_000);
    const slow: string[] = [];
    for (let i = 0; i < KILLS; i += 1) {
      const part = PARTS[i % PARTS.length] ?? 'writer';
      const before = await kill(part, i % 2 === 1);
      const began = performance.now();
      await room.until(
        `${part} back`,
        (s) => partOf(s, part).restarts > before.restarts && allRunning(s),
        20_000,
      );
      const took = performance.now() - began;
      if (took > RECOVERY_MS) slow.push(`${part}: ${took.toFixed(0)} ms`);
      const { processed } = (await room.snapshot()).ledger;
      await room.until('events flow again', (s) => s.ledger.processed > processed, 15_000);
    }
    expect(slow).toEqual([]);
  }, 240_000);

  it('table and topic hold the same ids once each, and the ledger says so', async () => {
    await room.execute('stage.stop', { stage: 'writer' });
    const settled = await room.until(
      'ledger settled',
      (s) =>
        s.ledger.written > 0 &&
        s.ledger.written === s.ledger.published &&
        s.ledger.published === s.ledger.processed,
      20_000,
    );
    const { url } = settled.services.postgres;
    const { bootstrap } = settled.services.kafka;
    const compared = await compareTableAndTopic(url ?? '', bootstrap ?? '', 'db_live_events');
    expect(compared).toMatchObject({ lost: [], doubled: [], strange: 0 });
    expect(compared.events).toBe(compared.rows);
    expect(settled.ledger).toMatchObject({ written: compared.rows, missing: 0, duplicates: 0 });
    expect(settled.stages.writer.rows).toBe(compared.rows);
  }, 60_000);

  it('windows equal SQL over the table to the cent, each revision published once', async () => {
    const stopped = await room.until(
      'watermark past the last row',
      (s) => s.stages.processor.openWindows === 0 || windowsDone(s),
      30_000,
    );
    const before = Math.floor(Date.parse(stopped.stages.processor.watermark ?? '') / WINDOW_MS) * WINDOW_MS;
    const { url } = stopped.services.postgres;
    const { bootstrap } = stopped.services.kafka;
    const compared = await compareWindows(url ?? '', bootstrap ?? '', 'db_live_results', WINDOW_MS, before);
    // The query of before, with windows of another size, counted what came before the first window of this size.
    const from = Math.min(...compared.found.map((row) => Number(row.split(' ')[0])));
    const fromThen = (rows: string[]) => rows.filter((row) => Number(row.split(' ')[0]) >= from);
    expect(fromThen(compared.expected).length).toBeGreaterThan(20);
    expect(fromThen(compared.found)).toEqual(fromThen(compared.expected));
    expect(compared.publishedTwice).toEqual([]);
  }, 60_000);
});

/** The clock has closed every window of the rows: the watermark stands past the newest row by a window and more. */
function windowsDone(s: Snapshot): boolean {
  const watermark = Date.parse(s.stages.processor.watermark ?? '');
  return (
    s.ledger.processed === s.ledger.written &&
    Date.now() - watermark < 6 * WINDOW_MS &&
    Date.now() - watermark > 0
  );
}
