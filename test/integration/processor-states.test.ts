// States of the processor as a process: savepoints, going back to one, rewind and undo, records put aside.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { lineFolder, readLineFacts, readStateList } from '../../src/clients/line-folder.ts';
import { SIDE_HEADERS } from '../../src/shared/event.ts';
import { PROCESSOR_CALLS, type ProcessorReport } from '../../src/shared/link.ts';
import { countedBy } from '../../src/shared/side-records.ts';
import type { RewindPreview, StateInfo } from '../../src/shared/states.ts';
import type { ChildProgram } from '../support/child-program.ts';
import {
  awaitOracle,
  awaitResults,
  Events,
  eventText,
  processorConfig,
  publish,
  QUICK_QUERY,
  type RunningBroker,
  readResults,
  startBroker,
  startProcessor,
} from '../support/processor-line.ts';
import { readSideTopic, type SideTopicRecord } from '../support/side-topic.ts';
import { dumpState } from '../support/state-dump.ts';
import { tempDir } from '../support/temp-dir.ts';

const LINE = { query: QUICK_QUERY.name };

function ask<T>(processor: ChildProgram<ProcessorReport>, method: string, args: object): Promise<T> {
  return processor.ask<T>(method, { ...LINE, ...args });
}

describe('states of the processor', () => {
  const dir = tempDir('processor-states');
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

  async function line(query = QUICK_QUERY) {
    const number = ++lines;
    const endpoint = {
      ...broker.endpoint,
      topic: `events-${number}`,
      resultsTopic: `results-${number}`,
      lateTopic: `late-${number}`,
      deadTopic: `dead-${number}`,
    };
    const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
    await admin.ensureTopics(
      [endpoint.topic, endpoint.resultsTopic].map((name) => ({ name, partitions: 3 })),
    );
    const config = processorConfig(`${dir.path}/line-${number}`, endpoint, query);
    const start = async () => {
      const child = await startProcessor(config);
      children.push(child);
      return child;
    };
    const folder = lineFolder(config.dataDir, endpoint, null);
    const ends = async () =>
      Object.fromEntries((await admin.offsets(endpoint.topic)).map((one) => [one.partition, one.high]));
    return { endpoint, config, admin, start, folder, ends, [Symbol.asyncDispose]: () => admin.close() };
  }

  it('goes back to a savepoint and on from there: nothing lost, nothing twice, ids stay seen', async () => {
    await using one = await line();
    const processor = await one.start();
    const events = new Events(11);
    await publish(one.endpoint, events.make(300, Date.now()));
    await awaitOracle(one.endpoint, events);
    const saved = await ask<StateInfo>(processor, PROCESSOR_CALLS.save, { name: 'one' });
    expect(saved).toMatchObject({ id: 'savepoint-one', kind: 'savepoint', events: 300, newest: false });
    await expect(ask(processor, PROCESSOR_CALLS.save, { name: 'one' })).rejects.toThrow('state.taken');

    await publish(one.endpoint, events.make(200, Date.now()));
    await awaitOracle(one.endpoint, events);
    const life = processor.lastReport?.life ?? 0;
    const { before } = await ask<{ before: string }>(processor, PROCESSOR_CALLS.restore, { id: saved.id });
    await processor.until(() => (processor.lastReport?.life ?? 0) > life, 'the other state');
    await publish(one.endpoint, events.make(100, Date.now()));
    await awaitOracle(one.endpoint, events);
    await processor.until(() => processor.lastReport?.distinct === 600, 'all ids');
    expect(processor.lastReport).toMatchObject({ events: 600, duplicates: 0, dropped: 0 });

    const listed = await ask<StateInfo[]>(processor, PROCESSOR_CALLS.states, {});
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(['savepoint-one', before]));
    expect(listed.filter(({ newest }) => newest)).toHaveLength(1);
    await ask(processor, PROCESSOR_CALLS.deleteState, { id: before });
    await expect(ask(processor, PROCESSOR_CALLS.restore, { id: before })).rejects.toThrow('state.unknown');
    await processor.drain();
    // Read without a processor.
    expect((await readStateList(one.folder)).map(({ id }) => id)).toContain('savepoint-one');
  });

  it('refuses a savepoint that is not whole, says which, and goes on', async () => {
    await using one = await line();
    const processor = await one.start();
    const events = new Events(12);
    await publish(one.endpoint, events.make(100, Date.now()));
    await awaitOracle(one.endpoint, events);
    await ask(processor, PROCESSOR_CALLS.save, { name: 'broken' });
    await writeFile(join(one.folder, 'savepoint-broken.bin'), 'LDBC torn by a disk that was full');
    await expect(ask(processor, PROCESSOR_CALLS.restore, { id: 'savepoint-broken' })).rejects.toThrow(
      'state.faulty',
    );
    const listed = await ask<StateInfo[]>(processor, PROCESSOR_CALLS.states, {});
    expect(listed.map(({ id }) => id)).not.toContain('savepoint-broken');
    expect(processor.incidents.map(({ code }) => code)).toContain('state-faulty');
    await publish(one.endpoint, events.make(100, Date.now()));
    await awaitOracle(one.endpoint, events);
    await processor.drain();
  });

  it('rewinds: every window touched is published again, the preview says how many, undo brings the state back', async () => {
    await using one = await line();
    let processor = await one.start();
    const events = new Events(13);
    const base = Date.now();
    await publish(one.endpoint, events.make(300, base - 20_000));
    await awaitOracle(one.endpoint, events);
    const offsets = await one.ends();
    await publish(one.endpoint, events.make(200, base));
    await awaitOracle(one.endpoint, events);
    const revisions = async () =>
      new Map((await readResults(one.endpoint)).map(({ key, result }) => [key, result.revision]));
    const first = await revisions();

    const preview = await ask<RewindPreview>(processor, PROCESSOR_CALLS.rewindPreview, { offsets });
    expect(preview.events).toBe(200);
    await ask(processor, PROCESSOR_CALLS.rewind, { id: 'r1', offsets });
    await processor.until(() => processor.lastReport?.lines[0]?.rewind?.state === 'done', 'the rewind');
    const rewind = processor.lastReport?.lines[0]?.rewind;
    expect(rewind).toMatchObject({
      id: 'r1',
      windows: preview.windows,
      results: preview.results,
      error: null,
    });
    const again = () =>
      [...first].filter(([key, revision]) => (second.get(key) ?? 0) === revision + 1).length;
    let second = await revisions();
    await awaitResults(one.endpoint, ({ newest }) => newest.length > 0);
    await expect
      .poll(async () => {
        second = await revisions();
        return again();
      })
      .toBe(preview.results);
    await awaitOracle(one.endpoint, events);
    expect([...first].filter(([key, revision]) => second.get(key) === revision)).toHaveLength(
      first.size - preview.results,
    );
    expect(processor.lastReport).toMatchObject({ events: 500, distinct: 500, duplicates: 0 });

    // Killed: what was done stays done, and is not done again.
    await processor.kill();
    processor = await one.start();
    await ask(processor, PROCESSOR_CALLS.rewind, { id: 'r1', offsets });
    expect(processor.lastReport?.lines[0]?.rewind).toMatchObject({ id: 'r1', state: 'done' });

    await ask(processor, PROCESSOR_CALLS.undo, { id: 'r1' });
    await processor.until(() => processor.lastReport?.lines[0]?.rewind?.state === 'undone', 'the undo');
    await ask(processor, PROCESSOR_CALLS.save, { name: 'after' });
    expect(await dumpState(one.folder, 'savepoint-after')).toEqual(
      await dumpState(one.folder, 'savepoint-before-rewind-r1'),
    );
    await publish(one.endpoint, events.make(100, Date.now()));
    await awaitOracle(one.endpoint, events);
    expect(processor.lastReport).toMatchObject({ events: 600, distinct: 600, duplicates: 0 });
    await processor.drain();
  });

  it('puts events that come too late aside; a rewind counts them and says which, its undo takes that back', async () => {
    const query = { ...QUICK_QUERY, allowedLatenessMs: 1_000 };
    await using one = await line(query);
    let processor = await one.start();
    const events = new Events(14);
    const base = Date.now() - 60_000;
    await publish(one.endpoint, events.make(200, base));
    await publish(one.endpoint, events.make(200, base + 30_000));
    await awaitOracle(one.endpoint, events);
    // Of a window that nothing gone back to falls into.
    const left = { id: 9_000, at: base - 8_500, group: 'beta', amount: '5.00' };
    await publish(one.endpoint, [left]);
    await processor.until(() => processor.lastReport?.dropped === 1, 'the first late event');
    const offsets = await one.ends();
    const before = await readResults(one.endpoint);
    const late = { id: 9_001, at: base - 500, group: 'beta', amount: '7.00' };
    await publish(one.endpoint, [late]);
    await processor.until(() => processor.lastReport?.dropped === 2, 'the late event');
    await expect.poll(() => readSideTopic(one.endpoint, one.endpoint.lateTopic)).toHaveLength(2);
    const asides = await readSideTopic(one.endpoint, one.endpoint.lateTopic);
    const aside = asides.find(({ key }) => key === '9001');
    expect(aside).toMatchObject({ value: eventText(late) });
    expect(aside?.source).toMatch(new RegExp(`^${one.endpoint.topic}/\\d/\\d+$`));
    expect(aside?.headers).toMatchObject({
      [SIDE_HEADERS.query]: 'live',
      [SIDE_HEADERS.window]: windowOf(late.at),
    });
    expect(aside?.reason).toContain('allowed lateness');

    await ask(processor, PROCESSOR_CALLS.rewind, { id: 'late', offsets });
    await processor.until(() => processor.lastReport?.lines[0]?.rewind?.state === 'done', 'the rewind');
    const key = `${windowOf(late.at)}/beta`;
    const old = before.find((row) => row.key === key)?.result;
    const newest = async () =>
      (await readResults(one.endpoint)).filter((row) => row.key === key).at(-1)?.result;
    await expect.poll(newest).toMatchObject({ revision: 1, count: (old?.count ?? 0) + 1 });
    expect(processor.lastReport?.lines[0]?.rewind?.late).toBe(1);
    const counted = (await readLineFacts(one.folder)).lateCounted;
    expect(counted.map(({ rewind }) => rewind)).toEqual(['late']);
    const isCounted = ({ partition, offset }: SideTopicRecord) =>
      countedBy(counted, partition, offset) !== null;
    expect(asides.filter(isCounted).map(({ key }) => key)).toEqual(['9001']);
    // It stays so over a kill.
    await processor.kill();
    processor = await one.start();
    const after = { id: 9_002, at: base - 8_500, group: 'beta', amount: '5.00' };
    await publish(one.endpoint, [after]);
    await processor.until(() => processor.lastReport?.dropped === 3, 'one that came after the rewind');
    expect((await readLineFacts(one.folder)).lateCounted).toEqual(counted);

    await ask(processor, PROCESSOR_CALLS.undo, { id: 'late' });
    await expect.poll(newest).toMatchObject({ ...old, revision: 2 });
    expect((await readLineFacts(one.folder)).lateCounted).toEqual([]);
    await processor.until(() => processor.lastReport?.dropped === 3, 'that both are late again');
    expect(await readSideTopic(one.endpoint, one.endpoint.lateTopic)).toHaveLength(3);
    expect((await awaitResults(one.endpoint, () => true)).doubled).toEqual([]);
    await processor.drain();
  });

  it('tells time per partition, and contains a row dated in 2099', async () => {
    await using one = await line();
    const processor = await one.start();
    const events = new Events(15);
    await publish(one.endpoint, events.make(200, Date.now()));
    await publish(one.endpoint, [
      { id: 9_002, at: Date.parse('2099-01-01T00:00:00Z'), group: 'beta', amount: '1.00' },
    ]);
    await publish(one.endpoint, events.make(100, Date.now() + 1_500));
    await awaitResults(one.endpoint, ({ newest }) => newest.length >= events.expected().length);
    await awaitOracle(one.endpoint, events);
    const told = processor.lastReport?.lines[0];
    expect(told?.future).toBe(1);
    expect(told?.partitions).toHaveLength(3);
    expect(told?.partitions.reduce((sum, { future }) => sum + future, 0)).toBe(1);
    for (const { offset, end, maxTime, watermark, lastArrival } of told?.partitions ?? []) {
      expect(offset).toBe(end);
      expect(watermark).toBe((maxTime ?? 0) - QUICK_QUERY.outOfOrdernessMs);
      expect(maxTime).toBeLessThan(Date.now() + 60_000);
      expect(lastArrival).toBeGreaterThan(Date.now() - 60_000);
    }
    await processor.until(() => processor.lastReport?.lines[0]?.partitions[0]?.idle === true, 'idleness');
    await processor.drain();
  });

  it('rewinds as its preview said, with events of the windows before the range, whatever came since', async () => {
    await using one = await line();
    const processor = await one.start();
    const events = new Events(17);
    const base = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
    await publish(one.endpoint, events.make(300, base));
    await awaitOracle(one.endpoint, events);
    const ends = await one.ends();
    // Ten events back in each partition: their windows begin before.
    const offsets = Object.fromEntries(
      Object.entries(ends).map(([partition, end]) => [partition, String(Math.max(0, Number(end) - 10))]),
    );
    const preview = await ask<RewindPreview>(processor, PROCESSOR_CALLS.rewindPreview, { offsets });
    expect(preview.total).toBeGreaterThan(2 * preview.events);
    expect(preview.bytes).toBeGreaterThan(preview.total * 50);
    for (const [partition, from] of Object.entries(preview.from))
      expect(Number(from)).toBeLessThanOrEqual(Number(offsets[partition]));

    await publish(one.endpoint, events.make(70, base + 60_000));
    await awaitOracle(one.endpoint, events);
    const totals = new Set<number>();
    await ask(processor, PROCESSOR_CALLS.rewind, { id: 'said', offsets, bounds: preview });
    await processor.until(() => {
      const told = processor.lastReport?.lines[0]?.rewind;
      if (told?.id === 'said') totals.add(told.total);
      return told?.id === 'said' && told.state === 'done';
    }, 'the rewind');
    expect(processor.lastReport?.lines[0]?.rewind).toMatchObject({
      total: preview.total,
      done: preview.total,
      live: 70,
      windows: preview.windows,
      results: preview.results,
    });
    expect([...totals]).toEqual([preview.total]);
    const revised = async () =>
      (await readResults(one.endpoint)).filter(({ result }) => result.revision > 0).length;
    await expect.poll(revised).toBe(preview.results);
    await awaitOracle(one.endpoint, events);
    const asked = { ...preview, query: { ...preview.query, allowedLatenessMs: 1 } };
    await expect(
      ask(processor, PROCESSOR_CALLS.rewind, { id: 'other', offsets, bounds: asked }),
    ).rejects.toThrow(/query was changed/);
    await processor.drain();
  });
});

function windowOf(at: number): string {
  const start = Math.floor(at / 1_000) * 1_000;
  return `${new Date(start).toISOString()}/${new Date(start + 1_000).toISOString()}`;
}
