import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { closePostgres, connectPostgres } from '../../src/clients/postgres.ts';
import type { PostgresReady } from '../../src/shared/link.ts';
import { ChildProgram } from '../support/child-program.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';

const run = promisify(execFile);
const folders: DataFolder[] = [];
const children: ChildProgram<never>[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exit === null) await child.drain().catch(() => child.kill());
  }
  for (const folder of folders.splice(0)) folder[Symbol.dispose]();
});

function folder(): DataFolder {
  const made = makeDataFolder('postgres');
  folders.push(made);
  return made;
}

async function start(at: DataFolder, port: number | null = null) {
  const child = new ChildProgram<never>('postgres');
  children.push(child);
  const info = await child.start<PostgresReady>({ dataDir: at.dataDir, logDir: at.logDir, port });
  return { child, info };
}

async function query(info: PostgresReady, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connectPostgres(info.endpoint, { applicationName: 'test' });
  try {
    return (await client.query(sql)).rows;
  } finally {
    await closePostgres(client);
  }
}

const insert = `INSERT INTO livedb (org, amount, region) VALUES ('alpha-cloud', 512.45, 'us-east-1')`;

test('the first start makes cluster, user, tables and settings; a restart keeps rows, password and port', async () => {
  const at = folder();
  const first = await start(at);
  expect(first.info.version).toMatch(/^18\./);
  expect(first.info.endpoint).toMatchObject({ host: '127.0.0.1', database: 'livedb', user: 'livedb' });
  if (process.platform !== 'win32') {
    expect(statSync(join(at.dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
  }
  await query(first.info, insert);
  const [settings] = await query(
    first.info,
    `SELECT current_setting('wal_level') AS wal, current_setting('timezone') AS zone, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS commit, current_setting('listen_addresses') AS listens`,
  );
  expect(settings).toEqual({ wal: 'logical', zone: 'UTC', fsync: 'on', commit: 'on', listens: '127.0.0.1' });
  expect(await first.child.drain()).toBe(0);

  const second = await start(at);
  expect(second.info.endpoint).toEqual(first.info.endpoint);
  const [row] = await query(second.info, 'SELECT id, amount, tx::text AS tx, created_at FROM livedb');
  expect(row).toMatchObject({ id: '1', amount: '512.45' });
  expect(row?.tx).toMatch(/^\d+$/);
  expect(Math.abs(Date.parse(`${String(row?.created_at).replace(' ', 'T')}Z`) - Date.now())).toBeLessThan(
    60_000,
  );
});

test('psql gets in with the url and the password, and not without', async (context) => {
  const { info } = await start(folder());
  const { host, port, user, password, database } = info.endpoint;
  const ask = (secret: string) =>
    run('psql', [`postgresql://${user}:${secret}@${host}:${port}/${database}`, '-Atc', 'SELECT 41 + 1']);
  if (!(await run('psql', ['--version']).then(Boolean, () => false)))
    context.skip('psql is not installed here');
  expect((await ask(password)).stdout.trim()).toBe('42');
  await expect(ask('wrong')).rejects.toThrow(/password authentication failed/);
});

test('a SIGKILL of the server is noticed by itself, and the next start has every committed row on the same port', async () => {
  const at = folder();
  const { child, info } = await start(at);
  // A backend in the middle of a long statement outlives its server unless somebody ends it.
  const busy = await connectPostgres(info.endpoint, { applicationName: 'busy' });
  const stuck = expect(busy.query('SELECT count(*) FROM generate_series(1, 2000000000)')).rejects.toThrow();
  await query(info, `${insert}, ('beta-labs', 1.00, 'eu-central-1')`);
  process.kill(info.postmasterPid, 'SIGKILL');
  await child.ended();
  expect(child.fatal).toMatchObject({ retry: true, error: { code: 'postgres.killed' } });
  const again = await start(at);
  expect(again.info.endpoint.port).toBe(info.endpoint.port);
  expect(await query(again.info, 'SELECT count(*) FROM livedb')).toEqual([{ count: '2' }]);
  await stuck;
});

test('the call "kill" ends the server as the chaos button asks', async () => {
  const { child } = await start(folder());
  child.call('kill');
  await child.ended();
  expect(child.fatal).toMatchObject({ retry: true, error: { code: 'postgres.killed' } });
});

test('a server left over by a killed host is ended, and the folder taken over', async () => {
  const at = folder();
  const { child, info } = await start(at);
  await query(info, insert);
  const killed = performance.now();
  await child.kill();
  const again = await start(at);
  expect(performance.now() - killed).toBeLessThan(5_000);
  expect(again.info.postmasterPid).not.toBe(info.postmasterPid);
  expect(await query(again.info, 'SELECT count(*) FROM livedb')).toEqual([{ count: '1' }]);
});

test('the server ends when the parent is gone, and leaves no process behind', async () => {
  const { child, info } = await start(folder());
  child.orphan();
  await child.ended(4_000);
  expect(() => process.kill(info.postmasterPid, 0)).toThrow(/ESRCH/);
});

test('what a broken-off initdb left is removed; a folder with other files is refused and left alone', async () => {
  const at = folder();
  // Where the cluster lies is for the server to say: a closed folder as root puts it elsewhere.
  const halfMade = join(at.dataDir, 'postgres.new-1-dead');
  mkdirSync(halfMade);
  writeFileSync(join(halfMade, 'PG_VERSION'), '18\n');
  const first = await start(at);
  expect(await query(first.info, 'SELECT count(*) FROM livedb')).toEqual([{ count: '0' }]);
  expect(readdirSync(at.dataDir).filter((name) => name.includes('.new-'))).toEqual([]);
  await first.child.drain();
  rmSync(join(at.dataDir, 'postgres', 'PG_VERSION'));
  await expect(start(at)).rejects.toThrow(/not a whole database/);
  expect(readdirSync(join(at.dataDir, 'postgres'))).toContain('base');
});

test('a lost password file is made anew and the rows are kept', async (context) => {
  const at = folder();
  const first = await start(at);
  const cluster = String((await query(first.info, 'SHOW data_directory'))[0]?.data_directory);
  if (!cluster.startsWith(at.dataDir)) context.skip('the cluster lies outside the data folder here');
  await query(first.info, insert);
  await first.child.drain();
  rmSync(join(at.dataDir, 'postgres-password'));
  const second = await start(at);
  expect(second.info.endpoint.password).not.toBe(first.info.endpoint.password);
  expect(await query(second.info, 'SELECT count(*) FROM livedb')).toEqual([{ count: '1' }]);
});

test('a cluster of another major version is refused with a sentence, and left alone', async () => {
  const at = folder();
  const first = await start(at);
  const cluster = String((await query(first.info, 'SHOW data_directory'))[0]?.data_directory);
  await first.child.drain();
  writeFileSync(join(cluster, 'PG_VERSION'), '12\n');
  await expect(start(at)).rejects.toThrow(/of PostgreSQL 12; this LiveDB brings 18/);
  expect(readFileSync(join(cluster, 'PG_VERSION'), 'utf8')).toBe('12\n');
});

test('a taken port is left to its owner', async () => {
  const one = await start(folder());
  const two = await start(folder(), one.info.endpoint.port);
  expect(two.info.endpoint.port).not.toBe(one.info.endpoint.port);
});

test('the beat tells the memory of the whole server, shared buffers once', async () => {
  const { child } = await start(folder());
  await child.until(() => child.beats.length >= 3, 'three beats');
  const beat = child.beats.at(-1);
  expect(beat?.rssBytes).toBeGreaterThan(20_000_000);
  expect(beat?.rssBytes).toBeLessThan(250_000_000);
});

test('as root, in a folder closed to others, the cluster lies in /var/lib/livedb', async (context) => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) context.skip('only as root on Linux');
  const at = makeDataFolder('postgres-closed', { closed: true });
  folders.push(at);
  const { info, child } = await start(at);
  expect(String((await query(info, 'SHOW data_directory'))[0]?.data_directory)).toMatch(
    /^\/var\/lib\/livedb\//,
  );
  const owner = execFileSync('ps', ['-o', 'user=', '-p', String(info.postmasterPid)])
    .toString()
    .trim();
  expect(owner).not.toBe('root');
  await query(info, insert);
  await child.drain();
  // The same path made anew is another database: the rows of the deleted folder do not come back.
  rmSync(at.dataDir, { recursive: true });
  mkdirSync(at.dataDir, { mode: 0o700 });
  const anew = await start(at);
  expect(await query(anew.info, 'SELECT count(*) FROM livedb')).toEqual([{ count: '0' }]);
});
