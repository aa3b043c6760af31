// The one folder LiveDB keeps everything in: where it is, that it can be written, that the disk has room, and that no
// other LiveDB uses it. Opened by the entry points before anything else.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import { LiveDbError } from '../shared/errors.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';

/** PostgreSQL's files, the broker's log and the history need room to begin with. */
export const MIN_FREE_BYTES = 500 * 1024 * 1024;

const HISTORY_FILE = 'history.sqlite';

export interface DataFolder {
  path: string;
  logDir: string;
  historyFile: string;
  lock: FolderLock;
  /** Frees the folder of a start that came to nothing, and takes away what opening it has made and nobody has filled. */
  leave(): void;
}

export interface FolderSurroundings {
  platform: NodeJS.Platform;
  /** User id; undefined on Windows. */
  uid: number | undefined;
  freeBytes(path: string): number;
}

const here = (): FolderSurroundings => ({
  platform: process.platform,
  uid: process.getuid?.(),
  freeBytes: (path) => {
    const disk = statfsSync(path);
    return disk.bavail * disk.bsize;
  },
});

/** The platform's application-data folder; for root on Linux a system-wide one that other users can pass through. */
export function defaultDataDir(surroundings: Pick<FolderSurroundings, 'platform' | 'uid'> = here()): string {
  if (surroundings.platform === 'linux' && surroundings.uid === 0) return '/var/lib/livedb';
  return envPaths('LiveDB', { suffix: '' }).data;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function diskFull(path: string, free: string): LiveDbError {
  return new LiveDbError({
    code: 'disk-full',
    message: `The disk of the data folder ${path} is full: ${free}, and LiveDB needs ${MIN_FREE_BYTES / 1024 / 1024} MB to start.`,
    remedy: 'Free some space, or choose a folder on another disk with --data DIR.',
  });
}

function notWritable(path: string, error: unknown): LiveDbError {
  if (codeOf(error) === 'ENOSPC') return diskFull(path, 'no space is left');
  return new LiveDbError({
    code: 'folder-not-writable',
    message: `The data folder ${path} cannot be written: ${reason(error)}.`,
    remedy: 'Correct its rights, or choose another folder with --data DIR.',
  });
}

/** Makes `path` and what is missing above it, step by step: Node's own `recursive` never returns where a file system
 *  that holds the parent answers ENOENT all the same (/proc, for one), and no signal would end it. */
function makePath(path: string, mode: number): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makePath(parent, mode);
  mkdirSync(path, { mode });
}

/** Makes the folder, private to its user; as root others may pass through it, since PostgreSQL runs as another user. */
function makeFolder(path: string, asRoot: boolean): void {
  try {
    makePath(path, asRoot ? 0o711 : 0o700);
    const mode = statSync(path).mode & 0o777;
    if (asRoot && (mode & 0o011) !== 0o011) chmodSync(path, mode | 0o011);
    makePath(join(path, 'logs'), 0o700);
    const probe = join(path, '.write-probe');
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    throw notWritable(path, error);
  }
}

/** What there is not yet of the folder and of what opening it makes, outermost first. */
function missing(path: string): string[] {
  const above = [path];
  for (let at = path; dirname(at) !== at && !existsSync(dirname(at)); at = dirname(at))
    above.unshift(dirname(at));
  const inside = ['logs', 'lock.sqlite', HISTORY_FILE].map((name) => join(path, name));
  return [...above, ...inside].filter((one) => !existsSync(one));
}

/** Files without content and folders without files. */
function removeEmpty(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory() ? readdirSync(path).length === 0 : found.size === 0) {
    if (found.isDirectory()) rmdirSync(path);
    else rmSync(path);
  }
}

/**
 * Opens the data folder at `path`. Throws LiveDbError `folder-not-writable`, `disk-full` or `folder-locked`;
 * nothing but an empty folder is left behind then.
 */
export function openDataFolder(path: string, surroundings: FolderSurroundings = here()): DataFolder {
  const made = missing(path);
  makeFolder(path, surroundings.platform === 'linux' && surroundings.uid === 0);
  const free = surroundings.freeBytes(path);
  if (free < MIN_FREE_BYTES) throw diskFull(path, `${Math.floor(free / 1024 / 1024)} MB are free`);
  let lock: FolderLock;
  try {
    lock = lockFolder(path);
  } catch (error) {
    throw error instanceof LiveDbError ? error : notWritable(path, error);
  }
  const historyFile = join(path, HISTORY_FILE);
  try {
    // For its user alone from the first byte on; SQLite gives the files beside it the same rights.
    writeFileSync(historyFile, '', { flag: 'a', mode: 0o600 });
  } catch (error) {
    lock.release();
    throw notWritable(path, error);
  }
  const leave = () => {
    lock.release();
    for (const one of made.toReversed()) removeEmpty(one);
  };
  return { path, logDir: join(path, 'logs'), historyFile, lock, leave };
}
