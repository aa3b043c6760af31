// The processor killed at any point, again and again, over a workload with disorder, late events and poison, with a
// stricter query beside the live one. 25 times by default; LIVEDB_KILLS=500 for a long run (about a second and a half each).
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import type { ProcessorReport } from '../../src/shared/link.ts';
import { ChildProgram } from '../support/child-program.ts';
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
  type TestEvent,
} from '../support/processor-line.ts';
import { readSideTopic } from '../support/side-topic.ts';
import { tempDir } from '../support/temp-dir.ts';

const KILLS = Number(process.env.LIVEDB_KILLS ?? 25);
const SEED = Number(process.env.LIVEDB_SEED ?? 20_261_124);
/** From the start of the process, so that many die before they are ready, ms. */
const LONGEST_LIFE_MS = 2_500;
const HOUR_MS = 3_600_000;
/** In time for the live query, which allows ten minutes, and too late for the strict one, which allows one. */
const STALE_MS = 300_000;
const STRICT = { ...QUICK_QUERY, name: 'strict', groupBy: ['region' as const], allowedLatenessMs: 60_000 };
const POISON = ['{"id":1', '[]', '{"id":1,"payload":{}}', 'null', 'not json at all', '{"id":"x"}'];

const dir = tempDir('processor-kills');
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

it(`publishes each revision once, puts each late event and each poison aside once, through ${KILLS} kills`, {
  timeout: 120_000 + KILLS * 15_000,
}, async () => {
  const endpoint = { ...broker.endpoint, lateTopic: 'kills-late', deadTopic: 'kills-dead' };
  const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
  await admin.ensureTopics([endpoint.topic, endpoint.resultsTopic].map((name) => ({ name, partitions: 3 })));
  const config = processorConfig(`${dir.path}/line`, endpoint);
  const born = Date.now();
  config.settings.queries = [{ spec: STRICT, paused: false, born, fresh: 0, now: 0 }];
  const events = new Events(SEED);
  const random = seeded(SEED);
  const late: TestEvent[] = [];
  const stale: TestEvent[] = [];
  let poison = 0;
  let feeding = true;

  processor = new ChildProgram('stages/processor');
  await processor.start(config);
  await publish(endpoint, events.make(200, Date.now()));
  await awaitOracle(endpoint, events, undefined, QUICK_QUERY.name);
  // So that both know the time when the first late event comes.
  await processor.until(
    () =>
      processor.lastReport?.lines.every(({ checkpoint, results }) => checkpoint !== null && results > 0) ===
      true,
    'a checkpoint of both queries',
  );

  const feed = async () => {
    while (feeding) {
      const values: (TestEvent | string)[] = events.make(20, Date.now());
      if (random() < 0.3) {
        const made = events.make(1, Date.now() - STALE_MS);
        stale.push(...made);
        values.push(...made);
      }
      if (random() < 0.3) {
        // Far beyond the allowed lateness, whatever the order in which partitions are read.
        const event = {
          id: 1_000_000_000 + late.length,
          at: Date.now() - HOUR_MS,
          group: 'beta',
          amount: '1.00',
        };
        late.push(event);
        values.push(event);
      }
      if (random() < 0.3) {
        values.push(`${POISON[Math.floor(random() * POISON.length)]} ${poison}`);
        poison++;
      }
      await publish(endpoint, values);
      await pause(50);
    }
  };
  const fed = feed();
  for (let kill = 0; kill < KILLS; kill++) {
    await pause(random() * LONGEST_LIFE_MS);
    await processor.kill();
    processor = new ChildProgram('stages/processor');
    processor.send({ type: 'start', config });
  }
  feeding = false;
  await fed;
  await processor.until(() => processor.info !== undefined, 'that it is ready', 60_000);
  await awaitOracle(endpoint, events, 60_000, QUICK_QUERY.name);
  const asked = events.all.length + late.length;
  await processor.until(() => processor.lastReport?.events === asked, 'that all is taken in', 60_000);
  expect(processor.lastReport).toMatchObject({
    distinct: asked,
    duplicates: 0,
    dropped: late.length,
    unreadable: poison,
  });
  const strictLate = late.length + stale.length;
  await processor.until(() => {
    const strict = processor.lastReport?.lines.find(({ query }) => query === 'strict');
    return strict?.events === asked && strict.openWindows === 0 && strict.dropped === strictLate;
  }, 'that the strict query has taken all in, and left out what is late for it');
  await expect
    .poll(async () => (await readSideTopic(endpoint, 'kills-late')).length)
    .toBe(late.length + strictLate);
  const asideLate = await readSideTopic(endpoint, 'kills-late');
  const lateFor = (query: string) =>
    asideLate.flatMap(({ key, headers }) => (headers['livedb-query'] === query ? [Number(key)] : []));
  const ids = (all: readonly TestEvent[]) => all.map(({ id }) => id).sort((a, b) => a - b);
  expect(lateFor('live').sort((a, b) => a - b)).toEqual(ids(late));
  expect(lateFor('strict').sort((a, b) => a - b)).toEqual(ids([...late, ...stale]));
  // Whatever is not aside is counted.
  const strict = await awaitResults(endpoint, () => true, undefined, 'strict');
  expect(strict.newest.reduce((sum, { count }) => sum + count, 0)).toBe(asked - strictLate);
  expect(strict.doubled).toEqual([]);
  const asideDead = await readSideTopic(endpoint, 'kills-dead');
  expect(new Set(asideDead.map(({ source }) => source)).size).toBe(poison);
  expect(asideDead.length).toBe(poison);
  await processor.drain();
  await admin.close();
});
