// The control plane on the real services, all from source: 20 SIGKILLs over every part and in every way there is, under
// 1,000 rows/s; then table, topic and windows are read by clients that are not ours.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/main/app.ts';
import type { App } from '../../src/main/app-api.ts';
import { type HistoryStore, openHistory } from '../../src/main/history/store.ts';
import type { ChildName, Host } from '../../src/main/hosts/host.ts';
import { createNodeHost } from '../../src/main/hosts/node-host.ts';
import { programPaths } from '../../src/main/hosts/program-paths.ts';
import { DEFAULT_SETTINGS } from '../../src/shared/settings.ts';
import type { Snapshot } from '../../src/shared/snapshot.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';
import { compareTableAndTopic, compareWindows, sql } from '../support/witness.ts';

const KILLS = 20;
const RECOVERY_MS = 5_000;
const WINDOW_MS = 2_000;
const PARTS = ['writer', 'producer', 'processor', 'postgres', 'kafka'] as const;
type Part = (typeof PARTS)[number];
/** The button; the pid that the screen shows (PostgreSQL: the server's own); the child that we forked. */
const WAYS = ['button', 'shown pid', 'child'] as const;

let folder: DataFolder;
let history: HistoryStore;
let app: App;
const pids = new Map<ChildName, number>();

function makeHost(): Host {
  const inner = createNodeHost(
    programPaths(`${import.meta.dirname}/../../src/main/browser.ts`),
    () => undefined,
  );
  return {
    ...inner,
    fork(name) {
      const child = inner.fork(name);
      if (child.pid !== undefined) pids.set(name, child.pid);
      return child;
    },
  };
}

beforeAll(async () => {
  folder = makeDataFolder('pipeline');
  history = openHistory({
    file: `${folder.dataDir}/history.sqlite`,
    settings: DEFAULT_SETTINGS.history,
    version: 'test',
  });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  app = await createApp(makeHost(), { dataDir: folder.dataDir, history, run: true, env: {}, log });
});
afterAll(async () => {
  await app.close();
  history.close();
  folder[Symbol.dispose]();
});

const partOf = (from: Snapshot, part: Part) =>
  part === 'postgres' || part === 'kafka' ? from.services[part] : from.stages[part];
const allRunning = () => PARTS.every((part) => partOf(app.snapshot(), part).state === 'running');

async function kill(part: Part, way: (typeof WAYS)[number]): Promise<void> {
  if (way === 'button') {
    await (part === 'postgres' || part === 'kafka'
      ? app.execute('service.kill', { service: part })
      : app.execute('stage.kill', { stage: part }));
    return;
  }
  const pid =
    way === 'child' ? pids.get(part === 'kafka' ? 'broker' : part) : partOf(app.snapshot(), part).pid;
  if (pid == null) throw new Error(`${part} has no process`);
  process.kill(pid, 'SIGKILL');
}

describe('a pipeline that is killed all over', () => {
  it('has every part running again within 5 s each, and events flow on', async () => {
    await app.execute('processor.configure', { query: { window: { kind: 'tumbling', sizeMs: WINDOW_MS } } });
    await app.execute('writer.configure', { rowsPerBurst: 100, intervalMs: 100 });
    await eventually('everything runs', allRunning, 30_000);
    await eventually('rows come at 1,000/s', () => app.snapshot().stages.writer.rate.achieved > 900, 15_000);
    const slow: string[] = [];
    for (let n = 0; n < KILLS; n += 1) {
      const part = PARTS[(n * 3) % PARTS.length] ?? 'writer';
      const way = WAYS[n % WAYS.length] ?? 'button';
      const { restarts } = partOf(app.snapshot(), part);
      const began = performance.now();
      await kill(part, way);
      await eventually(
        `${part} back after ${way}`,
        () => partOf(app.snapshot(), part).restarts > restarts && allRunning(),
        20_000,
      );
      const tookMs = performance.now() - began;
      if (tookMs > RECOVERY_MS) slow.push(`${part} by ${way}: ${tookMs.toFixed(0)} ms`);
      const { processed } = app.snapshot().ledger;
      await eventually('events flow', () => app.snapshot().ledger.processed > processed, 10_000);
    }
    expect(slow).toEqual([]);
    const codes = new Set(app.snapshot().incidents.map(({ code }) => code));
    expect([...codes]).toEqual(expect.arrayContaining(['killed', 'killed-outside', 'restarted']));
  }, 240_000);

  it('goes on whichever of its sessions at the database are ended', async () => {
    const { url } = app.snapshot().services.postgres;
    const own = `FROM pg_stat_activity WHERE application_name LIKE 'livedb%'`;
    const names = (
      await sql(url ?? '', `SELECT DISTINCT split_part(application_name, '-', 2) ${own}`)
    ).flat();
    expect(names).toEqual(expect.arrayContaining(['writer', 'producer', 'ledger']));
    for (let round = 0; round < 10; round += 1) {
      const { processed } = app.snapshot().ledger;
      // Some at random, or all of them at once.
      const which = round % 3 === 2 ? '' : 'AND random() < 0.4';
      await sql(url ?? '', `SELECT pg_terminate_backend(pid) ${own} ${which}`);
      await eventually('events flow', () => app.snapshot().ledger.processed > processed, 15_000);
    }
    await eventually('everything runs', allRunning, 15_000);
  }, 120_000);

  it('has lost nothing and doubled nothing, and the ledger says the same as psql and kcat', async () => {
    await app.execute('stage.stop', { stage: 'writer' });
    const { url } = app.snapshot().services.postgres;
    const { bootstrap } = app.snapshot().services.kafka;
    const [[rows = ''] = []] = await sql(url ?? '', 'SELECT count(*) FROM livedb');
    // The stages tell of the last burst one after the other, in any order.
    const settled = () => {
      const { ledger } = app.snapshot();
      return ledger.processed === Number(rows) && ledger.published === Number(rows);
    };
    await eventually('the ledger settles', settled, 20_000);
    await eventually(
      'the table is counted',
      () => (app.snapshot().ledger.checkedAt ?? 0) > Date.now() - 900,
      5_000,
    );
    expect(app.snapshot().ledger).toMatchObject({
      written: Number(rows),
      captured: Number(rows),
      published: Number(rows),
      processed: Number(rows),
      missing: 0,
      duplicates: 0,
    });
    expect(app.snapshot().stages.writer.rows).toBe(Number(rows));
    const compared = await compareTableAndTopic(url ?? '', bootstrap ?? '', 'db_live_events');
    expect(compared).toEqual({ rows: Number(rows), events: Number(rows), lost: [], doubled: [], strange: 0 });
  }, 60_000);

  it('has windows that equal SQL over the table to the cent, each revision once', async () => {
    const { url } = app.snapshot().services.postgres;
    const { bootstrap } = app.snapshot().services.kafka;
    await eventually(
      'the clock closes the last windows',
      () => app.snapshot().stages.processor.openWindows === 0,
      30_000,
    );
    const compared = await compareWindows(
      url ?? '',
      bootstrap ?? '',
      'db_live_results',
      WINDOW_MS,
      Date.now(),
    );
    // Windows from before the size was changed belong to another query.
    const from = Math.min(...compared.found.map((row) => Number(row.split(' ')[0]))) + 10_000;
    const since = (rows: string[]) => rows.filter((row) => Number(row.split(' ')[0]) >= from);
    expect(since(compared.expected).length).toBeGreaterThan(20);
    expect(since(compared.found)).toEqual(since(compared.expected));
    expect(compared.publishedTwice).toEqual([]);
  }, 90_000);

  it('takes rows that others insert, and a ledger of its own finds them within 2 s', async () => {
    const { url } = app.snapshot().services.postgres;
    const before = app.snapshot().ledger.written;
    await sql(
      url ?? '',
      `INSERT INTO livedb (org, amount, region) SELECT 'guest', 1.00, 'us-east-1' FROM generate_series(1, 500)`,
    );
    await eventually('the guests are counted', () => app.snapshot().ledger.written === before + 500, 2_500);
    await eventually('and processed', () => app.snapshot().ledger.processed === before + 500, 5_000);
    expect(app.snapshot().ledger).toMatchObject({ missing: 0, duplicates: 0 });
  });

  it('names rows that never reached the processor, until they are accounted for', async () => {
    const { url } = app.snapshot().services.postgres;
    // A transaction id from the past puts a row behind the cursor of the polling, where nobody looks again.
    await app.execute('producer.configure', { capture: 'polling' });
    const capture = () => app.snapshot().stages.producer;
    await eventually(
      'polling',
      () => capture().capture === 'polling' && !capture().captureDetail?.slot,
      20_000,
    );
    const ids = await sql(
      url ?? '',
      `INSERT INTO livedb (org, amount, region, tx) VALUES ('lost', 1.00, 'x', '3'), ('lost', 2.00, 'x', '3') RETURNING id`,
    );
    const [first = '', last = ''] = ids.map(([id]) => id ?? '');
    await eventually('both are missed', () => app.snapshot().ledger.missing === 2, 20_000);
    const told = app.snapshot().incidents.find(({ code }) => code === 'ledger');
    expect(told).toMatchObject({ severity: 'error', endedAt: null, title: '2 rows are missing' });
    expect(told?.cause).toContain(`${first}-${last}`);
    await sql(url ?? '', `DELETE FROM livedb WHERE org = 'lost'`);
    await eventually('nothing is missed', () => app.snapshot().ledger.missing === 0, 20_000);
    expect(app.snapshot().incidents.find(({ code }) => code === 'ledger')?.endedAt).not.toBeNull();
  });
});
