// What a server does to a capture that follows its log: sessions ended at random, the log thrown away under the slot, a
// slot made anew at will, transactions that stay open, and numbers of transactions that run over.
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLiveTable, createLiveTableIndex } from '../../src/clients/schema.sql.ts';
import { PRODUCER_CALLS } from '../../src/shared/link.ts';
import { CaptureLine, inMode, insert, published } from '../support/capture-line.ts';
import { startChaoticWriters } from '../support/chaotic-writers.ts';
import { debianPostgresMissing, startDebianPostgres } from '../support/debian-postgres.ts';
import { eventually } from '../support/eventually.ts';

let line: CaptureLine;

beforeAll(async () => {
  line = new CaptureLine();
  await line.start();
}, 60_000);
afterEach(() => line.killProducers());
afterAll(() => line.stop());

const ended = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'livedb%'`;

describe('a capture that follows the log', () => {
  test('any of its sessions ended at random moments, while others write', async () => {
    await line.fresh();
    const writers = startChaoticWriters(line.url, { connections: 3, longestMs: 60, rowsPerInsert: 100 });
    let committed = 0;
    const producer = await line.startProducer('logical');
    try {
      for (let round = 0; round < 12; round++) {
        const before = producer.lastReport?.events ?? 0;
        await producer.until(() => (producer.lastReport?.events ?? 0) > before + 50, 'events', 30_000);
        // One at random, or all at once.
        const which = round % 4 === 3 ? ended : `${ended} ORDER BY random() LIMIT 1`;
        await line.sql(which);
      }
    } finally {
      committed = await writers.stop();
    }
    await published(producer, committed);
    await inMode(producer, 'logical');
    expect(producer.exit).toBeNull();
    await line.expectExactlyOnce(committed);
  });

  test('the server throws the log away that a frozen producer has not read', async () => {
    await line.fresh();
    const producer = await line.startProducer('auto');
    await inMode(producer, 'logical');
    await line.sql(insert(300));
    await published(producer, 300);
    await line.sql(`ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'`);
    try {
      await line.sql('SELECT pg_reload_conf()');
      process.kill(producer.pid, 'SIGSTOP');
      const lost = `SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE 'livedb%' AND wal_status = 'lost'`;
      await eventually('the slot is lost', async () => {
        await line.sql(`${insert(2_000)}; SELECT pg_switch_wal()`);
        await line.sql('CHECKPOINT');
        return (await line.sql(lost))[0]?.[0] === '1';
      });
    } finally {
      process.kill(producer.pid, 'SIGCONT');
      await line.sql('ALTER SYSTEM RESET max_slot_wal_keep_size');
      await line.sql('SELECT pg_reload_conf()');
    }
    const [[rows = ''] = []] = await line.sql('SELECT count(*) FROM livedb');
    await published(producer, Number(rows));
    await producer.until(
      () => producer.incidents.some(({ code }) => code === 'slot-lost'),
      'it to be said',
      20_000,
    );
    await inMode(producer, 'logical');
    await line.sql(insert(100));
    await published(producer, Number(rows) + 100);
    await line.expectExactlyOnce(Number(rows) + 100);
  });

  test('the slot made anew at will, while others write', async () => {
    await line.fresh();
    const writers = startChaoticWriters(line.url, { connections: 2, longestMs: 50, rowsPerInsert: 50 });
    let committed = 0;
    const producer = await line.startProducer('logical');
    // A new slot is made by a later transaction.
    const made = async () =>
      (await line.sql(`SELECT xmin FROM pg_publication WHERE pubname LIKE 'livedb%'`))[0]?.[0];
    try {
      for (let round = 0; round < 3; round++) {
        await inMode(producer, 'logical');
        const before = await made();
        const answer = await producer.call(PRODUCER_CALLS.resnapshot);
        expect(answer).toMatchObject({ type: 'reply' });
        await eventually('another slot', async () => ![before, undefined].includes(await made()));
        await inMode(producer, 'logical');
      }
    } finally {
      committed = await writers.stop();
    }
    await published(producer, committed);
    expect(producer.incidents.filter(({ code }) => code === 'slot-lost')).toEqual([]);
    await line.expectExactlyOnce(committed);
  });

  test('a transaction from before the slot: the slot waits for it, and it is named until it ends', async () => {
    await line.fresh();
    const idle = new pg.Client({ connectionString: line.url, application_name: 'who forgot to commit' });
    await idle.connect();
    let producer = await line.startProducer('polling');
    await eventually('no slot', async () => (await line.slots()).length === 0, 20_000);
    try {
      await idle.query('BEGIN');
      await idle.query(insert(10));
      line.configure(producer, 'logical');
      await line.sql(insert(20));
      const waiting = () => producer.lastReport?.capture.why.includes('waits') === true;
      await producer.until(waiting, 'the reason', 20_000);
      await producer.until(() => producer.lastReport?.heldBackBy != null, 'the holder', 20_000);
      expect(producer.lastReport?.heldBackBy?.application).toBe('who forgot to commit');
      // Neither a drain nor a successor waits for it.
      expect(await producer.drain()).toBe(0);
      producer = await line.startProducer('logical');
      await producer.until(() => producer.lastReport?.heldBackBy != null, 'the holder', 20_000);
      await idle.query('COMMIT');
    } finally {
      await idle.end();
    }
    await published(producer, 30);
    await inMode(producer, 'logical');
    await line.sql(insert(5));
    await published(producer, 35);
    await line.expectExactlyOnce(35);
  });
});

const missing = debianPostgresMissing();
describe.skipIf(missing !== null)("on a server of Debian's", () => {
  test('transactions whose 32-bit numbers run over while they are followed', async () => {
    const debian = await startDebianPostgres({
      settings: ['wal_level=logical', 'autovacuum=off'],
      nextXid: 2 ** 32 - 400,
    });
    const client = new pg.Client({ connectionString: debian.url });
    try {
      await client.connect();
      await client.query(`${createLiveTable()} ${createLiveTableIndex()}`);
      await line.fresh(debian.endpoint);
      let producer = await line.startProducer('logical');
      await inMode(producer, 'logical');
      const next = async () =>
        BigInt((await line.sql('SELECT pg_snapshot_xmax(pg_current_snapshot())'))[0]?.[0] ?? '');
      expect(await next()).toBeLessThan(2n ** 32n);
      let rows = 0;
      // One transaction from below stays open across the boundary.
      await client.query('BEGIN');
      await client.query(insert(7));
      for (const capture of ['logical', 'polling', 'auto'] as const) {
        await line.sql(`DO $$ BEGIN FOR n IN 1..150 LOOP ${insert(2)}; COMMIT; END LOOP; END $$`);
        rows += 300;
        if (capture === 'logical') await published(producer, rows);
        await producer.kill();
        producer = await line.startProducer(capture);
      }
      await client.query('COMMIT');
      expect(await next()).toBeGreaterThan(2n ** 32n);
      await published(producer, rows + 7);
      await inMode(producer, 'logical');
      await line.sql(insert(10));
      await published(producer, rows + 17);
      await line.expectExactlyOnce(rows + 17);
    } finally {
      await client.end();
      await line.killProducers();
      await debian.stop();
    }
  });
});
