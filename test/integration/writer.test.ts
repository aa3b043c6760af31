import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { closePostgres, connectPostgres, type PgClient } from '../../src/clients/postgres.ts';
import { createWriterPlace } from '../../src/clients/schema.sql.ts';
import { readSeed, type Seed } from '../../src/clients/seed.ts';
import { NO_DISORDER } from '../../src/shared/disorder.ts';
import type { PostgresReady, WriterReport } from '../../src/shared/link.ts';
import { DEFAULT_SETTINGS, type WriterSettings } from '../../src/shared/settings.ts';
import { ChildProgram } from '../support/child-program.ts';
import { CommitCutter } from '../support/commit-cutter.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';

const shippedSeed = resolve(import.meta.dirname, '../../seed/livedb_seed.csv');

let at: DataFolder;
let server: ChildProgram<never>;
let info: PostgresReady;
let client: PgClient;
let seed: Seed;
const writers: ChildProgram<WriterReport>[] = [];

async function startServer(): Promise<void> {
  server = new ChildProgram<never>('postgres');
  info = await server.start<PostgresReady>({ dataDir: at.dataDir, logDir: at.logDir, port: null });
  client = await connectPostgres(info.endpoint, { applicationName: 'test' });
}

beforeAll(async () => {
  at = makeDataFolder('writer');
  seed = await readSeed(shippedSeed);
  await startServer();
});
beforeEach(() => client.query('TRUNCATE livedb, livedb_writer RESTART IDENTITY'));
afterEach(async () => {
  for (const writer of writers.splice(0)) await writer.kill();
});
afterAll(async () => {
  await closePostgres(client);
  await server.drain();
  at[Symbol.dispose]();
});

type Pace = Partial<WriterSettings>;
const config = (settings: Pace, kind: 'embedded' | 'external' = 'embedded') => ({
  dataDir: at.dataDir,
  logDir: at.logDir,
  postgres: { ...info.endpoint, kind },
  shippedSeed,
  settings: { ...DEFAULT_SETTINGS.writer, ...settings },
});

async function startWriter(settings: Pace, kind: 'embedded' | 'external' = 'embedded') {
  const writer = new ChildProgram<WriterReport>('stages/writer');
  writers.push(writer);
  await writer.start(config(settings, kind));
  return writer;
}

const rows = async () =>
  (
    await client.query<{ org: string; amount: string; region: string }>(
      'SELECT org, amount, region FROM livedb ORDER BY id',
    )
  ).rows;

/** The table holds the seed from its first row on, in order, round and round. */
async function expectWholeCycle(count?: number): Promise<number> {
  const found = await rows();
  if (count !== undefined) expect(found.length).toBe(count);
  found.forEach((row, i) => {
    const n = i % seed.rows;
    if (row.org === seed.org[n] && row.amount === seed.amount[n] && row.region === seed.region[n]) return;
    expect([i, row]).toEqual([i, { org: seed.org[n], amount: seed.amount[n], region: seed.region[n] }]);
  });
  return found.length;
}

const reached = (writer: ChildProgram<WriterReport>, count: number) =>
  writer.until(() => (writer.lastReport?.rows ?? 0) >= count, `${count} rows`, 20_000);

test('small and large bursts write the cycle in order, and the report is the table', async () => {
  const writer = await startWriter({ rowsPerBurst: 7, intervalMs: 5 });
  await reached(writer, 200);
  writer.configure(config({ rowsPerBurst: 1_234, intervalMs: 5 }));
  await reached(writer, 10_000);
  expect(await writer.drain()).toBe(0);
  const count = await expectWholeCycle(writer.lastReport?.rows);
  expect(writer.lastReport?.seed).toEqual({
    file: 'livedb_seed.csv',
    rows: 49,
    position: count % 49,
    lap: Math.floor(count / 49),
  });
});

test('the rate is kept, and a change takes effect at once without a restart', async () => {
  const writer = await startWriter({ rowsPerBurst: 2, intervalMs: 60_000 });
  await reached(writer, 2);
  const before = writer.pid;
  const asked = performance.now();
  writer.configure(config({ rowsPerBurst: 20, intervalMs: 10 }));
  await reached(writer, 22);
  expect(performance.now() - asked).toBeLessThan(1_000);
  const from = writer.lastReport as WriterReport;
  await reached(writer, from.rows + 4_000);
  const to = writer.lastReport as WriterReport;
  const rate = ((to.rows - from.rows) * 1_000) / (to.at - from.at);
  expect(rate).toBeGreaterThan(1_600);
  expect(rate).toBeLessThan(2_400);
  expect(writer.pid).toBe(before);
});

test('killed in the middle again and again, it goes on at the exact place', async () => {
  let count = 0;
  for (const rowsPerBurst of [3, 40, 2_000, 9_000]) {
    const writer = await startWriter({ rowsPerBurst, intervalMs: rowsPerBurst > 1_000 ? 0 : 1 });
    await reached(writer, count + rowsPerBurst * 3);
    await writer.kill();
    // Its last transaction may still end after it.
    await client.query('BEGIN; LOCK livedb_writer; COMMIT');
    count = await expectWholeCycle();
    const { rows: place } = await client.query('SELECT rows, place FROM livedb_writer');
    expect(place).toEqual([{ rows: String(count), place: String(count % 49) }]);
  }
});

test('a server killed under it: it waits, says so, goes on by itself, and the count is the table', async () => {
  const writer = await startWriter({ rowsPerBurst: 500, intervalMs: 2 });
  await reached(writer, 5_000);
  await closePostgres(client);
  process.kill(info.postmasterPid, 'SIGKILL');
  await writer.until(() => writer.waiting !== null, 'the writer to say what it waits for');
  expect(writer.waiting).toMatch(/Could not .*: /);
  await server.ended();
  await startServer();
  await writer.until(() => writer.waiting === null, 'the writer to go on');
  await reached(writer, (writer.lastReport?.rows ?? 0) + 5_000);
  expect(await writer.drain()).toBe(0);
  await expectWholeCycle(writer.lastReport?.rows);
});

test('its session terminated at random moments, small and large bursts', async () => {
  const writer = await startWriter({ rowsPerBurst: 30, intervalMs: 1 });
  for (let i = 1; i <= 12; i++) {
    if (i === 6) writer.configure(config({ rowsPerBurst: 3_000, intervalMs: 0 }));
    await reached(writer, (writer.lastReport?.rows ?? 0) + 100);
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'livedb-writer'`,
    );
  }
  await reached(writer, (writer.lastReport?.rows ?? 0) + 100);
  expect(await writer.drain()).toBe(0);
  await expectWholeCycle(writer.lastReport?.rows);
});

test('two writers at once never write the same burst', async () => {
  const one = await startWriter({ rowsPerBurst: 50, intervalMs: 2 });
  const two = await startWriter({ rowsPerBurst: 150, intervalMs: 2 });
  await reached(one, 10_000);
  await Promise.all([one.drain(), two.drain()]);
  await expectWholeCycle(Math.max(one.lastReport?.rows ?? 0, two.lastReport?.rows ?? 0));
});

test.each(['embedded', 'external'] as const)(
  'cut off at COMMIT, it finds out whether the burst is in (%s)',
  async (kind) => {
    rmSync(join(at.dataDir, 'writer'), { recursive: true, force: true });
    const proxy = new CommitCutter(info.endpoint.port);
    const port = await proxy.listen();
    try {
      const writer = new ChildProgram<WriterReport>('stages/writer');
      writers.push(writer);
      const settings = config({ rowsPerBurst: 300, intervalMs: 1 }, kind);
      await writer.start({ ...settings, postgres: { ...settings.postgres, port } });
      await reached(writer, 900);
      for (const cut of ['before', 'after', 'after', 'before'] as const) {
        proxy.plan.push(cut);
        // A report may be older than the cut: the rows that count are those reported after it.
        await eventually('the cut', () => proxy.plan.length === 0);
        const cutAt = Date.now();
        await writer.until(() => (writer.lastReport?.at ?? 0) > cutAt + 100, 'the writer to go on');
      }
      expect(await writer.drain()).toBe(0);
      expect(writer.incidents).toEqual([]);
      await expectWholeCycle(writer.lastReport?.rows);
    } finally {
      await proxy.close();
    }
  },
);

test('on a foreign database the place is in a file, and a transaction of unknown fate is asked for', async () => {
  rmSync(join(at.dataDir, 'writer'), { recursive: true, force: true });
  await client.query('DROP TABLE livedb_writer');
  try {
    let count = 0;
    for (const rowsPerBurst of [10, 700]) {
      const writer = await startWriter({ rowsPerBurst, intervalMs: 1 }, 'external');
      for (let i = 0; i < 4; i++) {
        await reached(writer, (writer.lastReport?.rows ?? 0) + rowsPerBurst * 3);
        await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'livedb-writer'`,
        );
      }
      await reached(writer, (writer.lastReport?.rows ?? 0) + rowsPerBurst);
      await writer.kill();
      const last = await startWriter({ rowsPerBurst, intervalMs: 60_000 }, 'external');
      await last.until(() => last.reports.length > 1, 'two reports');
      expect(await last.drain()).toBe(0);
      count = await expectWholeCycle(last.lastReport?.rows);
      expect(count).toBeGreaterThan(rowsPerBurst * 10);
    }
  } finally {
    await client.query(createWriterPlace());
  }
});

test('a faulty seed is refused while it runs and the old one goes on; at start it ends the writer for good', async () => {
  const faulty = join(at.dataDir, 'faulty.csv');
  writeFileSync(faulty, 'alpha,1.00,x\nbeta,one,y\n');
  const writer = await startWriter({ rowsPerBurst: 1, intervalMs: 1 });
  await reached(writer, 10);
  writer.configure(config({ rowsPerBurst: 1, intervalMs: 1, seedFile: faulty }));
  await writer.until(() => writer.incidents.length > 0, 'the refusal');
  expect(writer.incidents[0]).toMatchObject({
    code: 'seed.invalid',
    cause: expect.stringContaining('line 2, column 2'),
  });
  await reached(writer, (writer.lastReport?.rows ?? 0) + 60);
  await writer.drain();
  await expectWholeCycle(writer.lastReport?.rows);

  await expect(startWriter({ seedFile: faulty })).rejects.toThrow(/faulty.csv, line 2, column 2/);
  expect(writers.at(-1)?.fatal).toMatchObject({ retry: false, error: { code: 'seed.invalid' } });
});

test('another seed is taken live and begun at its first row', async () => {
  const other = join(at.dataDir, 'other.json');
  writeFileSync(other, JSON.stringify([{ org: 'ünïcode "x"\t\\', amount: -0.5, region: 'r' }]));
  const writer = await startWriter({ rowsPerBurst: 100, intervalMs: 1 });
  await reached(writer, 1_000);
  writer.configure(config({ rowsPerBurst: 100, intervalMs: 1, seedFile: other }));
  await writer.until(
    () => (writer.lastReport?.seed.lap ?? 0) > 200 && writer.lastReport?.seed.rows === 1,
    'the other seed',
  );
  writer.configure(config({ rowsPerBurst: 2, intervalMs: 1, seedFile: other }));
  await reached(writer, (writer.lastReport?.rows ?? 0) + 50);
  await writer.drain();
  const all = await rows();
  expect(all).toHaveLength(writer.lastReport?.rows ?? -1);
  const first = all.findIndex(({ org }) => org.startsWith('ü'));
  expect(all.slice(first).every((row) => row.org === 'ünïcode "x"\t\\' && row.amount === '-0.50')).toBe(true);
});

test('PostgreSQL away at the start: it is up, waits, and ends when asked', async () => {
  const writer = new ChildProgram<WriterReport>('stages/writer');
  writers.push(writer);
  await writer.start({ ...config({}), postgres: { ...info.endpoint, port: 1 } });
  await writer.until(() => writer.waiting !== null, 'waiting');
  expect(writer.waiting).toMatch(/ECONNREFUSED/);
  writer.configure(config({ intervalMs: 1 }));
  await reached(writer, 20);
  expect(await writer.drain()).toBe(0);
});

test.each(['embedded', 'external'] as const)(
  'disorder, written in small and large bursts (%s): the count is the table, and its times are as asked',
  async (kind) => {
    // The place in a file is that of an earlier test's table.
    rmSync(join(at.dataDir, 'writer'), { recursive: true, force: true });
    const disorder = {
      ...NO_DISORDER,
      late: { share: 0.3, delay: 'constant', meanMs: 60_000, maxMs: 60_000 },
      duplicates: { share: 0.2 },
      skew: { exponent: 1 },
      future: { share: 0.1, aheadMs: 3_600_000 },
    } as const;
    const writer = await startWriter({ rowsPerBurst: 7, intervalMs: 5, disorder }, kind);
    await reached(writer, 500);
    writer.configure(config({ rowsPerBurst: 1_234, intervalMs: 5, disorder }, kind));
    await reached(writer, 10_000);
    expect(await writer.drain()).toBe(0);
    const { rows: found } = await client.query<{ n: string; late: string; ahead: string }>(
      `SELECT count(*) AS n,
       count(*) FILTER (WHERE created_at < (clock_timestamp() AT TIME ZONE 'utc') - interval '55 s') AS late,
       count(*) FILTER (WHERE created_at > (clock_timestamp() AT TIME ZONE 'utc') + interval '55 min') AS ahead
     FROM livedb`,
    );
    const [{ n, late, ahead } = { n: '0', late: '0', ahead: '0' }] = found;
    expect(Number(n)).toBe(writer.lastReport?.rows);
    // A fifth of the rows repeats others, of all kinds.
    expect(Number(late) / Number(n)).toBeGreaterThan(0.28);
    expect(Number(late) / Number(n)).toBeLessThan(0.46);
    expect(Number(ahead) / Number(n)).toBeGreaterThan(0.08);
    expect(Number(ahead) / Number(n)).toBeLessThan(0.16);
  },
);

test('a schedule goes through its stages and says which is on', async () => {
  const stages = [
    { rowsPerBurst: 10, intervalMs: 10, seconds: 0.5 },
    { rowsPerBurst: 0, intervalMs: 0, seconds: 0.5 },
  ];
  const writer = await startWriter({ schedule: { stages, loop: true } });
  const seen = new Set<number | undefined>();
  await writer.until(() => {
    seen.add(writer.lastReport?.turn?.stage);
    return seen.has(0) && seen.has(1) && (writer.lastReport?.rows ?? 0) > 600;
  }, 'both stages and a second lap');
  expect(await writer.drain()).toBe(0);
  await expectWholeCycle(writer.lastReport?.rows);
});
