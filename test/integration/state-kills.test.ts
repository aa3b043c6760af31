// The processor killed in the middle of a rewind, of its undo and of a restore, again and again, of a query with fixed windows
// and of one with sessions at once: afterwards either all of it has happened or nothing, each revision stands once, and what
// stands last is what the slow oracle says. 4 kills by default; LIVEDB_KILLS=200
// for a long run (about two seconds for each).
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { lineFolder } from '../../src/clients/line-folder.ts';
import { PROCESSOR_CALLS, type ProcessorReport } from '../../src/shared/link.ts';
import type { QuerySpec } from '../../src/shared/query.ts';
import { centsText } from '../../src/stages/processor/money.ts';
import { ChildProgram } from '../support/child-program.ts';
import {
  processorConfig,
  publish,
  QUICK_QUERY,
  type RunningBroker,
  readResults,
  seeded,
  startBroker,
} from '../support/processor-line.ts';
import { inOrder, standing } from '../support/standing.ts';
import { dumpState, type StateDump } from '../support/state-dump.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type ScriptEvent, windowOracle } from '../support/window-oracle.ts';

const KILLS = Number(process.env.LIVEDB_KILLS ?? 4);
const SEED = Number(process.env.LIVEDB_SEED ?? 20_261_124);
/** From the call on, so that some die before anything is written and some after all is published, ms. */
const LONGEST_MS = 900;
const LIVE: QuerySpec = { ...QUICK_QUERY, allowedLatenessMs: 8_000 };
const SESSIONS: QuerySpec = { ...LIVE, name: 'sessions', window: { kind: 'session', gapMs: 110 } };
const LINES = [LIVE, SESSIONS];

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
  const plain = processorConfig(`${dir.path}/line`, endpoint, LIVE);
  const side = { spec: SESSIONS, paused: false, born: 1, fresh: 0, now: 0 };
  const config = { ...plain, settings: { ...plain.settings, queries: [side] } };
  const random = seeded(SEED);
  const start = async () => {
    processor = new ChildProgram('stages/processor');
    await processor.start(config);
    await processor.until(() => LINES.every((spec) => line(spec).events > 0 || empty), 'a report');
  };
  const line = ({ name }: QuerySpec) => {
    const found = processor.lastReport?.lines.find(({ query }) => query === name);
    return { rewind: null, events: 0, dropped: 0, ...found };
  };
  const ask = ({ name }: QuerySpec, method: string, args: object) =>
    processor.ask(method, { query: name, ...args });
  const rewind = (spec: QuerySpec) => line(spec).rewind;
  /** Asks, and kills the processor some time later, whether it has answered or not. */
  const killedAt = async (method: string, args: object) => {
    for (const { name } of LINES) processor.call(method, { query: name, ...args }).catch(() => undefined);
    await pause(random() * LONGEST_MS);
    await processor.kill();
    await start();
  };
  const found = async ({ name }: QuerySpec) => {
    const results = (await readResults(endpoint)).map(({ result }) => result);
    return inOrder(standing(results.filter(({ query }) => query === name)));
  };
  const stands = (spec: QuerySpec, events: readonly ScriptEvent[]) => {
    const script = events.toSorted((one, other) => one.at - other.at);
    const { windows } = windowOracle({ ...spec, allowedLatenessMs: 86_400_000 }, script, 1, base);
    return expect.poll(() => found(spec), { timeout: 30_000, interval: 250 }).toEqual(inOrder(windows));
  };
  let probes = 0;
  const stateNow = async (spec: QuerySpec) => {
    const name = `probe-${++probes}`;
    const folder = lineFolder(config.dataDir, endpoint, spec === LIVE ? null : spec.name);
    await ask(spec, PROCESSOR_CALLS.save, { name });
    const dump = await dumpState(folder, `savepoint-${name}`);
    await ask(spec, PROCESSOR_CALLS.deleteState, { id: `savepoint-${name}` });
    return dump;
  };

  // Thirty seconds of events in their order, then some that are too late; only a rewind counts these. Some of their windows
  // are forgotten by then, some are still kept, and some have no other event of their group.
  const base = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
  const groups = ['alpha', 'beta', 'gamma'];
  const event = (at: number, org: string, cents: number): ScriptEvent => {
    return { kind: 'event', partition: 0, at, now: at, org, region: 'eu-1', cents, replay: false };
  };
  const onTime = Array.from({ length: 1_500 }, (_, at) =>
    event(base + at * 20, groups[Math.floor(random() * groups.length)] ?? 'beta', at * 7 + 25),
  );
  const tooLate = Array.from({ length: 40 }, (_, at) =>
    event(base + Math.floor(random() * 20_000), at % 4 === 0 ? 'omega' : 'beta', 100_000),
  );
  const values = (events: readonly ScriptEvent[], from: number) =>
    events.map(({ at, org, cents }, index) => ({
      id: from + index,
      at,
      group: org,
      amount: centsText(cents),
    }));
  let empty = true;
  await start();
  await publish(endpoint, values(onTime, 1));
  for (const spec of LINES) await stands(spec, onTime);
  empty = false;
  const ends = await admin.offsets(endpoint.topic);
  const offsets = Object.fromEntries(ends.map(({ partition, high }) => [partition, high]));
  await publish(endpoint, values(tooLate, 10_001));
  const home = new Map<QuerySpec, StateDump>();
  for (const spec of LINES) {
    await processor.until(() => line(spec).dropped === tooLate.length, 'the late events');
    await ask(spec, PROCESSOR_CALLS.save, { name: 'home' });
    home.set(spec, await stateNow(spec));
  }

  const seen = { finished: 0, undone: 0 };
  for (let kill = 0; kill < KILLS; kill += 2) {
    const id = `r${kill}`;
    await killedAt(PROCESSOR_CALLS.rewind, { id, offsets });
    for (const spec of LINES) {
      // It is done, or it never was.
      if (rewind(spec)?.id === id && rewind(spec)?.state === 'done') seen.finished++;
      else {
        expect(rewind(spec)?.id).not.toBe(id);
        expect((await stateNow(spec)).groups).toEqual(home.get(spec)?.groups);
        await ask(spec, PROCESSOR_CALLS.rewind, { id, offsets });
        const done = () => rewind(spec)?.id === id && rewind(spec)?.state === 'done';
        await processor.until(done, 'the rewind', 20_000);
      }
      await stands(spec, [...onTime, ...tooLate]);
      expect(line(spec).events).toBe(1_540);
    }

    const restores = kill % 4 === 2;
    const [back, args] = restores
      ? [PROCESSOR_CALLS.restore, { id: 'savepoint-home' }]
      : [PROCESSOR_CALLS.undo, { id }];
    await killedAt(back, args);
    for (const spec of LINES) {
      const isBack = () => (restores ? rewind(spec) === null : rewind(spec)?.state === 'undone');
      if (isBack()) seen.undone++;
      else {
        expect(rewind(spec)).toMatchObject({ id, state: 'done' });
        await ask(spec, back, args);
        await processor.until(isBack, 'the way back', 20_000);
      }
      await stands(spec, onTime);
      expect(await stateNow(spec)).toEqual(home.get(spec));
      expect(line(spec)).toMatchObject({ events: 1_540, dropped: 40 });
    }
    expect(processor.lastReport).toMatchObject({ distinct: 1_540, duplicates: 0 });
  }
  // The kills did not all come too early.
  if (KILLS >= 4) expect(seen.finished + seen.undone).toBeGreaterThan(0);
  await processor.drain();
  await admin.close();
});
