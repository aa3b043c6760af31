// One LiveDB a data folder: an exclusive lock that the system frees with the process, however it dies, and a note
// beside it that tells a second LiveDB who holds it. Used by data-folder.ts.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { LiveDbError } from '../shared/errors.ts';

const LOCK_FILE = 'lock.sqlite';
const HOLDER_FILE = 'lock.json';

const Holder = z.object({ pid: z.number(), since: z.string(), url: z.string().nullable() });
type Holder = z.infer<typeof Holder>;

export interface FolderLock {
  /** Writes down where the holder can be reached, for the sentence a second LiveDB prints. */
  announce(url: string | null): void;
  release(): void;
}

/** The note of the holder; null when there is none or it is half written, which only costs detail in a sentence. */
function readHolder(file: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

function locked(dir: string, holder: Holder | null): LiveDbError {
  const who =
    holder === null
      ? 'another LiveDB'
      : `another LiveDB (process ${holder.pid}${holder.url === null ? '' : `, ${holder.url}`}, since ${holder.since})`;
  return new LiveDbError({
    code: 'folder-locked',
    message: `The data folder ${dir} is in use by ${who}.`,
    remedy: 'Use that one, stop it first, or give this one a folder of its own with --data DIR.',
    details: holder,
  });
}

/** Takes the lock of `dir` or throws LiveDbError `folder-locked` at once, naming the holder. */
export function lockFolder(dir: string, now: () => Date = () => new Date()): FolderLock {
  const holderFile = join(dir, HOLDER_FILE);
  // SQLite's own file locks: known to work on every platform, gone with the process, and already on board.
  const db = new Database(join(dir, LOCK_FILE), { timeout: 0 });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw locked(dir, readHolder(holderFile));
    }
    throw error;
  }
  chmodSync(join(dir, LOCK_FILE), 0o600);
  const since = now().toISOString();
  const announce = (url: string | null) => {
    const holder: Holder = { pid: process.pid, since, url };
    writeFileSync(holderFile, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  };
  announce(null);
  return {
    announce,
    release() {
      if (!db.open) return;
      rmSync(holderFile, { force: true });
      db.close();
    },
  };
}
