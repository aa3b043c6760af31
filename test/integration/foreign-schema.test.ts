import { execFile } from 'node:child_process';
import { chmod, chown, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closePostgres, connectPostgres, type PgClient } from '../../src/clients/postgres.ts';
import { inspectForeign, prepareForeign } from '../../src/main/services/foreign-schema.ts';
import type { PostgresEndpoint, WriterReport } from '../../src/shared/link.ts';
import { DEFAULT_SETTINGS } from '../../src/shared/settings.ts';
import { ChildProgram } from '../support/child-program.ts';
import { makeDataFolder } from '../support/data-folder.ts';
import {
  type DebianPostgres,
  debianPostgresMissing,
  startDebianPostgres,
} from '../support/debian-postgres.ts';
import { eventually } from '../support/eventually.ts';

const run = promisify(execFile);
const missing = debianPostgresMissing();
if (missing !== null)
  process.stderr.write(`Skipped: the foreign PostgreSQL of the tests, because ${missing}.\n`);

// The tables as people have them, beside LiveDB's own shape.
const THEIR_TABLES = `
  CREATE TABLE livedb (id SERIAL PRIMARY KEY, org VARCHAR(255) NOT NULL, amount DECIMAL(10,2) NOT NULL,
    region VARCHAR(255) NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
  INSERT INTO livedb (org, amount, region) VALUES ('theirs', 1, 'r'), ('theirs', 2, 'r')`;

let server: DebianPostgres;
let client: PgClient;

const guest = (): PostgresEndpoint => ({ ...server.endpoint, user: 'guest', password: 'guest' });
const tables = async () =>
  (await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`)).rows.map(
    ({ tablename }) => tablename,
  );

beforeAll(async () => {
  if (missing !== null) return;
  server = await startDebianPostgres();
  client = await connectPostgres(server.endpoint, { applicationName: 'test' });
  await client.query(`CREATE ROLE guest LOGIN PASSWORD 'guest'`);
});
afterAll(async () => {
  if (missing !== null) return;
  await closePostgres(client);
  await server.stop();
});

test.skipIf(missing !== null)('looking changes nothing, preparing adds what is missing, once', async () => {
  await client.query('DROP TABLE IF EXISTS livedb, producer_offsets');
  expect((await inspectForeign(server.endpoint)).blocked).toBe('There is no table livedb.');
  expect(await tables()).toEqual([]);

  await client.query(THEIR_TABLES);
  expect(await inspectForeign(server.endpoint)).toMatchObject({
    blocked: null,
    proposal: expect.stringMatching(/tx xid8/),
  });
  await prepareForeign(server.endpoint);
  expect(await inspectForeign(server.endpoint)).toEqual({ blocked: null, proposal: null });
  await prepareForeign(server.endpoint);
  expect(await tables()).toEqual(['livedb', 'producer_offsets']);
  const { rows } = await client.query('SELECT count(*) AS rows, count(tx) AS stamped FROM livedb');
  expect(rows).toEqual([{ rows: '2', stamped: '2' }]);

  await client.query('DROP TABLE livedb, producer_offsets');
  await prepareForeign(server.endpoint);
  expect(await inspectForeign(server.endpoint)).toEqual({ blocked: null, proposal: null });
});

test.skipIf(missing !== null)(
  'without rights it says so, and a refused preparation leaves nothing half done',
  async () => {
    await client.query('DROP TABLE IF EXISTS livedb, producer_offsets');
    expect((await inspectForeign(guest())).blocked).toMatch(/guest may not create one in schema public/);
    await client.query(THEIR_TABLES);
    expect((await inspectForeign(guest())).blocked).toMatch(/guest may not read the table livedb/);
    await client.query('GRANT SELECT ON livedb TO guest');
    expect(await inspectForeign(guest())).toMatchObject({
      blocked: null,
      proposal: expect.stringMatching(/Only the owner/),
    });
    await expect(prepareForeign(guest())).rejects.toMatchObject({ data: { code: 'postgres.rights' } });
    expect(await tables()).toEqual(['livedb']);
  },
);

test.skipIf(missing !== null)(
  'the writer works on their table as it is, and makes none of its own',
  async () => {
    await client.query(`DROP TABLE IF EXISTS livedb, producer_offsets; ${THEIR_TABLES}`);
    using folder = makeDataFolder('foreign-writer');
    const writer = new ChildProgram<WriterReport>('stages/writer');
    try {
      await writer.start({
        dataDir: folder.dataDir,
        logDir: folder.logDir,
        postgres: server.endpoint,
        shippedSeed: resolve(import.meta.dirname, '../../seed/livedb_seed.csv'),
        settings: { ...DEFAULT_SETTINGS.writer, rowsPerBurst: 300, intervalMs: 5 },
      });
      await writer.until(() => (writer.lastReport?.rows ?? 0) >= 1_000, '1,000 rows');
      expect(await writer.drain()).toBe(0);
      const { rows } = await client.query(`SELECT count(*)::int AS rows FROM livedb WHERE org <> 'theirs'`);
      expect(rows).toEqual([{ rows: writer.lastReport?.rows }]);
      expect(await tables()).toEqual(['livedb']);
    } finally {
      await writer.kill();
    }
  },
);

test.skipIf(missing !== null)('a wrong password, database and port are told apart', async () => {
  const { endpoint } = server;
  await expect(inspectForeign({ ...endpoint, password: 'x' })).rejects.toMatchObject({
    data: { code: 'postgres.auth' },
  });
  await expect(inspectForeign({ ...endpoint, database: 'x' })).rejects.toMatchObject({
    data: { code: 'postgres.database' },
  });
  await expect(inspectForeign({ ...endpoint, port: 1 })).rejects.toMatchObject({
    data: { code: 'postgres.refused' },
  });
  await expect(inspectForeign({ ...endpoint, ssl: true })).rejects.toMatchObject({
    data: { code: 'postgres.tls' },
  });
});

/** A certificate for 127.0.0.1 signed by itself, made known to the server. Null without openssl. */
async function giveCertificate(): Promise<string | null> {
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
  const folder = rows[0]?.data_directory ?? '';
  const [key, certificate] = [join(folder, 'test.key'), join(folder, 'test.crt')];
  const subject = ['-subj', '/CN=livedb-test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  try {
    await run('openssl', [
      ...'req -x509 -newkey rsa:2048 -nodes -days 2'.split(' '),
      ...subject,
      '-keyout',
      key,
      '-out',
      certificate,
    ]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { uid, gid } = await stat(folder);
  for (const file of [key, certificate]) {
    await chown(file, uid, gid);
    await chmod(file, 0o600);
  }
  await client.query(`ALTER SYSTEM SET ssl_cert_file = 'test.crt'`);
  await client.query(`ALTER SYSTEM SET ssl_key_file = 'test.key'`);
  await client.query('ALTER SYSTEM SET ssl = on');
  await client.query('SELECT pg_reload_conf()');
  await eventually('the server to speak TLS', async () => {
    const fresh = await connectPostgres(server.endpoint, { applicationName: 'test' });
    const { rows: shown } = await fresh.query<{ ssl: string }>('SHOW ssl');
    await closePostgres(fresh);
    return shown[0]?.ssl === 'on';
  });
  return certificate;
}

test.skipIf(missing !== null)(
  'TLS: an unknown certificate is refused, a known one is verified',
  async (context) => {
    const certificate = await giveCertificate();
    if (certificate === null) return context.skip('openssl is not installed here');
    const secure = { ...server.endpoint, ssl: true };
    await expect(inspectForeign(secure)).rejects.toMatchObject({
      data: { code: 'postgres.tls', remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS') },
    });
    // Authorities are read when a process starts: a fresh one that trusts it gets in.
    const program = `
    import { connectPostgres, closePostgres } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/clients/postgres.ts'))};
    const client = await connectPostgres(JSON.parse(process.env.ENDPOINT), { applicationName: 'tls' });
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    process.stdout.write(JSON.stringify(rows));
    await closePostgres(client);`;
    const env = { ...process.env, ENDPOINT: JSON.stringify(secure), NODE_EXTRA_CA_CERTS: certificate };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env });
    expect(JSON.parse(stdout)).toEqual([{ ssl: true }]);
  },
);
