// The Kafka adapter and the control plane's topic admin on real clusters: the embedded broker and an Apache Kafka.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka, type Kafka } from '../../src/clients/kafka.ts';
import { openKafkaAdmin } from '../../src/main/services/kafka-admin.ts';
import type { LiveDbError } from '../../src/shared/errors.ts';
import type { KafkaEndpoint } from '../../src/shared/link.ts';
import type { ProcessorFrom } from '../../src/shared/replay.ts';
import { type ApacheKafka, apacheKafkaMissing, startApacheKafka } from '../support/apache-kafka.ts';
import { ChildProgram } from '../support/child-program.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';
import { topicRecords } from '../support/witness.ts';

const noApache = await apacheKafkaMissing();
if (noApache !== null) console.log(`Skipped with a real Apache Kafka: ${noApache}.`);

let topics = 0;
const record = (id: number) => ({
  key: String(id),
  value: `value ${id}`,
  headers: [{ name: 'h', value: `${id}` }],
});
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => record(from + i));

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: LiveDbError) => reason,
  );
  return error?.data.code ?? 'it was taken';
}

function suite(endpointOf: () => KafkaEndpoint) {
  let kafka: Kafka;
  let endpoint: KafkaEndpoint;
  beforeAll(() => {
    endpoint = { ...endpointOf(), topic: `adapter_${++topics}` };
    kafka = connectKafka(endpoint, { clientIdSuffix: 'test' });
  });
  afterAll(() => kafka.close());
  const freshTopic = async () => {
    const name = `adapter_${++topics}`;
    await kafka.admin.ensureTopics([{ name, partitions: 3 }]);
    return name;
  };

  test('a producer that took over has fenced its predecessor on every partition before it wrote anything', async () => {
    const topic = await freshTopic();
    const first = await kafka.fencedProducer('one-identity', [topic]);
    await first.send(topic, records(0, 100), Date.now());
    const second = await kafka.fencedProducer('one-identity', [topic]);
    expect(await refusal(first.send(topic, records(100, 200), Date.now()))).toBe('kafka.fenced');
    const before = await kafka.admin.offsets(topic);
    const next = await second.send(topic, records(200, 300), Date.now());
    expect([...next.values()].every((offset) => offset > 0)).toBe(true);
    const [bootstrap = ''] = endpoint.brokers;
    const ids = (await topicRecords(bootstrap, topic)).map(({ key }) => Number(key)).sort((a, b) => a - b);
    expect(ids).toEqual([...records(0, 100), ...records(200, 300)].map(({ key }) => Number(key)));
    expect(before.reduce((sum, { high }) => sum + high, 0)).toBeGreaterThanOrEqual(100);
    await first.close();
    await second.close();
  });

  test('large batches are split below the limit of the broker, in order', async () => {
    const topic = await freshTopic();
    const producer = await kafka.plainProducer();
    const big = Array.from({ length: 6_000 }, (_, id) => ({ ...record(id), value: 'x'.repeat(1_000) }));
    await producer.send(topic, big, Date.now());
    await producer.close();
    const reader = kafka.reader(topic, new Map([0, 1, 2].map((partition) => [partition, 0])));
    const lastId = new Map<number, number>();
    let read = 0;
    while (read < big.length) {
      for (const fetched of await reader.poll()) {
        const cursor = fetched.records();
        while (cursor.next()) {
          const id = Number(cursor.key());
          expect(id).toBeGreaterThan(lastId.get(fetched.partition) ?? -1);
          lastId.set(fetched.partition, id);
          read++;
        }
      }
    }
    await reader.close();
  });

  test('a reader wakes at once when something comes, seeks, and says when its offset is gone', async () => {
    const topic = await freshTopic();
    const producer = await kafka.plainProducer();
    const reader = kafka.reader(topic, new Map([0, 1, 2].map((partition) => [partition, 0])), {
      maxWaitMs: 5_000,
    });
    const polling = reader.poll();
    const sent = performance.now();
    await producer.send(topic, [record(1)], Date.now());
    const got = await polling;
    expect(performance.now() - sent).toBeLessThan(2_000);
    const partition = got[0]?.partition ?? -1;
    expect(reader.offsets.get(partition)).toBe(1);
    reader.seek(partition, 0);
    let again = await reader.poll();
    while (again.length === 0) again = await reader.poll();
    expect(again[0]?.from).toBe(0);
    reader.seek(partition, 99);
    expect(await refusal(reader.poll())).toBe('kafka.offset-out-of-range');
    expect(performance.now() - sent).toBeLessThan(4_000);
    await reader.close();
    expect(await refusal(reader.poll())).toBe('kafka.closed');
    await producer.close();
  });

  test('places of a group without members are committed and found again', async () => {
    const topic = await freshTopic();
    const places = new Map([
      [0, 5],
      [2, 7],
    ]);
    await kafka.admin.commitGroupOffsets('a-group', topic, places);
    expect(await kafka.admin.fetchGroupOffsets('a-group', topic)).toEqual(places);
  });

  test('topics are listed, made, read from anywhere, followed and deleted', async () => {
    const admin = openKafkaAdmin(endpoint);
    const name = `page_${++topics}`;
    await admin.create({ name, partitions: 2 });
    expect(await refusal(admin.create({ name, partitions: 2 }))).toBe('kafka.topic-exists');
    const producer = await kafka.plainProducer();
    for (let at = 0; at < 5; at++)
      await producer.send(name, records(at * 10, at * 10 + 10), 1_700_000_000_000 + at);
    const listed = (await admin.list()).find((topic) => topic.name === name);
    expect(listed).toMatchObject({ internal: false, events: 50 });

    const keys: number[] = [];
    let page = await admin.read({ name, from: { kind: 'earliest' }, limit: 8, waitMs: 0 });
    while (page.records.length > 0) {
      keys.push(...page.records.map(({ key }) => Number(key)));
      page = await admin.read({ name, from: { kind: 'offsets', offsets: page.next }, limit: 8, waitMs: 0 });
    }
    expect([...keys].sort((a, b) => a - b)).toEqual(records(0, 50).map(({ key }) => Number(key)));
    // Pages follow time across partitions.
    expect(keys.map((key) => Math.floor(key / 10))).toEqual(keys.map((key) => Math.floor(key / 10)).sort());

    const latest = await admin.read({ name, from: { kind: 'latest' }, limit: 10, waitMs: 0 });
    expect(latest.records.map(({ key }) => Number(key)).sort()).toEqual(
      records(40, 50).map(({ key }) => Number(key)),
    );
    expect(latest.records[0]?.headers).toEqual({ h: latest.records[0]?.key });
    const at = new Date(1_700_000_000_003).toISOString();
    const later = await admin.read({ name, from: { kind: 'time', at }, limit: 100, waitMs: 0 });
    expect(later.records).toHaveLength(20);

    const tail = admin.read({
      name,
      from: { kind: 'offsets', offsets: latest.next },
      limit: 10,
      waitMs: 10_000,
    });
    await producer.send(name, [record(77)], Date.now());
    expect((await tail).records.map(({ key }) => key)).toEqual(['77']);
    await producer.close();
    await admin.delete(name);
    expect((await admin.list()).some((topic) => topic.name === name)).toBe(false);
    expect(await refusal(admin.read({ name, from: { kind: 'earliest' }, limit: 1, waitMs: 0 }))).toBe(
      'kafka.no-topic',
    );
    await admin.close();
  });

  test('replay ranges are found by offset, time and number', async () => {
    await kafka.admin.ensureTopics([{ name: endpoint.topic, partitions: 3 }]);
    const producer = await kafka.fencedProducer('preview', [endpoint.topic]);
    await producer.send(endpoint.topic, records(0, 30), Date.now());
    await producer.close();
    // Markers of the fence carry the broker's time.
    const between = Date.now() + 1;
    await eventually('the next millisecond', () => Date.now() > between);
    const again = await kafka.fencedProducer('preview', [endpoint.topic]);
    await again.send(endpoint.topic, records(30, 50), Date.now());
    await again.close();
    const admin = openKafkaAdmin(endpoint);
    const ranges = (from: ProcessorFrom) =>
      admin.replayRanges({ from, to: null, place: new Map(), now: Date.now() }).then((found) => found.ranges);
    const sum = (found: { events: number }[]) => found.reduce((all, { events }) => all + events, 0);
    expect(sum(await ranges({ kind: 'beginning' }))).toBeGreaterThanOrEqual(50);
    const late = sum(await ranges({ kind: 'time', at: new Date(between).toISOString() }));
    expect(late).toBeGreaterThanOrEqual(20);
    expect(late).toBeLessThan(sum(await ranges({ kind: 'beginning' })));
    const one = await ranges({ kind: 'offsets', offsets: { 1: '0' } });
    expect(one.map(({ partition }) => partition)).toEqual([1]);
    expect(sum(await ranges({ kind: 'last', count: 9 }))).toBe(9);
    await admin.close();
  });
}

describe('the embedded broker', () => {
  let folder: DataFolder;
  let broker: ChildProgram<never>;
  let endpoint: KafkaEndpoint;
  beforeAll(async () => {
    folder = makeDataFolder('adapter');
    broker = new ChildProgram('broker');
    const { dataDir, logDir } = folder;
    const { host, port } = await broker.start<{ host: string; port: number }>({
      dataDir,
      logDir,
      port: null,
    });
    endpoint = {
      kind: 'embedded',
      brokers: [`${host}:${port}`],
      clientId: 'livedb-test',
      topic: 'db_live_events',
      resultsTopic: 'db_live_results',
      ssl: false,
      sasl: null,
    };
  });
  afterAll(async () => {
    await broker?.drain();
    folder?.[Symbol.dispose]();
  });
  suite(() => endpoint);
});

describe.skipIf(noApache !== null)('a real Apache Kafka', () => {
  let apache: ApacheKafka;
  beforeAll(async () => {
    apache = await startApacheKafka();
  });
  afterAll(() => apache?.stop());
  suite(() => apache.endpoint);
});

test('a cluster that is not there is said within the time given', async () => {
  const endpoint: KafkaEndpoint = {
    kind: 'external',
    brokers: ['127.0.0.1:1'],
    clientId: 'livedb-test',
    topic: 't',
    resultsTopic: 'r',
    ssl: false,
    sasl: null,
  };
  const kafka = connectKafka(endpoint, { clientIdSuffix: 'test' });
  expect(await refusal(kafka.fencedProducer('x', ['t']))).toBe('kafka.unreachable');
  let reason: string | null = null;
  const reader = kafka.reader('t', new Map([[0, 0]]), { onWaiting: (text) => (reason = text) });
  expect(await reader.poll()).toEqual([]);
  expect(reason).toContain('127.0.0.1:1');
  await reader.close();
});
