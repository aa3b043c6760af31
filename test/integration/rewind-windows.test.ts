// Rewinds and their undo over hopping windows and sessions, held against the slow oracle: late events in windows that are
// kept and in some long forgotten, sessions that they extend and join.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { PROCESSOR_CALLS, type ProcessorReport } from '../../src/shared/link.ts';
import type { QuerySpec } from '../../src/shared/query.ts';
import type { RewindPreview, UndoPreview } from '../../src/shared/states.ts';
import { centsText } from '../../src/stages/processor/money.ts';
import type { ChildProgram } from '../support/child-program.ts';
import {
  processorConfig,
  publish,
  QUICK_QUERY,
  type RunningBroker,
  readResults,
  seeded,
  startBroker,
  startProcessor,
} from '../support/processor-line.ts';
import { inOrder, standing } from '../support/standing.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type ScriptEvent, windowOracle } from '../support/window-oracle.ts';

const LIVE: QuerySpec = { ...QUICK_QUERY, allowedLatenessMs: 8_000 };
const QUERIES: QuerySpec[] = [
  { ...LIVE, name: 'hops', window: { kind: 'hopping', sizeMs: 3_000, slideMs: 1_000 } },
  { ...LIVE, name: 'sessions', window: { kind: 'session', gapMs: 400 } },
  { ...LIVE, name: 'long', window: { kind: 'session', gapMs: 1_500 }, aggregates: ['count', 'sum'] },
];

const dir = tempDir('rewind-windows');
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

it('make hopping windows and sessions whole, and take that back', { timeout: 120_000 }, async () => {
  const { endpoint } = broker;
  const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
  await admin.ensureTopics([endpoint.topic, endpoint.resultsTopic].map((name) => ({ name, partitions: 3 })));
  const config = processorConfig(`${dir.path}/line`, endpoint, LIVE);
  const queries = QUERIES.map((spec) => ({ spec, paused: false, born: 1, fresh: 0, now: 0 }));
  processor = await startProcessor({ ...config, settings: { ...config.settings, queries } });
  const line = (query: string) => processor.lastReport?.lines.find((one) => one.query === query);

  const random = seeded(31);
  const base = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
  const event = (at: number, org: string): ScriptEvent => {
    const cents = Math.floor(random() * 100_000);
    return { kind: 'event', partition: 0, at, now: at, org, region: 'eu-1', cents, replay: false };
  };
  // Bursts with silences between them, so that sessions end.
  const onTime: ScriptEvent[] = [];
  for (let at = base; at < base + 30_000; at += random() < 0.08 ? 2_500 * random() : 60 * random())
    onTime.push(event(Math.floor(at), random() < 0.5 ? 'alpha' : 'beta'));
  const late = Array.from({ length: 60 }, (_, at) =>
    event(base + Math.floor(random() * 20_000), at % 6 === 0 ? 'omega' : 'beta'),
  );
  const values = (events: readonly ScriptEvent[], from: number) =>
    events.map(({ at, org, cents }, index) => ({
      id: from + index,
      at,
      group: org,
      amount: centsText(cents),
    }));
  const expected = (spec: QuerySpec, events: readonly ScriptEvent[]) => {
    const inTime = events.toSorted((a, b) => a.at - b.at);
    return inOrder(windowOracle({ ...spec, allowedLatenessMs: 86_400_000 }, inTime, 1, base).windows);
  };
  const found = async (query: string) => {
    const results = await readResults(endpoint);
    return inOrder(standing(results.map(({ result }) => result).filter((result) => result.query === query)));
  };

  await publish(endpoint, values(onTime, 1));
  for (const spec of QUERIES)
    await expect.poll(() => found(spec.name), { timeout: 20_000 }).toEqual(expected(spec, onTime));
  const ends = await admin.offsets(endpoint.topic);
  const offsets = Object.fromEntries(ends.map(({ partition, high }) => [partition, high]));
  await publish(endpoint, values(late, 10_001));
  const all = onTime.length + late.length;
  for (const { name } of QUERIES)
    await processor.until(
      () => line(name)?.events === all && line(name)?.openWindows === 0,
      `${name} is done`,
    );
  // Corrections are gathered for a moment before they are published.
  const before = new Map<string, string>();
  for (const { name } of QUERIES) {
    const calm = async () => {
      const last = before.get(name);
      before.set(name, JSON.stringify(await found(name)));
      return before.get(name) === last;
    };
    await expect.poll(calm, { timeout: 10_000, interval: 400 }).toBe(true);
  }

  for (const spec of QUERIES) {
    const { name: query } = spec;
    const preview = await processor.ask<RewindPreview>(PROCESSOR_CALLS.rewindPreview, { query, offsets });
    await processor.ask(PROCESSOR_CALLS.rewind, { query, id: 'r1', offsets, bounds: preview });
    await processor.until(() => line(query)?.rewind?.state === 'done', `${query}: the rewind`);
    expect(line(query)?.rewind).toMatchObject({ windows: preview.windows, results: preview.results });
    await expect
      .poll(() => found(query), { timeout: 10_000, message: `${query}: whole` })
      .toEqual(expected(spec, [...onTime, ...late]));
    const told = await processor.ask<UndoPreview>(PROCESSOR_CALLS.undoPreview, { query, id: 'r1' });
    expect(told.events).toBe(0);
    const published = async () =>
      (await readResults(endpoint))
        .filter(({ result }) => result.query === query)
        .map(({ result }) => result);
    const standingThen = await published();
    await processor.ask(PROCESSOR_CALLS.undo, { query, id: 'r1' });
    await expect
      .poll(async () => JSON.stringify(await found(query)), {
        timeout: 10_000,
        message: `${query}: as before`,
      })
      .toEqual(before.get(query));
    const more = (await published()).length - standingThen.length;
    expect(told.putBack).toBeGreaterThan(0);
    expect(told.withdrawn).toBeGreaterThan(0);
    expect(more).toBe(told.putBack + told.withdrawn);
  }
  await processor.drain();
  await admin.close();
});
