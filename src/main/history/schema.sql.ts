// Tables of the history file, as migrations: each entry brings the file from its index to the next version.
// Used by file.ts alone. An entry that has been released is never changed; a new one is added behind it.
import { SERIES } from '../../shared/history.ts';
import { createComparisonsSql } from './comparisons.sql.ts';
import { createOutcomesSql } from './outcomes.sql.ts';
import { RESULT_COLUMNS } from './results.sql.ts';

/** "LDBH": marks the file as LiveDB's history, so that a foreign SQLite file is never written to. */
export const APPLICATION_ID = 0x4c444248;

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE points (
    step INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (step, at)
  ) WITHOUT ROWID;
  CREATE TABLE results (
    query TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    kind TEXT NOT NULL,
    grp TEXT NOT NULL,
    ${RESULT_COLUMNS},
    PRIMARY KEY (query, start, "end", kind, grp)
  ) WITHOUT ROWID;
  CREATE TABLE replays (
    id TEXT PRIMARY KEY,
    started INTEGER NOT NULL,
    status TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE replay_results (
    replay TEXT NOT NULL,
    query TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    kind TEXT NOT NULL,
    grp TEXT NOT NULL,
    ${RESULT_COLUMNS},
    PRIMARY KEY (replay, query, start, "end", kind, grp)
  ) WITHOUT ROWID;
  CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    ended INTEGER,
    severity TEXT NOT NULL,
    subject TEXT,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    cause TEXT NOT NULL,
    remedy TEXT
  ) WITHOUT ROWID;
  CREATE INDEX incidents_at ON incidents (at);
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started INTEGER NOT NULL,
    ended INTEGER,
    alive INTEGER NOT NULL,
    version TEXT NOT NULL
  );
  `,
  `
  CREATE TABLE passages (
    partition INTEGER NOT NULL,
    at INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    frame INTEGER,
    PRIMARY KEY (partition, at)
  ) WITHOUT ROWID;
  `,
  // Aggregates that were not asked for are empty texts in the columns of before, NULL here.
  `
  ALTER TABLE results ADD COLUMN distinct_orgs INTEGER;
  ALTER TABLE replay_results ADD COLUMN distinct_orgs INTEGER;
  `,
  `
  CREATE TABLE moment_bases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    steady BLOB NOT NULL,
    sample BLOB NOT NULL
  );
  CREATE TABLE moments (
    at INTEGER PRIMARY KEY,
    base INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    body BLOB NOT NULL
  );
  CREATE INDEX moments_rank ON moments (rank, at);
  CREATE INDEX moments_base ON moments (base);
  CREATE TABLE annotations (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    until INTEGER,
    text TEXT NOT NULL,
    created INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX annotations_at ON annotations (at);
  `,
  createOutcomesSql(),
  createComparisonsSql(),
];

/** One REAL column a series: a series that a later version adds gets its column without a migration of its own. */
export function missingSeriesSql(present: ReadonlySet<string>): string[] {
  return SERIES.filter((series) => !present.has(series)).map(
    (series) => `ALTER TABLE points ADD COLUMN ${series} REAL`,
  );
}
