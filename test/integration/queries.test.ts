// Several queries at once on the real services: hopping windows and sessions, both filtered, through a kill of the
// processor, against SQL over the table, to the cent.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/main/app.ts';
import type { App } from '../../src/main/app-api.ts';
import { type HistoryStore, openHistory } from '../../src/main/history/store.ts';
import { createNodeHost } from '../../src/main/hosts/node-host.ts';
import { programPaths } from '../../src/main/hosts/program-paths.ts';
import { COMMANDS } from '../../src/shared/commands.ts';
import { resultKey, type WindowResult } from '../../src/shared/event.ts';
import { DEFAULT_QUERY, type QuerySpec } from '../../src/shared/query.ts';
import { DEFAULT_SETTINGS } from '../../src/shared/settings.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';
import { sql, topicRecords } from '../support/witness.ts';

const QUICK = { ...DEFAULT_QUERY, outOfOrdernessMs: 500, idleTimeoutMs: 1_000 };
const HOPS: QuerySpec = {
  ...QUICK,
  name: 'hops',
  window: { kind: 'hopping', sizeMs: 2_000, slideMs: 500 },
  groupBy: ['region'],
  aggregates: ['count', 'sum', 'min', 'max', 'distinctOrgs'],
  // Of each column some: the seed has more orgs and regions, and amounts on both sides.
  filter: {
    ...DEFAULT_QUERY.filter,
    orgs: ['alpha-cloud', 'beta-labs', 'delta-freight', "nobody's"],
    regions: ['eu-central-1', 'us-east-1', 'us-west-2'],
    minAmount: '100',
    maxAmount: '512.45',
  },
};
const SESSIONS: QuerySpec = {
  ...QUICK,
  name: 'sessions',
  window: { kind: 'session', gapMs: 150 },
  groupBy: ['org', 'region'],
  aggregates: ['count', 'sum', 'min', 'max'],
  filter: { ...DEFAULT_QUERY.filter, minAmount: '200' },
};
const MS = 'floor(extract(epoch FROM created_at) * 1000)::bigint';

let folder: DataFolder;
let history: HistoryStore;
let app: App;

beforeAll(async () => {
  folder = makeDataFolder('queries');
  history = openHistory({
    file: `${folder.dataDir}/history.sqlite`,
    settings: DEFAULT_SETTINGS.history,
    version: 'test',
  });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const host = createNodeHost(
    programPaths(`${import.meta.dirname}/../../src/main/browser.ts`),
    () => undefined,
  );
  app = await createApp(host, { dataDir: folder.dataDir, history, run: true, env: {}, log });
});
afterAll(async () => {
  await app.close();
  history.close();
  folder[Symbol.dispose]();
});

const lineOf = (query: string) => app.snapshot().stages.processor.lines.find((line) => line.query === query);

/** The newest revision of each window and group that is not withdrawn, as rows; no revision may be there twice. */
async function standing(query: string, row: (result: WindowResult) => unknown[]): Promise<string[]> {
  const newest = new Map<string, WindowResult>();
  const seen = new Set<string>();
  for (const record of await topicRecords(app.snapshot().services.kafka.bootstrap ?? '', 'db_live_results')) {
    const result: WindowResult = JSON.parse(record.value);
    if (result.query !== query) continue;
    const key = resultKey(result);
    expect(seen.has(`${key} ${result.revision}`)).toBe(false);
    seen.add(`${key} ${result.revision}`);
    const known = newest.get(key);
    if (known === undefined || known.revision < result.revision) newest.set(key, result);
  }
  return [...newest.values()]
    .filter(({ count }) => count > 0)
    .map((result) => row(result).join(' '))
    .sort();
}

describe('several queries at once', () => {
  it('count what SQL counts, each its own windows, through a kill', async () => {
    await eventually('rows come', () => app.snapshot().ledger.processed > 0, 60_000);
    await app.execute('processor.configure', { query: { outOfOrdernessMs: 500, idleTimeoutMs: 1_000 } });
    await app.execute('writer.configure', { rowsPerBurst: 4, intervalMs: 40, distribution: 'poisson' });
    await app.execute('query.put', { spec: HOPS });
    await app.execute('query.put', { spec: SESSIONS });
    await eventually('all of them publish', () => (lineOf('sessions')?.results ?? 0) > 50, 60_000);
    await eventually('hops too', () => (lineOf('hops')?.results ?? 0) > 50, 60_000);
    const before = lineOf('sessions')?.results ?? 0;
    await app.execute('stage.kill', { stage: 'processor' });
    await eventually('they go on', () => (lineOf('sessions')?.results ?? 0) > before, 60_000);
    await app.execute('stage.stop', { stage: 'writer' });
    const url = app.snapshot().services.postgres.url ?? '';
    const [[rows = ''] = []] = await sql(url, 'SELECT count(*) FROM livedb');
    for (const query of ['live', 'hops', 'sessions']) {
      await eventually(
        `${query} has closed its windows`,
        () => {
          const line = lineOf(query);
          return line?.events === Number(rows) && line.openWindows === 0 && line.lag.events === 0;
        },
        60_000,
      );
    }

    const hops = await sql(
      url,
      `SELECT start, region, count(*), sum(amount), min(amount), max(amount), count(DISTINCT org)
       FROM livedb, generate_series(${MS} / 500 * 500 - 1500, ${MS} / 500 * 500, 500) AS start
       WHERE org IN ('alpha-cloud', 'beta-labs', 'delta-freight') AND amount BETWEEN 100 AND 512.45
         AND region IN ('eu-central-1', 'us-east-1', 'us-west-2')
       GROUP BY 1, 2`,
    );
    expect(hops.length).toBeGreaterThan(20);
    expect(
      await standing('hops', ({ window, group, count, sum, min, max, distinctOrgs }) => [
        Date.parse(window.start),
        group.region,
        count,
        sum,
        min,
        max,
        distinctOrgs,
      ]),
    ).toEqual(hops.map((row) => row.join(' ')).sort());

    const sessions = await sql(
      url,
      `WITH counted AS (SELECT org, region, amount, ${MS} AS at FROM livedb WHERE amount >= 200),
        begun AS (SELECT *, coalesce(at - lag(at) OVER line > 150, true)::int AS begins FROM counted
          WINDOW line AS (PARTITION BY org, region ORDER BY at)),
        numbered AS (SELECT *, sum(begins) OVER (PARTITION BY org, region ORDER BY at) AS session FROM begun)
       SELECT min(at), max(at) + 150, org, region, count(*), sum(amount), min(amount), max(amount)
       FROM numbered GROUP BY org, region, session`,
    );
    expect(sessions.length).toBeGreaterThan(20);
    expect(
      await standing('sessions', ({ window, group, count, sum, min, max }) => [
        Date.parse(window.start),
        Date.parse(window.end),
        group.org,
        group.region,
        count,
        sum,
        min,
        max,
      ]),
    ).toEqual(sessions.map((row) => row.join(' ')).sort());
  }, 240_000);

  it('are paused, resumed from now on, and dropped, and the live one goes on all the while', async () => {
    await app.execute('stage.start', { stage: 'writer' });
    await app.execute('query.pause', { name: 'hops', state: 'drop' });
    await eventually('hops stands', () => lineOf('hops')?.paused === true, 10_000);
    const { processed } = app.snapshot().ledger;
    await eventually(
      'the live query goes on',
      () => app.snapshot().ledger.processed > processed + 100,
      60_000,
    );
    await app.execute('query.resume', { name: 'hops', from: 'now' });
    await eventually(
      'hops is back',
      () => lineOf('hops')?.lag.events === 0 && lineOf('hops')?.paused === false,
      60_000,
    );
    expect(lineOf('hops')?.events ?? 0).toBeLessThan(app.snapshot().stages.processor.events);
    await expect(app.execute('query.drop', { name: 'hops', confirm: 'x' })).rejects.toMatchObject({
      data: { code: 'query.not-confirmed' },
    });
    await app.execute('query.drop', { name: 'hops', confirm: 'hops' });
    await eventually('hops is gone', () => lineOf('hops') === undefined, 20_000);
    const listed = COMMANDS['query.list'].output.parse(await app.execute('query.list', {}));
    expect(listed.map(({ spec, primary }) => [spec.name, primary])).toEqual([
      ['live', true],
      ['sessions', false],
    ]);
    const { spec } = listed.find((one) => one.spec.name === 'sessions') ?? { spec: SESSIONS };
    await app.execute('query.pause', { name: 'sessions' });
    await app.execute('query.drop', { name: 'sessions', confirm: 'sessions', state: 'keep' });
    const kept = COMMANDS['state.kept'].output.parse(await app.execute('state.kept', {}));
    expect(kept).toMatchObject([{ query: 'sessions', kind: 'savepoint', spec }]);
    const from = { query: 'sessions', id: kept[0]?.id ?? '' };
    for (const [asked, code] of [
      [{ spec: { ...spec, groupBy: ['org'] }, from }, 'query.other-state'],
      [{ spec, from: { ...from, id: 'savepoint-none' } }, 'state.unknown'],
      [{ spec: { ...spec, name: 'live' }, from }, 'query.there'],
    ] as const)
      await expect(app.execute('query.put', asked)).rejects.toMatchObject({ data: { code } });
    await app.execute('query.put', { spec: { ...spec, name: 'again' }, from });
    await eventually(
      'it goes on',
      () => (lineOf('again')?.events ?? 0) > (kept[0]?.events ?? 0) && lineOf('again')?.lag.events === 0,
      60_000,
    );
    const marks = await app.execute('state.timeline', { query: 'live' });
    expect(COMMANDS['state.timeline'].output.parse(marks).length).toBeGreaterThan(0);
    await app.execute('state.delete', { ...from, confirm: from.id });
    expect(await app.execute('state.kept', {})).toEqual([]);
    await expect(app.execute('query.pause', { name: 'live' })).rejects.toMatchObject({
      data: { code: 'query.primary' },
    });
  }, 180_000);
});
