// The ways of capturing, changed while rows are written and the server does its worst: each committed row stands once in
// the topic, as psql and kcat see it.
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type {
  KafkaEndpoint,
  PostgresEndpoint,
  PostgresReady,
  ProducerReport,
} from '../../src/shared/link.ts';
import { startChaoticWriters } from '../support/chaotic-writers.ts';
import { ChildProgram } from '../support/child-program.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { compareTableAndTopic, sql, topicRecords } from '../support/witness.ts';

let folder: DataFolder;
let postgres: ChildProgram<never>;
let broker: ChildProgram<never>;
let own: PostgresEndpoint;
let url: string;
let kafka: KafkaEndpoint;
let topics = 0;
const producers: ChildProgram<ProducerReport>[] = [];

beforeAll(async () => {
  folder = makeDataFolder('capture');
  const place = { dataDir: folder.dataDir, logDir: folder.logDir, port: null };
  postgres = new ChildProgram('postgres');
  broker = new ChildProgram('broker');
  const starting = broker.start<{ host: string; port: number }>(place);
  own = (await postgres.start<PostgresReady>(place)).endpoint;
  url = `postgres://${own.user}:${encodeURIComponent(own.password)}@${own.host}:${own.port}/${own.database}`;
  const { host, port } = await starting;
  kafka = {
    kind: 'embedded',
    brokers: [`${host}:${port}`],
    clientId: 'livedb-test',
    topic: '',
    resultsTopic: 'db_live_results',
    ssl: false,
    sasl: null,
  };
}, 60_000);

afterEach(async () => {
  for (const producer of producers.splice(0)) if (producer.exit === null) await producer.kill();
});

afterAll(async () => {
  await broker?.drain();
  await postgres?.drain();
  folder?.[Symbol.dispose]();
});

type CaptureSetting = 'auto' | 'logical' | 'polling';

const config = (capture: CaptureSetting) => ({
  dataDir: folder.dataDir,
  logDir: folder.logDir,
  postgres: own,
  kafka,
  settings: { capture, batchSize: 300, pollIntervalMs: 5 },
});

async function freshStart(): Promise<void> {
  kafka = { ...kafka, topic: `db_live_events_${++topics}` };
  await sql(url, 'TRUNCATE livedb RESTART IDENTITY');
}

async function startProducer(capture: CaptureSetting) {
  const producer = new ChildProgram<ProducerReport>('stages/producer');
  producers.push(producer);
  await producer.start(config(capture));
  return producer;
}

const insert = (rows: number) =>
  `INSERT INTO livedb (org, amount, region) SELECT 'alpha-cloud', i + 0.5, 'us-east-1' FROM generate_series(1, ${rows}) i`;

const inMode = (producer: ChildProgram<ProducerReport>, mode: 'logical' | 'polling') =>
  producer.until(() => producer.lastReport?.capture.mode === mode, `capture by ${mode}`, 40_000);

const published = (producer: ChildProgram<ProducerReport>, rows: number) =>
  producer.until(() => (producer.lastReport?.events ?? -1) >= rows, `${rows} events published`, 60_000);

async function expectExactlyOnce(rows: number): Promise<void> {
  const compared = await compareTableAndTopic(url, kafka.brokers[0] ?? '', kafka.topic);
  expect(compared).toMatchObject({ rows, events: rows, lost: [], doubled: [], strange: 0 });
}

const slots = () => sql(url, `SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'livedb%'`);
const publications = () => sql(url, `SELECT pubname FROM pg_publication WHERE pubname LIKE 'livedb%'`);

describe('capture', () => {
  test('rows of before, from the table; rows of after, from the log; strange ids; other changes are counted', async () => {
    await freshStart();
    await sql(url, insert(2_500));
    const producer = await startProducer('auto');
    await published(producer, 2_500);
    await inMode(producer, 'logical');
    expect(await slots()).toHaveLength(1);
    const before = producer.lastReport?.capture.changes ?? { updates: 0, deletes: 0, truncates: 0 };
    await sql(
      url,
      `INSERT INTO livedb (id, org, amount, region, created_at) VALUES
        (-7, 'below zero', 1, 'eu', '2026-11-23 10:00:00.123999'),
        (9007199254740993, 'above 2^53', 2, 'eu', DEFAULT), (5000000, 'a gap', 1500.50, 'ünïcödé " \\', DEFAULT)`,
    );
    await sql(url, 'UPDATE livedb SET amount = amount WHERE id BETWEEN 1 AND 3');
    await sql(url, 'DELETE FROM livedb WHERE id = 4');
    await sql(url, 'BEGIN; INSERT INTO livedb (org, amount, region) VALUES ($$x$$, 1, $$y$$); ROLLBACK');
    await published(producer, 2_503);
    const values = new Map(
      (await topicRecords(kafka.brokers[0] ?? '', kafka.topic)).map(({ key, value }) => [key, value]),
    );
    expect(values.size).toBe(2_503);
    expect(values.get('-7')).toBe(
      '{"id":-7,"payload":{"org":"below zero","amount":1.00,"region":"eu"},"meta":{"source":"livedb","created_at":"2026-11-23T10:00:00.123Z","mode":"normal"}}',
    );
    expect(values.get('9007199254740993')).toContain('"id":9007199254740993,');
    expect(JSON.parse(values.get('5000000') ?? '').payload.region).toBe('ünïcödé " \\');
    await sql(url, 'TRUNCATE livedb');
    const after = {
      updates: before.updates + 3,
      deletes: before.deletes + 1,
      truncates: before.truncates + 1,
    };
    const counted = () => producer.lastReport?.capture.changes;
    await producer.until(() => counted()?.truncates === after.truncates, 'the truncate to be counted');
    expect(counted()).toEqual(after);

    // Polling keeps neither slot nor publication.
    producer.send({ type: 'configure', config: config('polling') });
    await inMode(producer, 'polling');
    await producer.until(() => producer.lastReport?.capture.slot === null, 'the slot to be given up');
    await expect.poll(slots, { timeout: 10_000 }).toHaveLength(0);
    await expect.poll(publications, { timeout: 10_000 }).toHaveLength(0);
  });

  test('an open transaction holds nothing back, and its own rows come when it commits', async () => {
    await freshStart();
    const producer = await startProducer('logical');
    await inMode(producer, 'logical');
    const idle = new pg.Client({ connectionString: url });
    await idle.connect();
    try {
      await idle.query('BEGIN');
      await idle.query(insert(10));
      await sql(url, insert(1_000));
      await published(producer, 1_000);
      // Over to polling and back while it is open: what is ahead of it is not published again.
      producer.send({ type: 'configure', config: config('polling') });
      await inMode(producer, 'polling');
      await sql(url, insert(50));
      await producer.kill();
      const next = await startProducer('polling');
      await next.until(() => next.lastReport?.heldBackBy != null, 'the holder', 20_000);
      expect(next.lastReport?.events).toBe(1_000);
      next.send({ type: 'configure', config: config('auto') });
      await sql(url, insert(5));
      await idle.query('COMMIT');
      await published(next, 1_065);
      await inMode(next, 'logical');
    } finally {
      await idle.end();
    }
    await expectExactlyOnce(1_065);
  });

  test('a publication dropped or narrowed under the log: rows go on to come, none is passed over', async () => {
    await freshStart();
    const producer = await startProducer('logical');
    await inMode(producer, 'logical');
    const deeds = [
      'DROP PUBLICATION %',
      "ALTER PUBLICATION % SET (publish = 'delete')",
      'ALTER PUBLICATION % SET TABLE livedb WHERE (id < 0)',
    ];
    let rows = 0;
    for (const deed of deeds) {
      await sql(url, insert(500));
      const [[name = ''] = []] = await publications();
      const lost = producer.incidents.length;
      await sql(url, deed.replace('%', name));
      await sql(url, insert(500));
      rows += 1_000;
      await published(producer, rows);
      await producer.until(() => producer.incidents.length > lost, 'it to be said');
      expect(producer.incidents.at(-1)).toMatchObject({ code: 'slot-lost' });
      await inMode(producer, 'logical');
    }
    await expectExactlyOnce(rows);
  });

  test('modes changed, producers killed, walsenders ended, slots dropped, under concurrent writers', async () => {
    await freshStart();
    const writers = startChaoticWriters(url, { connections: 4, longestMs: 150, rowsPerInsert: 150 });
    let committed = 0;
    let producer = await startProducer('auto');
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'livedb-producer%'`;
    const polls = new Set<unknown>();
    const deeds: (() => Promise<unknown>)[] = [
      () => sql(url, `${terminate} AND backend_type = 'walsender'`),
      async () => {
        producer.send({ type: 'configure', config: config('polling') });
        polls.add(producer);
        await inMode(producer, 'polling');
      },
      async () => {
        producer.send({ type: 'configure', config: config('logical') });
        polls.delete(producer);
      },
      async () => {
        await producer.kill();
        producer = await startProducer('auto');
      },
      () =>
        sql(
          url,
          `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active_pid IS NOT NULL;
           SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active`,
        ).catch(() => []),
      async () => {
        for (const [name] of await publications()) await sql(url, `DROP PUBLICATION IF EXISTS ${name}`);
      },
      () => sql(url, terminate),
      async () => {
        await producer.kill();
        producer = await startProducer('polling');
        polls.add(producer);
      },
      async () => {
        producer.send({ type: 'configure', config: config('auto') });
        polls.delete(producer);
      },
    ];
    try {
      for (const [round, deed] of [...deeds, ...deeds.slice(0, 5)].entries()) {
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
    producer.send({ type: 'configure', config: config('auto') });
    await inMode(producer, 'logical');
    await sql(url, insert(100));
    await published(producer, committed + 100);
    await expectExactlyOnce(committed + 100);
  }, 240_000);

  test('a large transaction is given in pieces; killed in the midst of it, none comes twice', async () => {
    await freshStart();
    let producer = await startProducer('auto');
    await inMode(producer, 'logical');
    for (const target of [20_000, 60_000]) {
      await sql(url, insert(50_000));
      await producer.until(() => (producer.lastReport?.events ?? 0) > target, 'some of its rows');
      await producer.kill();
      producer = await startProducer(target < 50_000 ? 'auto' : 'polling');
    }
    await published(producer, 100_000);
    await expectExactlyOnce(100_000);
  }, 60_000);
});
