// The producer as a process between a real PostgreSQL and a real Kafka, killed and watched from outside.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type {
  KafkaEndpoint,
  PostgresEndpoint,
  PostgresReady,
  ProducerReport,
} from '../../src/shared/link.ts';
import { DEFAULT_QUERY } from '../../src/shared/query.ts';
import { ReplayRequest } from '../../src/shared/replay.ts';
import type { ReplayConfig } from '../../src/shared/replay-link.ts';
import { Pace } from '../../src/stages/processor/pace.ts';
import { republish } from '../../src/stages/replay/republish.ts';
import { type ApacheKafka, apacheKafkaMissing, startApacheKafka } from '../support/apache-kafka.ts';
import { startChaoticWriters } from '../support/chaotic-writers.ts';
import { ChildProgram } from '../support/child-program.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import {
  type DebianPostgres,
  debianPostgresMissing,
  startDebianPostgres,
} from '../support/debian-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { compareTableAndTopic, sql, topicRecords } from '../support/witness.ts';

const noApache = await apacheKafkaMissing();
const noDebian = debianPostgresMissing();
if (noApache !== null) console.log(`Skipped with a real Apache Kafka: ${noApache}.`);
if (noDebian !== null) console.log(`Skipped with Debian's PostgreSQL: ${noDebian}.`);

let folder: DataFolder;
let embeddedPostgres: ChildProgram<never>;
let broker: ChildProgram<never>;
let own: PostgresEndpoint;
let ownUrl: string;
let ownKafka: KafkaEndpoint;
let apache: ApacheKafka | null = null;
let debian: DebianPostgres | null = null;
let topics = 0;
const producers: ChildProgram<ProducerReport>[] = [];

beforeAll(async () => {
  folder = makeDataFolder('producer');
  const place = { dataDir: folder.dataDir, logDir: folder.logDir, port: null };
  embeddedPostgres = new ChildProgram('postgres');
  broker = new ChildProgram('broker');
  const starting = broker.start<{ host: string; port: number }>(place);
  const { endpoint } = await embeddedPostgres.start<PostgresReady>(place);
  own = endpoint;
  ownUrl = urlOf(own);
  const { host, port } = await starting;
  ownKafka = {
    kind: 'embedded',
    brokers: [`${host}:${port}`],
    clientId: 'livedb-test',
    topic: '',
    resultsTopic: 'db_live_results',
    ssl: false,
    sasl: null,
  };
  if (noApache === null) apache = await startApacheKafka();
  if (noDebian === null) debian = await startDebianPostgres();
}, 120_000);

afterEach(async () => {
  for (const producer of producers.splice(0)) if (producer.exit === null) await producer.kill();
});

afterAll(async () => {
  await apache?.stop();
  await debian?.stop();
  await broker?.drain();
  await embeddedPostgres?.drain();
  folder?.[Symbol.dispose]();
});

function urlOf(at: PostgresEndpoint): string {
  return `postgres://${at.user}:${encodeURIComponent(at.password)}@${at.host}:${at.port}/${at.database}`;
}

function freshTopic(kafka: KafkaEndpoint): KafkaEndpoint {
  return { ...kafka, topic: `db_live_events_${++topics}` };
}

async function startProducer(postgres: PostgresEndpoint, kafka: KafkaEndpoint, settings = {}) {
  const producer = new ChildProgram<ProducerReport>('stages/producer');
  producers.push(producer);
  await producer.start({
    dataDir: folder.dataDir,
    logDir: folder.logDir,
    postgres,
    kafka,
    settings: { batchSize: 1_000, pollIntervalMs: 20, ...settings },
  });
  return producer;
}

async function rowsOf(url: string): Promise<number> {
  return Number((await sql(url, 'SELECT count(*) FROM livedb'))[0]?.[0]);
}

async function published(
  producer: ChildProgram<ProducerReport>,
  rows: number,
  timeoutMs = 20_000,
): Promise<void> {
  await producer.until(
    () => (producer.lastReport?.events ?? -1) >= rows,
    `${rows} events published`,
    timeoutMs,
  );
}

const insert = (rows: number) =>
  `INSERT INTO livedb (org, amount, region) SELECT 'alpha-cloud', i + 0.5, 'us-east-1' FROM generate_series(1, ${rows}) i`;

async function emptyTable(url: string): Promise<void> {
  await sql(url, 'TRUNCATE livedb RESTART IDENTITY');
}

/** Kills the producer at random moments while others write; then the topic must hold each committed row once. */
async function survivesKills(
  postgres: PostgresEndpoint,
  kafka: KafkaEndpoint,
  url: string,
  kills: number,
): Promise<ChildProgram<ProducerReport>> {
  const writers = startChaoticWriters(url, { connections: 3, longestMs: 60, rowsPerInsert: 120 });
  let producer = await startProducer(postgres, kafka, { batchSize: 200, pollIntervalMs: 5 });
  for (let kill = 0; kill < kills; kill++) {
    const seen = producer.lastReport?.events ?? 0;
    await producer.until(
      () => (producer.lastReport?.events ?? 0) > seen + 300 + Math.random() * 700,
      'events between two kills',
      20_000,
    );
    await producer.kill();
    producer = await startProducer(postgres, kafka, { batchSize: 200, pollIntervalMs: 5 });
  }
  const committed = await writers.stop();
  expect(await rowsOf(url)).toBe(committed);
  await published(producer, committed);
  const bootstrap = kafka.brokers[0] ?? '';
  const compared = await compareTableAndTopic(url, bootstrap, kafka.topic);
  expect(compared).toMatchObject({ rows: committed, events: committed, lost: [], doubled: [], strange: 0 });
  expect(producer.lastReport?.events).toBe(committed);
  return producer;
}

describe('on the embedded services', () => {
  test('a row becomes the event as designed, and its place is stored beside the rows', async () => {
    const kafka = freshTopic(ownKafka);
    await emptyTable(ownUrl);
    await sql(
      ownUrl,
      `INSERT INTO livedb (org, amount, region, created_at)
       VALUES ('alpha-cloud', 512.45, 'us-east-1', '2026-11-23 10:00:00.123999'),
              ('quote " back \\ ünïcödé', 1500.50, E'tab\\there', '2026-11-23 10:00:01')`,
    );
    const producer = await startProducer(own, kafka);
    await published(producer, 2);
    const records = await topicRecords(kafka.brokers[0] ?? '', kafka.topic);
    const values = new Map(records.map((record) => [record.key, record.value]));
    expect(values.get('1')).toBe(
      '{"id":1,"payload":{"org":"alpha-cloud","amount":512.45,"region":"us-east-1"},"meta":{"source":"livedb","created_at":"2026-11-23T10:00:00.123Z","mode":"normal"}}',
    );
    expect(values.get('2')).toContain('"amount":1500.50,');
    expect(JSON.parse(values.get('2') ?? '').payload).toEqual({
      org: 'quote " back \\ ünïcödé',
      amount: 1500.5,
      region: 'tab\there',
    });
    expect(await producer.drain()).toBe(0);
    expect(await sql(ownUrl, 'SELECT last_id, last_created_at FROM producer_offsets')).toEqual([
      ['2', '2026-11-23 10:00:01'],
    ]);
    const [place] = await sql(ownUrl, `SELECT published FROM livedb_position WHERE topic = '${kafka.topic}'`);
    expect(place).toEqual(['2']);
  });

  test('ten kills under concurrent writers: each committed row stands once in the topic', async () => {
    const kafka = freshTopic(ownKafka);
    await emptyTable(ownUrl);
    await survivesKills(own, kafka, ownUrl, 10);
  });

  test('the broker killed, all its sessions terminated: it goes on by itself, loses and doubles nothing', async () => {
    const kafka = freshTopic(ownKafka);
    await emptyTable(ownUrl);
    const producer = await startProducer(own, kafka, { batchSize: 200 });
    await sql(ownUrl, insert(3_000));
    await published(producer, 3_000);
    await broker.kill();
    await sql(ownUrl, insert(500));
    await producer.until(() => producer.waiting !== null, 'it to say that it waits');
    broker = new ChildProgram('broker');
    const place = { dataDir: folder.dataDir, logDir: folder.logDir };
    const port = Number(kafka.brokers[0]?.split(':')[1]);
    await broker.start({ ...place, port });
    await published(producer, 3_500);
    expect(producer.waiting).toBeNull();
    await sql(
      ownUrl,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $$livedb-producer%$$',
    );
    await sql(ownUrl, insert(700));
    await published(producer, 4_200);
    expect(producer.exit).toBeNull();
    expect(await compareTableAndTopic(ownUrl, kafka.brokers[0] ?? '', kafka.topic)).toMatchObject({
      events: 4_200,
      lost: [],
      doubled: [],
    });
  });

  test('a second producer names the holder, waits, and goes on when the first ends', async () => {
    const kafka = freshTopic(ownKafka);
    await emptyTable(ownUrl);
    const first = await startProducer(own, kafka);
    await published(first, 0);
    const second = await startProducer(own, kafka);
    await second.until(() => second.waiting?.includes('livedb-producer') === true, 'the holder to be named');
    await sql(ownUrl, insert(10));
    await published(first, 10);
    await first.kill();
    await sql(ownUrl, insert(10));
    await published(second, 20);
    expect(second.waiting).toBeNull();
    expect(await compareTableAndTopic(ownUrl, kafka.brokers[0] ?? '', kafka.topic)).toMatchObject({
      events: 20,
      lost: [],
      doubled: [],
    });
  });

  test('an open transaction that holds rows back is named, and nothing of it is lost', async () => {
    const kafka = freshTopic(ownKafka);
    await emptyTable(ownUrl);
    const producer = await startProducer(own, kafka, { capture: 'polling' });
    const holder = startChaoticWriters(ownUrl, { connections: 1, longestMs: 4_000, rowsPerInsert: 3 });
    const writing = `SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND query LIKE '%pg_sleep%'`;
    await eventually('the holder to write', async () => (await sql(ownUrl, writing))[0]?.[0] === '1');
    await sql(ownUrl, insert(5));
    await producer.until(() => producer.lastReport?.heldBackBy != null, 'the holder', 20_000);
    expect(producer.lastReport?.heldBackBy?.pid).toBeGreaterThan(0);
    const committed = await holder.stop();
    await published(producer, committed + 5);
    await producer.until(() => producer.lastReport?.heldBackBy === null, 'the horizon to pass', 5_000);
  });

  test('a topic that is deleted under it is made anew, and it says so', async () => {
    const kafka = freshTopic(ownKafka);
    await emptyTable(ownUrl);
    const producer = await startProducer(own, kafka);
    await sql(ownUrl, insert(50));
    await published(producer, 50);
    const { openKafkaAdmin } = await import('../../src/main/services/kafka-admin.ts');
    const admin = openKafkaAdmin(kafka);
    try {
      await admin.delete(kafka.topic);
    } finally {
      await admin.close();
    }
    await sql(ownUrl, insert(7));
    await published(producer, 57);
    expect(producer.incidents.map((incident) => incident.code)).toContain('topic-changed');
    const records = await topicRecords(kafka.brokers[0] ?? '', kafka.topic);
    expect(records).toHaveLength(7);
  });
});

describe('a producer replay', () => {
  test('publishes the asked rows once more in mode replay and leaves the live place alone', async () => {
    const kafka = freshTopic(ownKafka);
    await emptyTable(ownUrl);
    await sql(ownUrl, insert(5_000));
    const producer = await startProducer(own, kafka);
    await published(producer, 5_000);
    const before = await sql(ownUrl, 'SELECT last_id, updated_at FROM producer_offsets');
    const config: ReplayConfig = {
      dataDir: folder.dataDir,
      logDir: folder.logDir,
      id: 'replay-1',
      request: ReplayRequest.parse({ stage: 'producer', from: { kind: 'id', id: '101' } }),
      ranges: [],
      ids: { from: '101', to: '4900' },
      bounds: null,
      total: 4_800,
      query: DEFAULT_QUERY,
      against: null,
      postgres: own,
      kafka,
      fixedAt: Date.now(),
      span: null,
      created: { from: null, to: null },
      snapshot: null,
      paused: false,
    };
    const outlet = (progress: (rows: number) => void) => ({ progress, waiting: () => undefined });
    const pace = () => new Pace(config.request.speed);
    const done: number[] = [];
    await republish(
      config,
      outlet((rows) => void done.push(rows)),
      pace(),
      new AbortController().signal,
      null,
    );
    expect(done).toEqual([2_000, 4_000, 4_800]);
    expect(await sql(ownUrl, 'SELECT last_id, updated_at FROM producer_offsets')).toEqual(before);

    const events = (await topicRecords(kafka.brokers[0] ?? '', kafka.topic)).map(({ value }) =>
      JSON.parse(value),
    );
    const replayed = events.filter((event) => event.meta.mode === 'replay').map((event) => event.id);
    expect(replayed.sort((a, b) => a - b)).toEqual(Array.from({ length: 4_800 }, (_, i) => i + 101));
    expect(events.length - replayed.length).toBe(5_000);

    // A cancelled one ends after the page in hand; a restarted producer does not mistake replays for live events.
    const cancel = new AbortController();
    const pages: number[] = [];
    const cancelAfterOne = (rows: number) => {
      pages.push(rows);
      cancel.abort();
    };
    const cancelled = { ...config, id: 'replay-2' };
    await republish(cancelled, outlet(cancelAfterOne), pace(), cancel.signal, null).catch(() => undefined);
    expect(pages).toEqual([2_000]);
    await producer.kill();
    await sql(ownUrl, insert(10));
    const next = await startProducer(own, kafka);
    await published(next, 5_010);
    expect(await compareTableAndTopic(ownUrl, kafka.brokers[0] ?? '', kafka.topic)).toMatchObject({
      events: 5_010,
      lost: [],
      doubled: [],
    });
  });
});

describe.skipIf(noApache !== null)('with a real Apache Kafka', () => {
  test('ten kills under concurrent writers: each committed row stands once in the topic', async () => {
    if (apache === null) throw new Error('not started');
    const kafka = freshTopic(apache.endpoint);
    await emptyTable(ownUrl);
    await survivesKills(own, kafka, ownUrl, 10);
  });
});

describe.skipIf(noApache !== null || noDebian !== null)("with Debian's PostgreSQL and Apache Kafka", () => {
  test('a foreign table without tx: kills and gaps lose nothing, and the place is kept in the data folder', async () => {
    if (apache === null || debian === null) throw new Error('not started');
    const kafka = freshTopic(apache.endpoint);
    await sql(
      debian.url,
      `CREATE TABLE livedb (id SERIAL PRIMARY KEY, org VARCHAR(255) NOT NULL, amount DECIMAL(10,2) NOT NULL,
        region VARCHAR(255) NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)`,
    );
    const producer = await survivesKills(debian.endpoint, kafka, debian.url, 5);
    expect(producer.lastReport?.cursor).toBe('id');
    expect(producer.incidents.map((incident) => incident.code)).toContain('id-capture');
    expect(await sql(debian.url, "SELECT to_regclass('livedb_position') IS NULL")).toEqual([['t']]);

    // The column is added while it runs elsewhere: the next producer goes on by transaction, without repeating a row.
    await producer.drain();
    await sql(debian.url, 'ALTER TABLE livedb ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id()');
    await sql(debian.url, insert(25));
    const next = await startProducer(debian.endpoint, kafka);
    const rows = await rowsOf(debian.url);
    await published(next, rows);
    expect(next.lastReport?.cursor).toBe('tx');
    const compared = await compareTableAndTopic(debian.url, kafka.brokers[0] ?? '', kafka.topic);
    expect(compared).toMatchObject({ rows, events: rows, lost: [], doubled: [] });
  });
});
