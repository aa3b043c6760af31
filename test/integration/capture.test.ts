// The ways of capturing, changed while rows are written and the server does its worst: each committed row stands once in
// the topic, as psql and kcat see it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CaptureLine, inMode, insert, published } from '../support/capture-line.ts';
import { startChaoticWriters } from '../support/chaotic-writers.ts';
import { topicRecords } from '../support/witness.ts';

let line: CaptureLine;

beforeAll(async () => {
  line = new CaptureLine();
  await line.start();
}, 60_000);
afterEach(() => line.killProducers());
afterAll(() => line.stop());

describe('capture', () => {
  test('rows of before, from the table; rows of after, from the log; strange ids; other changes are counted', async () => {
    await line.fresh();
    await line.sql(insert(2_500));
    const producer = await line.startProducer('auto');
    await published(producer, 2_500);
    await inMode(producer, 'logical');
    expect(await line.slots()).toHaveLength(1);
    const before = producer.lastReport?.capture.changes ?? { updates: 0, deletes: 0, truncates: 0 };
    await line.sql(
      `INSERT INTO livedb (id, org, amount, region, created_at) VALUES
        (-7, 'below zero', 1, 'eu', '2026-11-23 10:00:00.123999'),
        (9007199254740993, 'above 2^53', 2, 'eu', DEFAULT), (5000000, 'a gap', 1500.50, 'ünïcödé " \\', DEFAULT)`,
    );
    await line.sql('UPDATE livedb SET amount = amount WHERE id BETWEEN 1 AND 3');
    await line.sql('DELETE FROM livedb WHERE id = 4');
    await line.sql('BEGIN; INSERT INTO livedb (org, amount, region) VALUES ($$x$$, 1, $$y$$); ROLLBACK');
    const copied = join(line.folder.dataDir, 'rows.tsv');
    await writeFile(copied, '7000000\tcopied, with its id\t3.00\teu\n', { mode: 0o644 });
    await line.sql(`COPY livedb (id, org, amount, region) FROM '${copied}'`);
    await published(producer, 2_504);
    const values = new Map(
      (await topicRecords(line.bootstrap, line.kafka.topic)).map(({ key, value }) => [key, value]),
    );
    expect(values.size).toBe(2_504);
    expect(values.get('-7')).toBe(
      '{"id":-7,"payload":{"org":"below zero","amount":1.00,"region":"eu"},"meta":{"source":"livedb","created_at":"2026-11-23T10:00:00.123Z","mode":"normal"}}',
    );
    expect(values.get('9007199254740993')).toContain('"id":9007199254740993,');
    expect(JSON.parse(values.get('5000000') ?? '').payload.region).toBe('ünïcödé " \\');
    await line.sql('TRUNCATE livedb');
    const after = {
      updates: before.updates + 3,
      deletes: before.deletes + 1,
      truncates: before.truncates + 1,
    };
    const counted = () => producer.lastReport?.capture.changes;
    await producer.until(() => counted()?.truncates === after.truncates, 'the truncate to be counted');
    expect(counted()).toEqual(after);

    // Polling keeps neither slot nor publication.
    line.configure(producer, 'polling');
    await inMode(producer, 'polling');
    await producer.until(() => producer.lastReport?.capture.slot === null, 'the slot to be given up');
    await expect.poll(() => line.slots(), { timeout: 10_000 }).toHaveLength(0);
    await expect.poll(() => line.publications(), { timeout: 10_000 }).toHaveLength(0);
  });

  test('an open transaction holds nothing back, and its own rows come when it commits', async () => {
    await line.fresh();
    const producer = await line.startProducer('logical');
    await inMode(producer, 'logical');
    const idle = new pg.Client({ connectionString: line.url });
    await idle.connect();
    try {
      await idle.query('BEGIN');
      await idle.query(insert(10));
      await line.sql(insert(1_000));
      await published(producer, 1_000);
      // Over to polling and back while it is open: what is ahead of it is not published again.
      line.configure(producer, 'polling');
      await inMode(producer, 'polling');
      await line.sql(insert(50));
      await producer.kill();
      const next = await line.startProducer('polling');
      await next.until(() => next.lastReport?.heldBackBy != null, 'the holder', 20_000);
      expect(next.lastReport?.events).toBe(1_000);
      line.configure(next, 'auto');
      await line.sql(insert(5));
      await idle.query('COMMIT');
      await published(next, 1_065);
      await inMode(next, 'logical');
    } finally {
      await idle.end();
    }
    await line.expectExactlyOnce(1_065);
  });

  test('a publication dropped or narrowed under the log: rows go on to come, none is passed over', async () => {
    await line.fresh();
    const producer = await line.startProducer('logical');
    await inMode(producer, 'logical');
    const deeds = [
      'DROP PUBLICATION %',
      "ALTER PUBLICATION % SET (publish = 'delete')",
      'ALTER PUBLICATION % SET TABLE livedb WHERE (id < 0)',
    ];
    let rows = 0;
    for (const deed of deeds) {
      await line.sql(insert(500));
      const [[name = ''] = []] = await line.publications();
      const lost = producer.incidents.length;
      await line.sql(deed.replace('%', name));
      await line.sql(insert(500));
      rows += 1_000;
      await published(producer, rows);
      await producer.until(() => producer.incidents.length > lost, 'it to be said');
      expect(producer.incidents.at(-1)).toMatchObject({ code: 'slot-lost' });
      await inMode(producer, 'logical');
    }
    await line.expectExactlyOnce(rows);
  });

  test('modes changed, producers killed, walsenders ended, slots dropped, under concurrent writers', async () => {
    await line.fresh();
    const writers = startChaoticWriters(line.url, { connections: 4, longestMs: 150, rowsPerInsert: 150 });
    let committed = 0;
    let producer = await line.startProducer('auto');
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'livedb-producer%'`;
    const polls = new Set<unknown>();
    const deeds: (() => Promise<unknown>)[] = [
      () => line.sql(`${terminate} AND backend_type = 'walsender'`),
      async () => {
        line.configure(producer, 'polling');
        polls.add(producer);
        await inMode(producer, 'polling');
      },
      async () => {
        line.configure(producer, 'logical');
        polls.delete(producer);
      },
      async () => {
        await producer.kill();
        producer = await line.startProducer('auto');
      },
      () =>
        line
          .sql(
            `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active_pid IS NOT NULL;
           SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active`,
          )
          .catch(() => []),
      async () => {
        for (const [name] of await line.publications()) await line.sql(`DROP PUBLICATION IF EXISTS ${name}`);
      },
      () => line.sql(terminate),
      async () => {
        await producer.kill();
        producer = await line.startProducer('polling');
        polls.add(producer);
      },
      async () => {
        line.configure(producer, 'auto');
        polls.delete(producer);
      },
    ];
    try {
      for (const [round, deed] of [...deeds, ...deeds.slice(0, 3)].entries()) {
        // Every deed but those done to polling finds the log being followed.
        if (!polls.has(producer)) await inMode(producer, 'logical');
        const before = producer.lastReport?.events ?? 0;
        const more = () => (producer.lastReport?.events ?? 0) > before + 100 * (round % 5);
        await producer.until(more, 'events between two deeds', 30_000);
        await deed();
      }
    } finally {
      committed = await writers.stop();
    }
    await published(producer, committed);
    line.configure(producer, 'auto');
    await inMode(producer, 'logical');
    await line.sql(insert(100));
    await published(producer, committed + 100);
    await line.expectExactlyOnce(committed + 100);
  }, 240_000);

  test('a large transaction is given in pieces; killed in the midst of it, none comes twice', async () => {
    await line.fresh();
    let producer = await line.startProducer('auto');
    await inMode(producer, 'logical');
    for (const target of [5_000, 25_000]) {
      await line.sql(insert(20_000));
      await producer.until(() => (producer.lastReport?.events ?? 0) > target, 'some of its rows');
      await producer.kill();
      producer = await line.startProducer(target < 20_000 ? 'auto' : 'polling');
    }
    await published(producer, 40_000);
    await line.expectExactlyOnce(40_000);
  });
});
