// The processor as a process against the embedded broker: exact results, killed at any point, poison, other topics.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { type IdBlockDigest, PROCESSOR_CALLS, type ProcessorReport } from '../../src/shared/link.ts';
import { PROCESSOR_GROUP } from '../../src/shared/names.ts';
import type { ChildProgram } from '../support/child-program.ts';
import type { OracleResult } from '../support/oracle.ts';
import {
  awaitOracle,
  awaitResults,
  Events,
  processorConfig,
  publish,
  QUICK_QUERY,
  type RunningBroker,
  seeded,
  startBroker,
  startProcessor,
} from '../support/processor-line.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('processor', () => {
  const dir = tempDir('processor');
  let broker: RunningBroker;
  let lines = 0;
  const children: ChildProgram<ProcessorReport>[] = [];

  beforeAll(async () => {
    broker = await startBroker(`${dir.path}/broker`);
  });

  afterAll(async () => {
    for (const child of children) await child.kill();
    await broker.child.kill();
    dir[Symbol.dispose]();
  });

  /** Topics and a data folder of its own for one test. */
  async function line() {
    const number = ++lines;
    const endpoint = { ...broker.endpoint, topic: `events-${number}`, resultsTopic: `results-${number}` };
    const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
    await admin.ensureTopics(
      [endpoint.topic, endpoint.resultsTopic].map((name) => ({ name, partitions: 3 })),
    );
    const config = processorConfig(`${dir.path}/line-${number}`, endpoint);
    const start = async () => {
      const child = await startProcessor(config);
      children.push(child);
      return child;
    };
    return { endpoint, config, admin, start, [Symbol.asyncDispose]: () => admin.close() };
  }

  it('publishes what the oracle says, tells ids and lag, and hands nothing out twice after a stop', async () => {
    await using one = await line();
    const events = new Events(1);
    let processor = await one.start();
    const base = Date.now();
    for (let step = 0; step < 5; step++) await publish(one.endpoint, events.make(500, base + step * 400));
    await publish(one.endpoint, [{ id: 1, at: base, group: 'beta', amount: '9.99', mode: 'replay' }]);
    await awaitOracle(one.endpoint, events);

    await processor.until(() => processor.lastReport?.checkpoint !== null, 'a checkpoint');
    expect(processor.lastReport).toMatchObject({
      events: 2_500,
      distinct: 2_500,
      duplicates: 0,
      replayed: 1,
      unreadable: 0,
    });
    const answer = await processor.call(PROCESSOR_CALLS.digests, { blocks: ['0', '7'] });
    const digests = (answer.type === 'reply' ? answer.result : null) as IdBlockDigest[];
    expect(digests[0]).toMatchObject({ block: '0', count: 2_500, s1: (2_500 * 2_501) / 2 });
    expect(digests[1]).toMatchObject({ block: '7', count: 0 });

    expect(await processor.drain()).toBe(0);
    const committed = await one.admin.fetchGroupOffsets(PROCESSOR_GROUP, one.endpoint.topic);
    const ends = new Map(
      (await one.admin.offsets(one.endpoint.topic)).map((each) => [each.partition, each.high]),
    );
    expect(committed).toEqual(ends);

    processor = await one.start();
    await processor.until(() => processor.lastReport?.events === 2_500, 'the restored count');
    await publish(one.endpoint, events.make(100, Date.now()));
    await awaitOracle(one.endpoint, events);
    await processor.drain();
  });

  it('publishes each revision once and the right final values through kills at random points', async () => {
    await using one = await line();
    const seed = 20_261_123;
    const events = new Events(seed);
    const random = seeded(seed);
    let processor = await one.start();
    for (let kill = 0; kill < 10; kill++) {
      const from = Date.now();
      const killAfter = random() * 700;
      let stopped: Promise<void> | null = null;
      while (Date.now() - from < 700) {
        await publish(one.endpoint, events.make(40, Date.now()));
        if (stopped === null && Date.now() - from >= killAfter) stopped = processor.kill();
      }
      await (stopped ?? processor.kill());
      processor = await one.start();
    }
    await awaitOracle(one.endpoint, events);
    await processor.until(() => processor.lastReport?.distinct === events.all.length, 'all ids');
    expect(processor.lastReport).toMatchObject({ events: events.all.length, duplicates: 0, dropped: 0 });
    await processor.drain();
  });

  it('goes on by itself when the broker is killed under it', async () => {
    const folder = `${dir.path}/broker-2`;
    let own = await startBroker(folder);
    const { endpoint } = own;
    const port = Number(endpoint.brokers[0]?.split(':')[1]);
    const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
    await admin.ensureTopics(
      [endpoint.topic, endpoint.resultsTopic].map((name) => ({ name, partitions: 3 })),
    );
    const processor = await startProcessor(processorConfig(`${dir.path}/line-broker`, endpoint));
    children.push(processor);
    const events = new Events(7);
    for (let kill = 0; kill < 3; kill++) {
      const from = Date.now();
      while (Date.now() - from < 1_000) await publish(endpoint, events.make(20, Date.now()));
      await own.child.kill();
      await processor.until(() => processor.waiting !== null, 'that it says it waits');
      own = await startBroker(folder, port);
      await processor.until(() => processor.waiting === null, 'that it goes on');
    }
    await awaitOracle(endpoint, events);
    expect(processor.exit).toBeNull();
    await processor.drain();
    await admin.close();
    await own.child.kill();
  });

  it('passes over poison, says so once, and counts on', async () => {
    await using one = await line();
    const processor = await one.start();
    const events = new Events(3);
    await publish(one.endpoint, ['poison', '{"id":1}', '', '{"id":"x","payload":{},"meta":{}}']);
    await publish(one.endpoint, events.make(50, Date.now()));
    await awaitOracle(one.endpoint, events);
    expect(processor.lastReport?.unreadable).toBe(4);
    const told = processor.incidents.filter((incident) => incident.code === 'unreadable');
    expect(told.length).toBe(1);
    expect(told[0]?.cause).toMatch(/Partition \d, offset \d/);
    await processor.drain();
  });

  it('starts from nothing when its topic is deleted and made anew, without doubling results', async () => {
    await using one = await line();
    const processor = await one.start();
    const old = new Events(4);
    await publish(one.endpoint, old.make(300, Date.now()));
    await awaitOracle(one.endpoint, old);
    await one.admin.deleteTopic(one.endpoint.topic);
    await one.admin.ensureTopics([{ name: one.endpoint.topic, partitions: 3 }]);
    // The same rows again in another order, and new ones.
    await publish(one.endpoint, old.all.toReversed());
    await publish(one.endpoint, old.make(100, Date.now()));
    await awaitOracle(one.endpoint, old);
    expect(processor.incidents.map((incident) => incident.code)).toContain('topic-made-anew');
    expect(processor.lastReport?.distinct).toBe(400);
    await processor.drain();
  });

  it('changes the query while it runs: every event in whole windows, none published twice', async () => {
    await using one = await line();
    const processor = await one.start();
    const events = new Events(5);
    await publish(one.endpoint, events.make(300, Date.now()));
    const query = { ...QUICK_QUERY, groupBy: ['region' as const] };
    await processor.until(() => processor.lastReport?.events === 300, 'the first events');
    processor.configure({ ...one.config, settings: { query, checkpointIntervalMs: 200 } });
    const from = Date.now();
    while (Date.now() - from < 2_500) await publish(one.endpoint, events.make(50, Date.now()));
    const total = () => events.all.length;
    const counted = (rows: OracleResult[]) => rows.reduce((sum, row) => sum + row.count, 0);
    const found = await awaitResults(one.endpoint, ({ newest }) => counted(newest) >= total());
    expect(counted(found.newest)).toBe(total());
    expect(found.doubled).toEqual([]);
    expect(found.newest.some((row) => row.group === 'eu-1')).toBe(true);
    await processor.drain();
  });
});
