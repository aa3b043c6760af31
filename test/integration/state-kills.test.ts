// The processor killed in the middle of a rewind, of its undo and of a restore, again and again: afterwards either all of it
// has happened or nothing, each revision stands once, and what stands last is right. 8 kills by default; LIVEDB_KILLS=200
// for a long run (about two seconds for each).
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { lineFolder } from '../../src/clients/line-folder.ts';
import { PROCESSOR_CALLS, type ProcessorReport } from '../../src/shared/link.ts';
import type { QuerySpec } from '../../src/shared/query.ts';
import { ChildProgram } from '../support/child-program.ts';
import { type OracleResult, oracleResults } from '../support/oracle.ts';
import {
  awaitResults,
  processorConfig,
  publish,
  QUICK_QUERY,
  type RunningBroker,
  sameResults,
  seeded,
  startBroker,
  type TestEvent,
} from '../support/processor-line.ts';
import { dumpState } from '../support/state-dump.ts';
import { tempDir } from '../support/temp-dir.ts';

const KILLS = Number(process.env.LIVEDB_KILLS ?? 8);
const SEED = Number(process.env.LIVEDB_SEED ?? 20_261_124);
/** From the call on, so that some die before anything is written and some after all is published, ms. */
const LONGEST_MS = 900;
const QUERY: QuerySpec = { ...QUICK_QUERY, allowedLatenessMs: 8_000 };

const dir = tempDir('state-kills');
let broker: RunningBroker;
let processor: ChildProgram<ProcessorReport>;

beforeAll(async () => {
  broker = await startBroker(`${dir.path}/broker`);
});
afterAll(async () => {
  await processor?.kill();
  await broker.child.kill();
  dir[Symbol.dispose]();
});

it(`goes back and forth as a whole through ${KILLS} kills`, {
  timeout: 120_000 + KILLS * 15_000,
}, async () => {
  const { endpoint } = broker;
  const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
  await admin.ensureTopics([endpoint.topic, endpoint.resultsTopic].map((name) => ({ name, partitions: 3 })));
  const config = processorConfig(`${dir.path}/line`, endpoint, QUERY);
  const folder = lineFolder(config.dataDir, endpoint, null);
  const random = seeded(SEED);
  const start = async () => {
    processor = new ChildProgram('stages/processor');
    await processor.start(config);
    await processor.until(() => processor.lastReport !== undefined, 'a report');
  };
  const ask = async <T>(method: string, args: object): Promise<T> => {
    const answer = await processor.call(method, { query: QUERY.name, ...args });
    if (answer.type === 'refusal') throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return (answer.type === 'reply' ? answer.result : null) as T;
  };
  const rewind = () => processor.lastReport?.lines[0]?.rewind ?? null;
  /** Asks, and kills the processor some time later, whether it has answered or not. */
  const killedAt = async (method: string, args: object) => {
    processor.call(method, { query: QUERY.name, ...args }).catch(() => undefined);
    await pause(random() * LONGEST_MS);
    await processor.kill();
    await start();
  };
  const standing = async (expected: readonly OracleResult[]) => {
    const right = (newest: readonly OracleResult[]) =>
      sameResults(
        newest.filter(({ count }) => count > 0),
        expected,
      );
    const found = await awaitResults(endpoint, ({ newest }) => right(newest), 20_000);
    if (!right(found.newest)) expect(found.newest.filter(({ count }) => count > 0)).toEqual(expected);
    expect(found.doubled).toEqual([]);
  };
  let probes = 0;
  const stateNow = async () => {
    const name = `probe-${++probes}`;
    await ask(PROCESSOR_CALLS.save, { name });
    const dump = await dumpState(folder, `savepoint-${name}`);
    await ask(PROCESSOR_CALLS.deleteState, { id: `savepoint-${name}` });
    return dump;
  };

  // Thirty seconds of events in their order, then some that are too late; only a rewind counts these. Some of their windows
  // are forgotten by then, some are still kept, and some have no other event of their group.
  const base = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
  const groups = ['alpha', 'beta', 'gamma'];
  const onTime = Array.from({ length: 1_500 }, (_, at): TestEvent => {
    const group = groups[Math.floor(random() * groups.length)] ?? 'beta';
    return { id: at + 1, at: base + at * 20, group, amount: `${at % 97}.25` };
  });
  const tooLate = Array.from({ length: 40 }, (_, at): TestEvent => {
    const group = at % 4 === 0 ? 'omega' : 'beta';
    return { id: 10_000 + at, at: base + Math.floor(random() * 20_000), group, amount: '1000.00' };
  });
  await start();
  await publish(endpoint, onTime);
  const before = oracleResults(onTime, 1_000);
  const after = oracleResults([...onTime, ...tooLate], 1_000);
  await standing(before);
  const ends = await admin.offsets(endpoint.topic);
  const offsets = Object.fromEntries(ends.map(({ partition, high }) => [partition, high]));
  await publish(endpoint, tooLate);
  await processor.until(() => processor.lastReport?.dropped === tooLate.length, 'the late events');
  await ask(PROCESSOR_CALLS.save, { name: 'home' });
  const home = await dumpState(folder, 'savepoint-home');

  const seen = { finished: 0, undone: 0 };
  for (let kill = 0; kill < KILLS; kill += 2) {
    const id = `r${kill}`;
    await killedAt(PROCESSOR_CALLS.rewind, { id, offsets });
    // It is done, or it never was.
    const done = rewind()?.id === id && rewind()?.state === 'done';
    if (done) seen.finished++;
    else {
      expect(rewind()?.id).not.toBe(id);
      expect((await stateNow()).groups).toEqual(home.groups);
      await ask(PROCESSOR_CALLS.rewind, { id, offsets });
      await processor.until(() => rewind()?.id === id && rewind()?.state === 'done', 'the rewind');
    }
    await standing(after);
    expect(processor.lastReport).toMatchObject({ events: 1_540, distinct: 1_540, duplicates: 0 });

    const restores = kill % 6 === 4;
    const [back, args] = restores
      ? [PROCESSOR_CALLS.restore, { id: 'savepoint-home' }]
      : [PROCESSOR_CALLS.undo, { id }];
    await killedAt(back, args);
    const isBack = () => (restores ? rewind() === null : rewind()?.state === 'undone');
    if (isBack()) seen.undone++;
    else {
      expect(rewind()).toMatchObject({ id, state: 'done' });
      await ask(back, args);
      await processor.until(isBack, 'the way back');
    }
    await standing(before);
    const now = await stateNow();
    expect(now.groups).toEqual(home.groups);
    expect({ ...now, groups: [] }).toEqual({ ...home, groups: [] });
    expect(processor.lastReport).toMatchObject({ events: 1_540, distinct: 1_540, dropped: 40 });
  }
  // The kills did not all come too early.
  if (KILLS >= 8) expect(seen.finished + seen.undone).toBeGreaterThan(0);
  await processor.drain();
  await admin.close();
});
