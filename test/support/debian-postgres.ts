// A PostgreSQL that is not ours, as Debian ships it, for tests: a cluster of its own in a temporary folder on a free
// port. Where it cannot be run, `debianPostgresMissing` says why and tests skip with that reason.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresEndpoint } from '../../src/shared/link.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);
const HOME = '/usr/lib/postgresql';

function binaries(): string | null {
  if (!existsSync(HOME)) return null;
  const versions = readdirSync(HOME).filter((name) => existsSync(join(HOME, name, 'bin', 'initdb')));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? null : join(HOME, newest, 'bin');
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Null when Debian's PostgreSQL can be run here; else the reason why not. */
export function debianPostgresMissing(): string | null {
  if (binaries() === null) return "Debian's package postgresql is not installed";
  if (!isRoot()) return null;
  try {
    execFileSync('id', ['-u', 'postgres']);
    return null;
  } catch {
    return 'there is no user "postgres" to run it as';
  }
}

export interface DebianPostgres {
  endpoint: PostgresEndpoint;
  url: string;
  stop(): Promise<void>;
}

/** `settings`: more of the server's own; `nextXid`: the number of its first transaction, in the last million below 2^32. */
export async function startDebianPostgres(
  options: { settings?: readonly string[]; nextXid?: number } = {},
): Promise<DebianPostgres> {
  const bin = binaries();
  if (bin === null) throw new Error(debianPostgresMissing() ?? '');
  const folder = await mkdtemp(join(tmpdir(), 'livedb-debian-postgres-'));
  const data = join(folder, 'data');
  const asPostgres = async (program: string, args: string[]) => {
    const path = join(bin, program);
    // pg_ctl's child keeps its output open: nothing of it is read.
    const options = { cwd: folder, timeout: 60_000 };
    return isRoot()
      ? run('/sbin/runuser', ['-u', 'postgres', '--', path, ...args], options)
      : run(path, args, options);
  };
  const asOwner = (path: string) => {
    const number = (of: '-u' | '-g') => Number(execFileSync('id', [of, 'postgres']).toString());
    return chown(path, number('-u'), number('-g'));
  };
  if (isRoot()) {
    await chmod(folder, 0o700);
    await asOwner(folder);
  }
  const password = 'not-a-secret';
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o644 });
  await asPostgres('initdb', [
    ...['-D', data, '-U', 'owner', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-N'],
    ...['--encoding=UTF8', '--locale=C'],
  ]);
  const port = await freePort();
  const more = (options.settings ?? []).map((setting) => ` -c ${setting}`).join('');
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_prepared_transactions=5${more}`;
  const url = `postgres://owner:${password}@127.0.0.1:${port}/postgres`;
  const start = () =>
    asPostgres('pg_ctl', ['start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', settings]);
  await start();
  if (options.nextXid !== undefined) {
    // Rows of the first transactions would lie in the future.
    await run(join(bin, 'vacuumdb'), ['--all', '--freeze', '--quiet', `--maintenance-db=${url}`]);
    await asPostgres('pg_ctl', ['stop', '-m', 'fast', '-D', data]);
    const xid = String(options.nextXid);
    await asPostgres('pg_resetwal', ['-e', '0', '-x', xid, '-u', String(options.nextXid - 100), data]);
    // The commit log of these numbers, which pg_resetwal leaves to us (its page says so): 2 bits each, 2^20 a file.
    const log = join(data, 'pg_xact', '0FFF');
    await writeFile(log, Buffer.alloc(256 * 1024));
    if (isRoot()) await asOwner(log);
    await start();
  }
  return {
    endpoint: {
      kind: 'external',
      host: '127.0.0.1',
      port,
      database: 'postgres',
      user: 'owner',
      password,
      ssl: false,
    },
    url,
    stop: async () => {
      await asPostgres('pg_ctl', ['stop', '-m', 'immediate', '-D', data]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
