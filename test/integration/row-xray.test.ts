// Audit and row X-ray through the control plane on the real services, all from source: the life of rows of now, of rows
// of the past and of another's hand, and an audit beside the running pipeline.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/main/app.ts';
import type { App } from '../../src/main/app-api.ts';
import { type HistoryStore, openHistory } from '../../src/main/history/store.ts';
import { createNodeHost } from '../../src/main/hosts/node-host.ts';
import { programPaths } from '../../src/main/hosts/program-paths.ts';
import { AuditReport } from '../../src/shared/audit.ts';
import { LiveDbError } from '../../src/shared/errors.ts';
import { DEFAULT_SETTINGS } from '../../src/shared/settings.ts';
import { RowXray, XRAY_STATIONS } from '../../src/shared/xray.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';
import { sql, topicRecords } from '../support/witness.ts';

const WINDOW_MS = 2_000;

let folder: DataFolder;
let history: HistoryStore;
let app: App;

async function start(): Promise<void> {
  const host = createNodeHost(
    programPaths(`${import.meta.dirname}/../../src/main/browser.ts`),
    () => undefined,
  );
  history = openHistory({
    file: `${folder.dataDir}/history.sqlite`,
    settings: DEFAULT_SETTINGS.history,
    version: 'test',
  });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  app = await createApp(host, { dataDir: folder.dataDir, history, run: true, env: {}, log });
  await eventually(
    'the pipeline runs',
    () => Object.values(app.snapshot().stages).every(({ state }) => state === 'running'),
    30_000,
  );
}

async function stop(): Promise<void> {
  await app.close();
  history.close();
}

beforeAll(async () => {
  folder = makeDataFolder('xray');
  await start();
  await app.execute('processor.configure', { query: { window: { kind: 'tumbling', sizeMs: WINDOW_MS } } });
}, 60_000);
afterAll(async () => {
  await stop();
  folder[Symbol.dispose]();
});

const url = () => app.snapshot().services.postgres.url ?? '';
const xray = async (id: string | number) => RowXray.parse(await app.execute('row.xray', { id }));
const stationOf = (found: RowXray, name: (typeof XRAY_STATIONS)[number]) => {
  const station = found.stations.find((one) => one.name === name);
  if (station === undefined) throw new Error(`no station ${name}`);
  return station;
};

let guest = '';

describe('the X-ray of a row', () => {
  it('follows a guest row from its INSERT over a slow commit to the screen and into its windows', async () => {
    const answer = await sql(
      url(),
      `BEGIN; INSERT INTO livedb (org, amount, region) VALUES ('guest "é"', 12.34, 'here') RETURNING id;
       SELECT pg_sleep(0.5); COMMIT`,
    );
    const [[id = ''] = []] = answer;
    guest = id;
    let found = await xray(id).catch(() => null);
    await eventually(
      'its window is published',
      async () => {
        found = await xray(id);
        return found.windows.some(({ state, revisions }) => state === 'published' && revisions.length > 0);
      },
      20_000,
    );
    if (found === null) throw new Error('not found');
    expect(found.row).toMatchObject({ org: 'guest "é"', amount: '12.34', region: 'here' });
    expect(found.stations.map(({ name }) => name)).toEqual(XRAY_STATIONS);
    const times = found.stations.map(({ at }) => at ?? Number.NaN);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(stationOf(found, 'committed').gapMs).toBeGreaterThan(450);
    // Processed is a bracket: at the grain of the reports while the row is young.
    const processed = stationOf(found, 'processed');
    expect((processed.at ?? 0) - (processed.after ?? 0)).toBeLessThanOrEqual(250);

    // kcat comes to an end only where the topic does.
    await app.execute('stage.stop', { stage: 'writer' });
    const { bootstrap } = app.snapshot().services.kafka;
    const event = (await topicRecords(bootstrap ?? '', 'db_live_events')).find(({ key }) => key === id);
    expect(found.event).toEqual({
      topic: 'db_live_events',
      partition: event?.partition,
      offset: event?.offset,
    });
    const window = found.windows[0];
    const result = (await topicRecords(bootstrap ?? '', 'db_live_results')).find(
      ({ key }) => key === `${window?.window.start}/${window?.window.end}/guest "é"`,
    );
    expect(window).toMatchObject({ count: 1, sum: '12.34', group: { org: 'guest "é"' }, query: 'live' });
    expect(window?.revisions.at(-1)).toMatchObject({ partition: result?.partition, offset: result?.offset });
  });

  it('shows a row under way as far as it is, and says of the rest that it is not known', async () => {
    await app.execute('stage.stop', { stage: 'producer' });
    const [[id = ''] = []] = await sql(
      url(),
      `INSERT INTO livedb (org, amount, region) VALUES ('waiting', 1, 'here') RETURNING id`,
    );
    const found = await xray(id);
    expect(found.event).toBeNull();
    expect(found.stations.filter(({ at }) => at !== null).map(({ name }) => name)).toEqual([
      'written',
      'committed',
    ]);
    expect(found.notes.join(' ')).toContain('not published yet');
    await app.execute('stage.start', { stage: 'producer' });
    await eventually('it is published', async () => (await xray(id)).event !== null, 10_000);
  });

  it('knows a row of the past, after LiveDB was closed and started again', async () => {
    await stop();
    await start();
    const found = await xray(guest);
    const processed = stationOf(found, 'processed');
    expect(processed.at).not.toBeNull();
    // From the history: at the grain of a second.
    expect((processed.at ?? 0) - (processed.after ?? 0)).toBeLessThanOrEqual(2_000);
    expect(stationOf(found, 'screen').at).not.toBeNull();
    expect(found.windows[0]).toMatchObject({ count: 1, sum: '12.34' });
  }, 60_000);

  it('tells a row that was deleted from one that never was', async () => {
    await sql(url(), `DELETE FROM livedb WHERE id = ${guest}`);
    const gone = await xray(guest);
    expect(gone.row).toBeNull();
    expect(gone.event).not.toBeNull();
    expect(gone.notes.join(' ')).toContain('deleted');
    const refusal = await app.execute('row.xray', { id: '-5' }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LiveDbError);
    expect(LiveDbError.dataOf(refusal).code).toBe('row.unknown');
    await expect(app.execute('row.xray', { id: 'x' })).rejects.toMatchObject({
      data: { code: 'bad-request' },
    });
  });
});

describe('ledger.audit', () => {
  it('answers with the report, which names the row that was deleted, and keeps it in the data folder', async () => {
    const report = AuditReport.parse(await app.execute('ledger.audit', { wait: true }));
    expect(report.findings.strange.named.map(({ id }) => id)).toEqual([guest]);
    expect(report.findings.missing.count).toBe(0);
    expect(report.findings.doubled.count).toBe(0);
    // The window that counted the deleted row is all that SQL sees otherwise.
    expect(report.findings.windows.named.map(({ found }) => found?.sum)).toEqual(['12.34']);
    const { audit, incidents } = app.snapshot();
    expect(audit).toMatchObject({ id: report.id, state: 'done', report: { agree: false } });
    expect(existsSync(audit?.report?.json ?? '')).toBe(true);
    expect(existsSync(audit?.report?.page ?? '')).toBe(true);
    expect(incidents.some(({ code }) => code === 'audit')).toBe(true);
    expect(await app.execute('audit.report', { id: report.id })).toEqual(report);
  }, 60_000);

  it('runs one at a time, can be cancelled, and refuses ids it does not know', async () => {
    const { id } = (await app.execute('ledger.audit', {})) as { id: string };
    await expect(app.execute('ledger.audit', {})).rejects.toMatchObject({ data: { code: 'audit.busy' } });
    await app.execute('audit.cancel', { id });
    expect(app.snapshot().audit).toMatchObject({ id, state: 'cancelled', report: null });
    await expect(app.execute('audit.report', { id })).rejects.toMatchObject({
      data: { code: 'audit.unknown' },
    });
    await expect(app.execute('audit.report', { id: '../../x' })).rejects.toMatchObject({
      data: { code: 'bad-request' },
    });
  });
});
