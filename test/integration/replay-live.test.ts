// Replays beside 2,000 rows/s of live load, on the real services from source: previews hold, a branch with the same query
// differs in nothing, rows are published again once each, through kills and a restart of the app; the live line is unharmed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WindowResult } from '../../src/shared/event.ts';
import type { ReplayPreview, ReplayRequestInput, ReplayStatus } from '../../src/shared/replay.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';
import { type LiveApp, openLiveApp } from '../support/live-app.ts';
import { compareTableAndTopic, compareWindows, sql, topicRecords } from '../support/witness.ts';

const WINDOW_MS = 2_000;
let folder: DataFolder;
let app: LiveApp;
let url: string;
let bootstrap: string;
/** Replay id → how many records it has in the topic, by row id. */
const republished = new Map<string, number>();

beforeAll(async () => {
  folder = makeDataFolder('replay-live');
  app = await openLiveApp(folder.dataDir);
  await app.execute('processor.configure', { query: { window: { kind: 'tumbling', sizeMs: WINDOW_MS } } });
  await app.execute('writer.configure', { rowsPerBurst: 100, intervalMs: 50 });
  await eventually('events', () => app.snapshot().stages.processor.events > 20_000, 50_000);
  url = app.snapshot().services.postgres.url ?? '';
  bootstrap = app.snapshot().services.kafka.bootstrap ?? '';
});
afterAll(async () => {
  await app.close();
  folder[Symbol.dispose]();
});

const statusOf = (id: string): ReplayStatus | undefined =>
  app.snapshot().replays.find((replay) => replay.id === id);
const active = (status: ReplayStatus | undefined) =>
  status?.state === 'running' || status?.state === 'paused';

async function ended(id: string): Promise<ReplayStatus> {
  await eventually('the end of the replay', () => !active(statusOf(id)), 60_000);
  const status = statusOf(id);
  if (status === undefined) throw new Error('the replay is not known');
  return status;
}

/** Looks first, then starts exactly what was looked at. */
async function begun(request: ReplayRequestInput): Promise<{ id: string; preview: ReplayPreview }> {
  const preview = await app.execute('replay.preview', request);
  expect(preview.conflicts.filter(({ blocking }) => blocking)).toEqual([]);
  const { id } = await app.execute('replay.start', { ...request, preview: preview.id });
  return { id, preview };
}

async function killReplay(id: string, done: number): Promise<void> {
  await eventually(`${done} are done`, () => (statusOf(id)?.done ?? 0) >= done, 30_000);
  process.kill(app.pid('replay'), 'SIGKILL');
}

/** The published results of the windows that end in [from, to): revision and count by key. */
async function revisions(from: number, to: number) {
  const found = new Map<string, { revision: number; count: number }[]>();
  for (const { key, value } of await topicRecords(bootstrap, 'db_live_results')) {
    const { window, revision, count } = JSON.parse(value);
    const end = Date.parse(window.end);
    if (end < from || end >= to) continue;
    found.set(key, [...(found.get(key) ?? []), { revision, count }]);
  }
  return found;
}

describe('a branch', () => {
  it('with the same query differs in nothing, and its preview told what it came to', async () => {
    const { id, preview } = await begun({ stage: 'processor', from: { kind: 'beginning' } });
    const status = await ended(id);
    expect(status).toMatchObject({
      state: 'done',
      settled: true,
      different: 0,
      liveOnly: 0,
      done: preview.events,
    });
    expect(status.compared).toBeGreaterThan(0);
    const results = await app.execute('replay.results', { id, limit: 10_000 });
    expect(results).toHaveLength(preview.windows);
    expect(results.filter(({ equal, cut }) => !equal && !cut)).toEqual([]);
    expect(preview.perPartition.map(({ events }) => events).reduce((a, b) => a + b)).toBe(preview.events);
  }, 90_000);

  it('is killed in the middle, paused, and held over a restart of the app: the outcome is the same', async () => {
    const speed = { kind: 'times' as const, factor: 3 };
    const { id, preview } = await begun({
      stage: 'processor',
      from: { kind: 'duration', ms: 12_000 },
      speed,
    });
    await killReplay(id, 2_000);
    await eventually('it begins anew', () => (statusOf(id)?.done ?? 0) < 2_000, 20_000);
    await app.execute('replay.pause', { id });
    await app.close();
    app = await openLiveApp(folder.dataDir);
    await eventually(
      'the pipeline is back',
      () => app.snapshot().stages.processor.state === 'running',
      50_000,
    );
    expect(statusOf(id)).toMatchObject({ state: 'paused', total: preview.events });
    await app.execute('replay.resume', { id });
    const status = await ended(id);
    expect(status).toMatchObject({
      state: 'done',
      done: preview.events,
      different: 0,
      liveOnly: 0,
      windows: preview.windows,
    });
  }, 240_000);

  it('with a filter lists every live window in the range that it lacks, and says what can be compared', async () => {
    const { settings } = await app.execute('settings.get', {});
    const published = async (before: number) =>
      (await topicRecords(bootstrap, 'db_live_results'))
        .map(({ value }) => WindowResult.parse(JSON.parse(value)))
        .filter(({ window }) => Date.parse(window.end) - Date.parse(window.start) === WINDOW_MS)
        .filter(({ window }) => Date.parse(window.end) < before);
    const org = (await published(Date.now()))[0]?.group.org ?? '';
    const query = { ...settings.processor.query, name: 'one-org', filter: { orgs: [org] } };
    const { id, preview } = await begun({ stage: 'processor', from: { kind: 'beginning' }, query });
    expect(preview.note).toContain('filters otherwise');
    const status = await ended(id);
    const results = await app.execute('replay.results', { id, limit: 10_000 });
    const lacked = results.flatMap(({ replay, live }) => (replay === null && live !== null ? [live] : []));
    expect(lacked.length).toBe(status.liveOnly);
    // At the end of the range windows are cut.
    const end = (preview.timeRange?.to ?? 0) - 2 * WINDOW_MS;
    const names = (list: WindowResult[]) => [
      ...new Set(list.map(({ window, group }) => `${window.start} ${group.org}`)),
    ];
    const expected = names((await published(end)).filter(({ group }) => group.org !== org)).sort();
    expect(names(lacked.filter(({ window }) => Date.parse(window.end) < end)).sort()).toEqual(expected);
    expect(expected.length).toBeGreaterThan(10);
  }, 90_000);

  it('counts replayed rows only when its query asks for them', async () => {
    const { id } = await begun({ stage: 'producer', from: { kind: 'last', count: 3_000 } });
    expect(await ended(id)).toMatchObject({ state: 'done', done: 3_000 });
    republished.set(id, 3_000);
    const { settings } = await app.execute('settings.get', {});
    const counted = async (modes: ('normal' | 'replay')[]) => {
      const query = { ...settings.processor.query, name: modes.join('-'), filter: { modes } };
      const from = { kind: 'beginning' as const };
      const branch = await begun({ stage: 'processor', from, query });
      await ended(branch.id);
      const results = await app.execute('replay.results', { id: branch.id, limit: 10_000 });
      return results.reduce((sum, { replay }) => sum + (replay?.count ?? 0), 0);
    };
    expect(await counted(['replay'])).toBe(3_000);
  }, 180_000);
});

describe('a rewind', () => {
  it('computes the touched windows again, publishes them as revisions, and is taken back', async () => {
    // Some 9 s, so that windows of 2 s lie well inside.
    const from = { kind: 'shift' as const, by: -6_000 };
    const { id, preview } = await begun({ stage: 'processor', target: 'rewind', from });
    const status = await ended(id);
    expect(status).toMatchObject({ state: 'done', undoable: true });
    // What came meanwhile is told apart.
    expect(preview.reads).toBeGreaterThan(2 * preview.events);
    expect(status).toMatchObject({
      windows: preview.windows,
      total: preview.reads,
      done: preview.reads,
    });
    expect(preview.perPartition.map((one) => Number(one.old) - Number(one.from))).toEqual([
      6_000, 6_000, 6_000,
    ]);
    for (const one of preview.perPartition) expect(Number(one.new)).toBeLessThan(Number(one.from));
    const { from: first = 0, to: last = 0 } = preview.timeRange ?? {};
    const touched = await revisions(first + WINDOW_MS, last - WINDOW_MS);
    expect(touched.size).toBeGreaterThan(0);
    for (const told of touched.values()) {
      expect(told.map(({ revision }) => revision)).toEqual(told.map((_, n) => n));
      expect(told.length).toBeGreaterThan(1);
      expect(new Set(told.map(({ count }) => count)).size).toBe(1);
    }
    await app.execute('replay.undo', { id });
    expect(statusOf(id)).toMatchObject({ state: 'undone', undoable: false });
    await eventually('the line reads on', () => app.snapshot().stages.processor.lag.events < 5_000, 30_000);
  }, 120_000);
});

describe('a rewind by a speed', () => {
  const processed = () => app.snapshot().stages.processor.events;

  it('rests while it is paused and the line goes on, and does at the end what its preview said', async () => {
    const speed = { kind: 'times' as const, factor: 12 };
    const from = { kind: 'shift' as const, by: -1_500 };
    const { id, preview } = await begun({ stage: 'processor', target: 'rewind', from, speed });
    expect(preview.note).toContain('all at once');
    await eventually('some are read', () => (statusOf(id)?.done ?? 0) > preview.events, 30_000);
    await app.execute('replay.pause', { id });
    // What was being read when the pause came is still counted.
    const paused = processed();
    await eventually('the line goes on', () => processed() > paused + 3_000, 30_000);
    const [done, events] = [statusOf(id)?.done, processed()];
    await eventually('the line goes on further', () => processed() > events + 6_000, 30_000);
    expect(statusOf(id)).toMatchObject({ state: 'paused', done, rate: 0 });
    await app.execute('replay.resume', { id });
    const status = await ended(id);
    expect(status).toMatchObject({ state: 'done', windows: preview.windows, done: preview.reads });
  }, 120_000);

  it('is cancelled in the middle, also after a restart of the app, and leaves everything as it was', async () => {
    const speed = { kind: 'times' as const, factor: 2 };
    const from = { kind: 'shift' as const, by: -1_500 };
    const { id, preview } = await begun({ stage: 'processor', target: 'rewind', from, speed });
    const { from: first = 0, to: last = 0 } = preview.timeRange ?? {};
    const before = await revisions(first + WINDOW_MS, last - WINDOW_MS);
    await eventually('some are read', () => (statusOf(id)?.done ?? 0) > preview.events, 30_000);
    await app.execute('replay.pause', { id });
    await app.close();
    app = await openLiveApp(folder.dataDir);
    await eventually(
      'the processor is back',
      () => app.snapshot().stages.processor.state === 'running',
      60_000,
    );
    expect(statusOf(id)).toMatchObject({ state: 'paused', total: preview.reads });
    await app.execute('replay.cancel', { id });
    expect(await ended(id)).toMatchObject({ state: 'cancelled', undoable: false });
    expect(await revisions(first + WINDOW_MS, last - WINDOW_MS)).toEqual(before);
  }, 180_000);
});

describe('a re-publish', () => {
  it('goes on through kills and a restart of the app, each row once', async () => {
    const before = await sql(url, 'SELECT last_id FROM producer_offsets');
    const rows = 12_000;
    const speed = { kind: 'times' as const, factor: 1 };
    const { id, preview } = await begun({ stage: 'producer', from: { kind: 'last', count: rows }, speed });
    expect(preview).toMatchObject({ events: rows, windows: 0 });
    republished.set(id, rows);
    for (const done of [1_500, 4_000]) await killReplay(id, done);
    await eventually('some more', () => (statusOf(id)?.done ?? 0) >= 6_000, 30_000);
    await app.close();
    app = await openLiveApp(folder.dataDir);
    expect(await ended(id)).toMatchObject({ state: 'done', done: rows, total: rows });
    const [[last = '0'] = []] = await sql(url, 'SELECT last_id FROM producer_offsets');
    expect(Number(last)).toBeGreaterThanOrEqual(Number(before[0]?.[0]));
  }, 240_000);

  it('is cancelled, and says exactly which rows stand in the topic', async () => {
    const speed = { kind: 'times' as const, factor: 0.5 };
    const { id } = await begun({ stage: 'producer', from: { kind: 'last', count: 20_000 }, speed });
    await eventually('some rows', () => (statusOf(id)?.done ?? 0) > 500, 30_000);
    await app.execute('replay.cancel', { id });
    const status = await ended(id);
    expect(status.state).toBe('cancelled');
    expect(status.outcome).toContain(
      `${status.done.toLocaleString('en-US')} of 20,000 rows stand in the topic`,
    );
    republished.set(id, status.done);
  }, 60_000);
});

describe('the live line', () => {
  it('is unharmed: each row once, windows equal SQL, nothing missing', async () => {
    await app.execute('stage.stop', { stage: 'writer' });
    const rows = Number((await sql(url, 'SELECT count(*) FROM livedb'))[0]?.[0]);
    await eventually('the ledger settles', () => app.snapshot().ledger.processed === rows, 30_000);
    expect(app.snapshot().ledger).toMatchObject({ missing: 0, duplicates: 0 });
    const compared = await compareTableAndTopic(url, bootstrap, 'db_live_events');
    expect(compared).toEqual({ rows, events: rows, lost: [], doubled: [], strange: 0 });
    await eventually('windows are closed', () => app.snapshot().stages.processor.openWindows === 0, 30_000);
    const windows = await compareWindows(url, bootstrap, 'db_live_results', WINDOW_MS, Date.now());
    const from = Math.min(...windows.found.map((row) => Number(row.split(' ')[0]))) + 10_000;
    const since = (list: string[]) => list.filter((row) => Number(row.split(' ')[0]) >= from);
    expect(since(windows.expected).length).toBeGreaterThan(20);
    expect(since(windows.found)).toEqual(since(windows.expected));
    expect(windows.publishedTwice).toEqual([]);
  }, 90_000);

  it('has beside it every row of each re-publish once, under its id', async () => {
    const found = new Map<string, Map<string, number>>();
    for (const { key, value, headers } of await topicRecords(bootstrap, 'db_live_events')) {
      if (JSON.parse(value).meta.mode !== 'replay') continue;
      const id = /livedb-replay=([^,]+)/.exec(headers)?.[1] ?? 'none';
      const keys = found.get(id) ?? new Map<string, number>();
      keys.set(key, (keys.get(key) ?? 0) + 1);
      found.set(id, keys);
    }
    const distinct = new Map([...found].map(([id, keys]) => [id, keys.size]));
    expect(distinct).toEqual(republished);
    expect([...found.values()].flatMap((keys) => [...keys.values()]).filter((times) => times > 1)).toEqual(
      [],
    );
  }, 60_000);
});
