// The replay process against the embedded broker: the same query over the same events gives the same windows, the live
// line is not touched, and it can be cancelled.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { resultKey, type WindowResult } from '../../src/shared/event.ts';
import { PROCESSOR_GROUP } from '../../src/shared/names.ts';
import { branchGroup, ReplayRequest } from '../../src/shared/replay.ts';
import { REPLAY_CALLS, type ReplayConfig, type ReplayReport } from '../../src/shared/replay-link.ts';
import { ChildProgram } from '../support/child-program.ts';
import { oracleResults } from '../support/oracle.ts';
import {
  byWindow,
  Events,
  plainResult,
  publish,
  QUICK_QUERY,
  type RunningBroker,
  readResults,
  startBroker,
} from '../support/processor-line.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('replay', () => {
  const dir = tempDir('replay');
  const events = new Events(11);
  const later = new Events(12);
  let broker: RunningBroker;
  let ranges: ReplayConfig['ranges'];

  beforeAll(async () => {
    broker = await startBroker(`${dir.path}/broker`);
    const admin = openAdmin(broker.endpoint, { clientIdSuffix: 'test' });
    const { topic, resultsTopic } = broker.endpoint;
    await admin.ensureTopics([topic, resultsTopic].map((name) => ({ name, partitions: 3 })));
    const base = Date.now() - 60_000;
    for (let step = 0; step < 20; step++) await publish(broker.endpoint, events.make(500, base + step * 500));
    await publish(broker.endpoint, [
      'poison',
      { id: 1, at: base, group: 'beta', amount: '1.00', mode: 'replay' },
    ]);
    ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({
      partition,
      from: String(low),
      to: String(high),
      events: high - low,
    }));
    await admin.close();
    // After the preview: none of these may be counted.
    await publish(broker.endpoint, later.make(500, base));
  });

  afterAll(async () => {
    await broker.child.kill();
    dir[Symbol.dispose]();
  });

  function config(change: Partial<ReplayConfig> = {}): ReplayConfig {
    return {
      dataDir: dir.path,
      logDir: `${dir.path}/logs`,
      id: 'r1',
      request: ReplayRequest.parse({ stage: 'processor', from: { kind: 'beginning' } }),
      ranges,
      ids: null,
      against: null,
      bounds: null,
      total: ranges.reduce((sum, range) => sum + range.events, 0),
      query: QUICK_QUERY,
      postgres: null,
      kafka: broker.endpoint,
      fixedAt: Date.now(),
      span: null,
      created: { from: null, to: null },
      snapshot: null,
      paused: false,
      ...change,
    };
  }

  /** Newest revision of each window and group over all reports. */
  function newest(reports: readonly ReplayReport[]) {
    const found = new Map<string, WindowResult>();
    for (const result of reports.flatMap((report) => report.results)) {
      const key = `${result.window.start} ${result.group.org}`;
      if ((found.get(key)?.revision ?? -1) < result.revision) found.set(key, result);
    }
    return [...found.values()].map(plainResult).sort(byWindow);
  }

  it('gives the windows of exactly the events of its ranges, and ends', async () => {
    const child = new ChildProgram<ReplayReport>('stages/replay');
    await child.start(config());
    await child.until(() => child.lastReport?.read === true, 'that all is read', 20_000);
    await child.call(REPLAY_CALLS.cuts);
    await child.ended(20_000);
    expect(child.exit).toEqual({ code: 0, signal: null });
    // The first windows got more events after the preview: the branch does not know of them, and says so.
    const cuts = new Set(child.reports.flatMap(({ cuts }) => cuts).map(resultKey));
    const after = oracleResults(later.all, 1_000).map(({ start, end, group }) => `${start}/${end}/${group}`);
    const told = newest(child.reports).map(({ start, end, group }) => `${start}/${end}/${group}`);
    expect(cuts).toEqual(new Set(after.filter((key) => told.includes(key))));
    expect(newest(child.reports)).toEqual(oracleResults(events.all, 1_000));
    expect(child.lastReport).toMatchObject({ done: 10_002, finished: true });
    expect(child.reports.slice(0, -1).every((report) => !report.finished)).toBe(true);

    const admin = openAdmin(broker.endpoint, { clientIdSuffix: 'test' });
    expect(await readResults(broker.endpoint)).toEqual([]);
    expect((await admin.fetchGroupOffsets(PROCESSOR_GROUP, broker.endpoint.topic)).size).toBe(0);
    const places = await admin.fetchGroupOffsets(branchGroup('r1'), broker.endpoint.topic);
    expect([...places].map(([partition, next]) => [partition, String(next)])).toEqual(
      ranges.map(({ partition, to }) => [partition, to]),
    );
    await admin.close();
  });

  it('reads a part of the log, by another question', async () => {
    const [first] = ranges;
    if (first === undefined) throw new Error('no partition');
    const half = Math.floor(Number(first.to) / 2);
    const child = new ChildProgram<ReplayReport>('stages/replay');
    const query = { ...QUICK_QUERY, groupBy: ['region' as const] };
    await child.start(config({ query, ranges: [{ ...first, from: String(half) }] }));
    await child.until(() => child.lastReport?.read === true, 'that all is read', 20_000);
    await child.call(REPLAY_CALLS.done);
    await child.ended(20_000);
    expect(child.exit?.code).toBe(0);
    const counted = newest(child.reports).reduce((sum, row) => sum + row.count, 0);
    expect(child.lastReport?.done).toBe(Number(first.to) - half);
    expect(Number(first.to) - half - counted).toBeLessThanOrEqual(2);
    expect(new Set(newest(child.reports).map((row) => row.group))).toEqual(new Set(['eu-1']));
  });

  it('is cancelled by a drain', async () => {
    const child = new ChildProgram<ReplayReport>('stages/replay');
    // An end that will not come: it would read for ever.
    const endless = ranges.map((range) => ({ ...range, to: String(Number(range.to) + 1_000_000) }));
    await child.start(config({ ranges: endless }));
    await child.until(() => (child.lastReport?.done ?? 0) > 5_000, 'that it has read');
    expect(await child.drain()).toBe(0);
    expect(child.lastReport?.finished).toBe(false);
  });

  it('says which events are gone', async () => {
    const child = new ChildProgram<ReplayReport>('stages/replay');
    const gone = ranges.map((range) => ({ ...range, from: '2000000', to: '2000010' }));
    await child.start(config({ ranges: gone }));
    await child.ended();
    expect(child.fatal?.error.code).toBe('replay.range-gone');
    expect(child.fatal?.retry).toBe(false);
    expect(child.exit?.code).toBe(1);
  });
});
