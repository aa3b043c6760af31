// Opens the SQLite file of the history: makes or migrates its tables, and moves a file aside that is corrupt, of a
// newer LiveDB or not LiveDB's at all, so that history never keeps the app from starting. Called by store.ts.
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { APPLICATION_ID, MIGRATIONS, missingSeriesSql } from './schema.sql.ts';

export type HistoryDatabase = Database.Database;

/** A file that could not be used, and where it went. */
export interface MovedFile {
  reason: string;
  movedTo: string;
}

/** Runs after a kill check the whole file, but only when that is quick. */
const QUICK_CHECK_MAX_BYTES = 64 * 1024 * 1024;
const WAL_LIMIT_BYTES = 8 * 1024 * 1024;

class UnusableFile extends Error {}

/** Whether an error of SQLite says that the file itself is damaged, rather than that the disk is full or slow. */
export function isDamage(error: unknown): boolean {
  if (error instanceof UnusableFile) return true;
  if (!(error instanceof Database.SqliteError)) return false;
  return error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB';
}

function checkOwner(db: HistoryDatabase): void {
  const tables = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
  if (tables > 0 && db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new UnusableFile('it is an SQLite file that LiveDB did not make');
  }
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > MIGRATIONS.length) {
    throw new UnusableFile(
      `it was written by a newer LiveDB (file version ${version}, known ${MIGRATIONS.length})`,
    );
  }
}

function checkAfterKill(db: HistoryDatabase): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version === 0) return;
  const open =
    db.prepare<[], { n: number }>('SELECT count(*) AS n FROM runs WHERE ended IS NULL').get()?.n ?? 0;
  const bytes =
    Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
  if (open === 0 || bytes > QUICK_CHECK_MAX_BYTES) return;
  const answer = String(db.pragma('quick_check(1)', { simple: true }));
  if (answer !== 'ok') throw new UnusableFile(`it is damaged: ${answer}`);
}

function migrate(db: HistoryDatabase): void {
  // Must come before the first table: pages freed by pruning are given back to the disk in small steps.
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
  db.pragma('temp_store = MEMORY');
  db.transaction(() => {
    const version = Number(db.pragma('user_version', { simple: true }));
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
    const columns = db.pragma('table_info(points)') as { name: string }[];
    for (const sql of missingSeriesSql(new Set(columns.map((column) => column.name)))) db.exec(sql);
  })();
}

function tryOpen(file: string): HistoryDatabase {
  const db = new Database(file);
  try {
    checkOwner(db);
    checkAfterKill(db);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Renames the file and its journal companions; returns the new name. Nothing is deleted. */
function moveAside(file: string, now: number): string {
  const stamp = new Date(now).toISOString().replaceAll(':', '-').replace('.', '-');
  const target = `${file}.aside-${stamp}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, target + suffix);
  }
  return target;
}

/**
 * Opens or makes the history at `file`; `moved` tells of a file that had to be put aside first. `damage` is what was
 * found in the file after it had been opened: it is then put aside without another look.
 */
export function openHistoryFile(
  file: string,
  now: number,
  damage: string | null = null,
): { db: HistoryDatabase; moved: MovedFile | null } {
  mkdirSync(dirname(file), { recursive: true });
  let reason = damage;
  if (reason === null) {
    try {
      return { db: tryOpen(file), moved: null };
    } catch (error) {
      if (!isDamage(error)) throw error;
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  const movedTo = moveAside(file, now);
  return { db: tryOpen(file), moved: { reason, movedTo } };
}
