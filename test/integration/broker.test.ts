// The embedded broker as a process, spoken to by clients that are not ours (kafkajs, kcat), and killed under load.
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Admin, CompressionTypes, type Consumer, Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrokerReady, BrokerReport } from '../../src/shared/link.ts';
import { ChildProgram } from '../support/child-program.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { hasKcat } from '../support/witness.ts';

if (!hasKcat) console.log('Skipped with kcat: it is not installed (Debian: apt-get install kcat).');

type BrokerChild = ChildProgram<BrokerReport>;

async function startBroker(
  dataDir: string,
  port: number | null = null,
): Promise<{ child: BrokerChild; port: number }> {
  const child: BrokerChild = new ChildProgram('broker');
  const ready = await child.start<BrokerReady>({ dataDir, logDir: join(dataDir, 'logs'), port });
  return { child, port: ready.port };
}

function client(port: number): Kafka {
  return new Kafka({
    clientId: 'test',
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 50 },
  });
}

/** Reads a topic from its start until `enough` says so; gives partition, offset and value of each record. */
async function read(
  kafka: Kafka,
  topic: string,
  enough: (records: { partition: number; offset: string; value: string }[]) => boolean,
  options: { committedOnly?: boolean } = {},
) {
  const records: { partition: number; offset: string; value: string }[] = [];
  const consumer = kafka.consumer({
    groupId: `reader-${topic}-${performance.now()}`,
    maxWaitTimeInMs: 100,
    readUncommitted: options.committedOnly !== true,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      records.push({ partition, offset: message.offset, value: String(message.value) });
    },
  });
  await eventually(`the records of ${topic}`, () => enough(records), 20_000);
  await consumer.disconnect();
  return records;
}

describe('with kafkajs', () => {
  const dir = tempDir('broker');
  let child: BrokerChild;
  let port = 0;
  let kafka: Kafka;
  let admin: Admin;
  const open: (Producer | Consumer)[] = [];

  beforeAll(async () => {
    ({ child, port } = await startBroker(dir.path));
    kafka = client(port);
    admin = kafka.admin();
    await admin.connect();
  });

  afterAll(async () => {
    for (const one of open) await one.disconnect();
    await admin.disconnect();
    expect(await child.drain()).toBe(0);
    dir[Symbol.dispose]();
  });

  test('admin: topics, partitions, settings', async () => {
    const config = [{ name: 'retention.bytes', value: '5000000' }];
    await admin.createTopics({ topics: [{ topic: 'made', numPartitions: 2, configEntries: config }] });
    expect(await admin.createTopics({ topics: [{ topic: 'made' }] })).toBe(false);
    await admin.createPartitions({ topicPartitions: [{ topic: 'made', count: 4 }] });
    const { topics } = await admin.fetchTopicMetadata({ topics: ['made'] });
    expect(topics[0]?.partitions.length).toBe(4);
    const described = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: 'made', configNames: ['retention.bytes'] }],
    });
    expect(described.resources[0]?.configEntries[0]?.configValue).toBe('5000000');
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: 'made', configEntries: [{ name: 'retention.bytes', value: '7000000' }] }],
    });
    expect(await admin.listTopics()).toContain('made');
    await expect(
      admin.createTopics({ topics: [{ topic: 'bad', configEntries: [{ name: 'no.such', value: '1' }] }] }),
    ).rejects.toThrow();
    await expect(admin.createTopics({ topics: [{ topic: 'bad/name' }] })).rejects.toThrow();
    await admin.deleteTopics({ topics: ['made'] });
    expect(await admin.listTopics()).not.toContain('made');
    expect((await admin.describeCluster()).brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port }]);
  });

  test('idempotent producer, consumer, offsets by time, deleted records', async () => {
    await admin.createTopics({ topics: [{ topic: 'events', numPartitions: 3 }] });
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    open.push(producer);
    await producer.connect();
    for (let batch = 0; batch < 20; batch += 1) {
      await producer.send({
        topic: 'events',
        acks: -1,
        compression: batch % 2 === 0 ? CompressionTypes.None : CompressionTypes.GZIP,
        messages: Array.from({ length: 100 }, (_, index) => ({
          key: String(batch * 100 + index),
          value: `event ${batch * 100 + index}`,
          timestamp: String(1_000_000 + batch * 100 + index),
        })),
      });
    }
    const records = await read(kafka, 'events', (all) => all.length >= 2_000);
    expect(new Set(records.map(({ value }) => value)).size).toBe(2_000);
    expect(records.length).toBe(2_000);
    const offsets = await admin.fetchTopicOffsets('events');
    expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBe(2_000);
    for (const { partition, offset } of await admin.fetchTopicOffsetsByTimestamp('events', 1_001_500)) {
      const own = records.filter((record) => record.partition === partition);
      const before = own.filter((record) => Number(record.value.slice(6)) < 1_500);
      expect(Number(offset)).toBe(before.length);
    }
    await admin.deleteTopicRecords({ topic: 'events', partitions: [{ partition: 0, offset: '10' }] });
    expect((await admin.fetchTopicOffsets('events')).find(({ partition }) => partition === 0)?.low).toBe(
      '10',
    );
  });

  test('a consumer that waits is woken by the append', async () => {
    await admin.createTopics({ topics: [{ topic: 'quick', numPartitions: 1 }] });
    const producer = kafka.producer();
    const consumer = kafka.consumer({ groupId: 'quick', maxWaitTimeInMs: 5_000 });
    open.push(producer, consumer);
    await producer.connect();
    await consumer.connect();
    await consumer.subscribe({ topic: 'quick', fromBeginning: true });
    const delays: number[] = [];
    await consumer.run({
      eachMessage: async ({ message }) => {
        delays.push(performance.now() - Number(String(message.value)));
      },
    });
    for (let index = 1; index <= 20; index += 1) {
      await producer.send({ topic: 'quick', messages: [{ value: String(performance.now()) }] });
      await eventually('the record', () => delays.length === index);
    }
    const typical = delays.sort((a, b) => a - b)[10] ?? Number.POSITIVE_INFINITY;
    expect(typical).toBeLessThan(100);
  });

  test('consumer groups share partitions, rebalance, commit and are listed', async () => {
    await admin.createTopics({ topics: [{ topic: 'shared', numPartitions: 4 }] });
    const owned = new Map<Consumer, number[]>();
    const member = async () => {
      const consumer = kafka.consumer({
        groupId: 'group',
        heartbeatInterval: 200,
        sessionTimeout: 6_000,
        maxWaitTimeInMs: 100,
      });
      open.push(consumer);
      owned.set(consumer, []);
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        owned.set(consumer, payload.memberAssignment.shared ?? []);
      });
      await consumer.connect();
      await consumer.subscribe({ topic: 'shared', fromBeginning: true });
      await consumer.run({ eachMessage: async () => undefined });
      return consumer;
    };
    const sharedBy = (members: number) => () => {
      const parts = [...owned.values()].filter((partitions) => partitions.length > 0);
      return parts.length === members && parts.flat().sort().join() === '0,1,2,3';
    };
    await member();
    await eventually('all partitions with one', sharedBy(1), 10_000);
    const second = await member();
    await eventually('partitions shared by two', sharedBy(2), 15_000);
    const { groups } = await admin.describeGroups(['group']);
    expect(groups[0]).toMatchObject({ state: 'Stable', protocolType: 'consumer' });
    expect(groups[0]?.members.length).toBe(2);
    await second.disconnect();
    owned.set(second, []);
    await eventually('all partitions with one again', sharedBy(1), 15_000);
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).toContain('group');
  });

  test('offsets can be set, read and forgotten with the group', async () => {
    await admin.createTopics({ topics: [{ topic: 'places', numPartitions: 2 }] });
    const places = [
      { partition: 0, offset: '5' },
      { partition: 1, offset: '7' },
    ];
    await admin.setOffsets({ groupId: 'placed', topic: 'places', partitions: places });
    const [fetched] = await admin.fetchOffsets({ groupId: 'placed', topics: ['places'] });
    expect(fetched?.partitions.map(({ partition, offset }) => ({ partition, offset }))).toEqual(places);
    await admin.deleteGroups(['placed']);
    await expect(admin.deleteGroups(['placed'])).rejects.toThrow();
    const [gone] = await admin.fetchOffsets({ groupId: 'placed', topics: ['places'] });
    expect(gone?.partitions.map(({ offset }) => offset)).toEqual(['-1', '-1']);
  });

  test('transactions: committed ones are read, aborted ones are not, offsets move with them', async () => {
    await admin.createTopics({ topics: [{ topic: 'booked', numPartitions: 1 }] });
    const producer = kafka.producer({ transactionalId: 'booking', idempotent: true, maxInFlightRequests: 1 });
    open.push(producer);
    await producer.connect();
    for (const [value, commit] of [
      ['first', true],
      ['lost', false],
      ['second', true],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'booked', messages: [{ value }] });
      const topics = [{ topic: 'booked', partitions: [{ partition: 0, offset: commit ? '11' : '99' }] }];
      await transaction.sendOffsets({ consumerGroupId: 'bookers', topics });
      await (commit ? transaction.commit() : transaction.abort());
    }
    const all = await read(kafka, 'booked', (records) => records.length >= 3);
    expect(all.map(({ value }) => value)).toEqual(['first', 'lost', 'second']);
    const [places] = await admin.fetchOffsets({ groupId: 'bookers', topics: ['booked'] });
    expect(places?.partitions[0]?.offset).toBe('11');
    if (hasKcat) {
      const args = [
        '-b',
        `127.0.0.1:${port}`,
        '-C',
        '-t',
        'booked',
        '-e',
        '-q',
        '-X',
        'isolation.level=read_committed',
      ];
      expect(execFileSync('kcat', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toBe(
        'first\nsecond\n',
      );
    }
  });

  test('a second holder of a transactional id fences the first, whose open transaction is undone', async () => {
    await admin.createTopics({ topics: [{ topic: 'held', numPartitions: 2 }] });
    const holder = () =>
      kafka.producer({ transactionalId: 'holder', idempotent: true, maxInFlightRequests: 1 });
    const [old, young] = [holder(), holder()];
    open.push(old, young);
    await old.connect();
    const undone = await old.transaction();
    await undone.send({ topic: 'held', messages: [{ value: 'undone', partition: 0 }] });
    await young.connect();
    const kept = await young.transaction();
    await expect(
      undone.send({ topic: 'held', messages: [{ value: 'late', partition: 0 }] }),
    ).rejects.toThrow();
    await expect(
      undone.send({ topic: 'held', messages: [{ value: 'late', partition: 1 }] }),
    ).rejects.toThrow();
    await kept.send({ topic: 'held', messages: [{ value: 'kept', partition: 0 }] });
    await kept.commit();
    const records = await read(kafka, 'held', (all) => all.some(({ value }) => value === 'kept'));
    expect(records.map(({ value }) => value)).toEqual(['undone', 'kept']);
  });

  test('closes connections that do not speak Kafka and goes on', async () => {
    const noises = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(64, 0xff),
      Buffer.from([0, 0, 0, 9, 0x7f, 1, 0, 0, 0, 0, 0, 0, 0]),
    ];
    for (const noise of noises) {
      await new Promise<void>((closed) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(noise));
        socket.on('error', () => socket.destroy());
        socket.on('close', () => closed());
      });
    }
    expect(await admin.listTopics()).toContain('events');
  });
});

test.skipIf(!hasKcat)('with kcat: list, produce, consume, query, balanced group', async () => {
  using dir = tempDir('broker');
  const { child, port } = await startBroker(dir.path);
  const kcat = (args: string[], input = '') =>
    execFileSync('kcat', ['-b', `127.0.0.1:${port}`, ...args], {
      input,
      encoding: 'utf8',
      timeout: 20_000,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  const lines = Array.from({ length: 1_000 }, (_, index) => `${index}:value ${index}`);
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    kcat(['-P', '-t', 'lines', '-K:', '-z', codec, '-X', 'enable.idempotence=true'], lines.join('\n'));
  }
  expect(kcat(['-L'])).toContain('topic "lines" with 3 partitions');
  const back = kcat(['-C', '-t', 'lines', '-e', '-q', '-f', '%k:%s\n']).trim().split('\n');
  expect(back.sort()).toEqual([...lines, ...lines, ...lines, ...lines, ...lines].sort());
  expect(kcat(['-Q', '-t', 'lines:0:-2'])).toContain('offset 0');
  const grouped = kcat([
    '-G',
    'readers',
    'lines',
    '-e',
    '-q',
    '-o',
    'beginning',
    '-X',
    'auto.offset.reset=earliest',
  ]);
  expect(grouped.trim().split('\n').length).toBe(5_000);
  expect(await child.drain()).toBe(0);
});

test.skipIf(!hasKcat)('kcat -e sees the end of a topic whose partitions all grow all the time', async () => {
  using dir = tempDir('broker');
  const { child, port } = await startBroker(dir.path);
  const kafka = client(port);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'growing', numPartitions: 3 }] });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  let sent = 0;
  let growing = true;
  const growth = (async () => {
    while (growing) {
      const messages = [0, 1, 2].map((partition) => ({ partition, value: `value ${sent++}` }));
      await producer.send({ topic: 'growing', messages });
    }
  })();
  await eventually('the topic has grown', () => sent > 100);
  try {
    const args = ['-b', `127.0.0.1:${port}`, '-C', '-t', 'growing', '-e', '-q'];
    const began = Date.now();
    const { stdout } = await promisify(execFile)('kcat', args, { timeout: 10_000 });
    // kcat takes the end of its time for its end, too.
    expect(Date.now() - began).toBeLessThan(9_000);
    expect(stdout.trim().split('\n').length).toBeGreaterThan(100);
  } finally {
    growing = false;
    await growth;
    await producer.disconnect();
    await admin.disconnect();
    await child.drain();
  }
});

test('killed under an idempotent producer: nothing acknowledged is lost, nothing doubled, same port', async () => {
  using dir = tempDir('broker');
  let { child, port } = await startBroker(dir.path);
  const first = port;
  const kafka = client(port);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }] });
  await admin.disconnect();
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 20, maxRetryTime: 100, retries: 100 },
  });
  await producer.connect();
  const acknowledged = new Set<string>();
  let stop = false;
  const load = (async () => {
    for (let batch = 0; !stop; batch += 1) {
      const values = Array.from({ length: 50 }, (_, index) => `${batch}/${index}`);
      await producer.send({
        topic: 'kept',
        acks: -1,
        messages: values.map((value) => ({ key: value, value })),
      });
      for (const value of values) acknowledged.add(value);
    }
  })();
  for (let kill = 0; kill < 5; kill += 1) {
    const before = acknowledged.size;
    await eventually('more acknowledged', () => acknowledged.size >= before + 2_000, 20_000);
    await child.kill();
    ({ child, port } = await startBroker(dir.path));
    expect(port).toBe(first);
  }
  stop = true;
  await load;
  await producer.disconnect();
  const records = await read(kafka, 'kept', (all) => all.length >= acknowledged.size);
  const values = records.map(({ value }) => value);
  expect(new Set(values)).toEqual(acknowledged);
  expect(values.length).toBe(acknowledged.size);
  expect(await child.drain()).toBe(0);
}, 60_000);

test('a group goes on through a kill of the broker, from the offsets that it committed', async () => {
  using dir = tempDir('broker');
  let { child, port } = await startBroker(dir.path);
  const kafka = client(port);
  const producer = kafka.producer();
  const consumer = kafka.consumer({
    groupId: 'steady',
    heartbeatInterval: 200,
    sessionTimeout: 6_000,
    maxWaitTimeInMs: 100,
  });
  await producer.connect();
  await producer.send({ topic: 'log', messages: [{ value: '0' }] });
  await consumer.connect();
  await consumer.subscribe({ topic: 'log', fromBeginning: true });
  const seen: string[] = [];
  await consumer.run({
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary, uncommittedOffsets }) => {
      for (const message of batch.messages) {
        seen.push(String(message.value));
        resolveOffset(message.offset);
      }
      await commitOffsetsIfNecessary(uncommittedOffsets());
    },
  });
  for (let round = 1; round <= 3; round += 1) {
    await eventually('the record before', () => seen.includes(String(round - 1)), 15_000);
    await child.kill();
    ({ child, port } = await startBroker(dir.path));
    await producer.send({ topic: 'log', messages: [{ value: String(round) }] });
  }
  await eventually('the last record', () => seen.includes('3'), 15_000);
  expect(new Set(seen)).toEqual(new Set(['0', '1', '2', '3']));
  await consumer.disconnect();
  await producer.disconnect();
  expect(await child.drain()).toBe(0);
}, 60_000);

test('a second broker on the same folder waits, and starts when the first is gone; a taken port is named', async () => {
  using dir = tempDir('broker');
  using other = tempDir('broker');
  const { child, port } = await startBroker(dir.path);
  const second: BrokerChild = new ChildProgram('broker');
  second.send({ type: 'start', config: { dataDir: dir.path, logDir: join(dir.path, 'logs'), port: null } });
  await second.until(() => second.waiting !== null, 'it to say that it waits');
  await expect(startBroker(other.path, port)).rejects.toThrow(/taken by another program/);
  await child.kill();
  await second.until(() => second.info !== undefined, 'the second broker');
  expect(second.info).toMatchObject({ port });
  second.orphan();
  await second.ended();
});

test('drained, it leaves checkpoints that vouch for all of its logs', async () => {
  using dir = tempDir('broker');
  const { child, port } = await startBroker(dir.path);
  const producer = client(port).producer();
  await producer.connect();
  await producer.send({
    topic: 'kept',
    messages: Array.from({ length: 100 }, (_, n) => ({ value: String(n) })),
  });
  await producer.disconnect();
  expect(await child.drain()).toBe(0);
  const topics = join(dir.path, 'kafka', 'topics');
  let next = 0;
  for (const topic of readdirSync(topics)) {
    for (const partition of readdirSync(join(topics, topic))) {
      next += JSON.parse(readFileSync(join(topics, topic, partition, 'checkpoint.json'), 'utf8')).nextOffset;
    }
  }
  expect(next).toBe(100);
});
