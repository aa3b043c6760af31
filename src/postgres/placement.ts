// Decides where the database's files live: `postgres` in the data folder, or below /var/lib/livedb when we are root and
// the server's account cannot reach the data folder (/root is 0700). Also keeps the password and the port there.
import { createHash, randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Account, canReach } from './account.ts';

/** Where root keeps what must not lie in root's own folders. */
export const ROOT_FOLDER = '/var/lib/livedb';

export interface Placement {
  /** The cluster's folder (PGDATA); it may not exist yet. */
  cluster: string;
  /** Folder above it, which the server's account may enter. */
  parent: string;
  /** Why it does not lie in the data folder; null when it does. */
  note: string | null;
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Reads the kept password or makes one (24 random bytes), readable by us alone. */
export async function keptPassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'postgres-password');
  const kept = (await readFile(file, 'utf8').catch(absent))?.trim();
  if (kept !== undefined && kept !== '') return kept;
  const made = randomBytes(24).toString('base64url');
  await writeWhole(file, `${made}\n`);
  return made;
}

/** The port of the last time, or null. */
export async function keptPort(dataDir: string): Promise<number | null> {
  const port = Number(await readFile(join(dataDir, 'postgres-port'), 'utf8').catch(absent));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}

export function keepPort(dataDir: string, port: number): Promise<void> {
  return writeWhole(join(dataDir, 'postgres-port'), `${port}\n`);
}

async function writeWhole(file: string, text: string): Promise<void> {
  const staging = `${file}.new`;
  await writeFile(staging, text, { mode: 0o600, flush: true });
  await rename(staging, file);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/**
 * Finds the place. Outside the data folder, the place is named after the data folder's path and marked with a digest of
 * its password: a data folder that was deleted and made anew does not get the old one's rows; those are set aside once.
 */
export async function placeCluster(
  dataDir: string,
  password: string,
  account: Account | null,
): Promise<Placement> {
  if (account === null || (await canReach(dataDir, account))) {
    return { cluster: join(dataDir, 'postgres'), parent: dataDir, note: null };
  }
  const parent = join(ROOT_FOLDER, hash(resolve(dataDir)).slice(0, 16));
  const cluster = join(parent, 'postgres');
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const mark = join(parent, 'belongs-to');
  const owner = `${hash(password)} ${resolve(dataDir)}\n`;
  const found = await readFile(mark, 'utf8').catch(absent);
  if (found !== undefined && found !== owner) {
    await rm(`${cluster}.of-a-deleted-data-folder`, { recursive: true, force: true });
    await rename(cluster, `${cluster}.of-a-deleted-data-folder`).catch(absent);
  }
  await writeWhole(mark, owner);
  await chown(parent, account.uid, account.gid);
  const note = `The account ${account.name} cannot reach ${dataDir}: PostgreSQL keeps its files in ${cluster}.`;
  return { cluster, parent, note };
}
