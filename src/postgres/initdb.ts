// Makes a new cluster: initdb into a folder beside the final one, renamed when it is whole, so that a run that was
// killed half-way is never taken for a database.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chown, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LiveDbError } from '../shared/errors.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Placement } from './placement.ts';
import { INCLUDE_LINE } from './server-settings.ts';

export const DATABASE = 'livedb';
export const USER = 'livedb';

/** How a program of PostgreSQL is run: under the server's account, in a folder it can enter, without PG* variables. */
export function programOptions(account: Account | null, cwd: string) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_'),
  );
  return {
    cwd,
    env: { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' },
    windowsHide: true,
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  };
}

/** The major version a cluster was made with, or null when there is no (whole) cluster. */
export async function clusterVersion(cluster: string): Promise<string | null> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function runInitdb(
  program: string,
  args: string[],
  account: Account | null,
  cwd: string,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...programOptions(account, cwd),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? null : said.trim()));
  });
}

function initdbFailed(said: string, cluster: string): LiveDbError {
  if (/No space left on device|could not extend|disk full/i.test(said)) {
    return new LiveDbError({
      code: 'final.disk-full',
      message: `The disk is full: there was no room to create the database in ${cluster}.`,
      remedy: 'Free at least 200 MB there, or choose another data folder with --data, and start again.',
    });
  }
  if (/Permission denied/i.test(said)) {
    return new LiveDbError({
      code: 'final.not-writable',
      message: `The database could not be created in ${cluster}: permission denied.`,
      remedy: 'Make the folder writable, or choose another data folder with --data, and start again.',
    });
  }
  return new LiveDbError({
    code: 'postgres.initdb',
    message: `The database could not be created: ${said.split('\n').at(-1) ?? 'initdb ended without a word'}`,
    remedy: 'See the log of postgres in the data folder.',
    details: { output: said },
  });
}

/** Makes the cluster unless it is there. Returns whether it was made. Throws LiveDbError when it cannot be. */
export async function ensureCluster(
  binaries: Binaries,
  placement: Placement,
  account: Account | null,
  password: string,
): Promise<boolean> {
  const { cluster, parent } = placement;
  const found = await clusterVersion(cluster);
  const major = binaries.version.split('.')[0] ?? '';
  if (found === major) return false;
  if (found !== null) {
    throw new LiveDbError({
      code: 'final.postgres-version',
      message: `The database in ${cluster} is of PostgreSQL ${found}; this LiveDB brings ${major}.`,
      remedy: `Start the LiveDB that made it, or move ${cluster} away to begin with an empty database.`,
    });
  }
  await removeHalfMade(placement);
  const staging = `${cluster}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${staging}.pw`;
  try {
    await mkdir(staging, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (account !== null) {
      await chown(staging, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    const args = [
      `--pgdata=${staging}`,
      '--locale=C',
      '--encoding=UTF8',
      '--auth=scram-sha-256',
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
    ];
    const failure = await runInitdb(binaries.initdb, args, account, parent);
    if (failure !== null) throw initdbFailed(failure, cluster);
    await appendFile(join(staging, 'postgresql.conf'), INCLUDE_LINE);
    await rename(staging, cluster);
    return true;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw initdbFailed('No space left on device', cluster);
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw initdbFailed('Permission denied', cluster);
    throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Removes the staging folders that a killed initdb left. The final folder is only ever taken when it is empty. */
async function removeHalfMade({ cluster, parent }: Placement): Promise<void> {
  const prefix = `${basename(cluster)}.new-`;
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true });
  }
  const content = await readdir(cluster).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (content === null) return;
  if (content.length > 0) {
    throw new LiveDbError({
      code: 'final.postgres-folder',
      message: `The folder ${cluster} holds files, but they are not a whole database (PG_VERSION is missing).`,
      remedy: 'Move it away to begin with an empty database, or choose another data folder with --data.',
    });
  }
  await rmdir(cluster);
}
