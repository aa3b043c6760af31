// SQL of window results, live ones and those of replays. Used by results.ts, comparisons.sql.ts and retention.ts.

/** The figures of a window as the tables were made with; columns of later are added by migrations. */
export const RESULT_COLUMNS = `
  revision INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum TEXT NOT NULL,
  avg TEXT NOT NULL,
  min TEXT NOT NULL,
  max TEXT NOT NULL,
  p50 TEXT NOT NULL,
  p95 TEXT NOT NULL,
  p99 TEXT NOT NULL,
  final INTEGER NOT NULL`;

export const KEY = ['query', 'start', '"end"', 'kind', 'grp'] as const;
export const FIGURES = [
  'revision',
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'p50',
  'p95',
  'p99',
  'final',
  'distinct_orgs',
] as const;
/**
 * What has to be the same for two results of one window to be equal; revision and finality are not compared, nor what
 * only one of the two was asked for.
 */
const COMPARED = ['sum', 'avg', 'min', 'max', 'p50', 'p95', 'p99', 'distinct_orgs'] as const;

export const names = (columns: readonly string[], prefix = '') =>
  columns.map((column) => `${prefix}${column}`).join(', ');
const marks = (count: number) => Array.from({ length: count }, () => '?').join(', ');
const replaceHigher = () =>
  `DO UPDATE SET ${FIGURES.map((column) => `${column} = excluded.${column}`).join(', ')}
   WHERE excluded.revision >= revision`;
const sameFigure = (column: string) =>
  `(live.${column} = replay.${column} OR coalesce(live.${column}, '') = '' OR coalesce(replay.${column}, '') = '')`;
export const sameFigures = `live.count = replay.count AND ${COMPARED.map(sameFigure).join(' AND ')}`;

/** A higher revision replaces a lower one; a lower one that comes later (a replayed report) changes nothing. */
export function upsertResultSql(): string {
  return `INSERT INTO results (${names([...KEY, ...FIGURES])}) VALUES (${marks(KEY.length + FIGURES.length)})
    ON CONFLICT (${names(KEY)}) ${replaceHigher()}`;
}

export function upsertReplayResultSql(): string {
  return `INSERT INTO replay_results (replay, ${names([...KEY, ...FIGURES])})
    VALUES (?, ${marks(KEY.length + FIGURES.length)})
    ON CONFLICT (replay, ${names(KEY)}) ${replaceHigher()}`;
}

/** The names of the queries that have results, by a loose scan of the primary key. */
export function nextQuerySql(): string {
  return 'SELECT min(query) AS query FROM results WHERE query > ?';
}

export function nextWindowSql(): string {
  return `SELECT start, "end" FROM results WHERE query = ? AND start >= ? AND start < ?
    ORDER BY start, "end" LIMIT 1`;
}

export function newestWindowSql(): string {
  return `SELECT start, "end", count(*) AS n FROM results
    WHERE query = @query AND start = (
      SELECT max(start) FROM results WHERE query = @query AND start >= @from AND start < @to)
    GROUP BY start, "end"`;
}

export function windowRowsSql(): string {
  return `SELECT ${names([...KEY, ...FIGURES])} FROM results WHERE query = ? AND start = ?`;
}

/** Windows of one query and group that hold a moment; none is longer than a day. */
export function windowsAtSql(): string {
  return `SELECT ${names([...KEY, ...FIGURES])} FROM results
    WHERE query = @query AND start > @at - 86400001 AND start <= @at AND "end" > @at AND grp IN (@org, @region)
    ORDER BY start, "end"`;
}

export function oldestResultSql(): string {
  return 'SELECT min(start) AS at FROM results WHERE query = ?';
}

/** The first window of a query that starts at or after a moment. */
export function nextResultSql(): string {
  return 'SELECT min(start) AS at FROM results WHERE query = ? AND start >= ?';
}

export function deleteResultsSql(): string {
  return 'DELETE FROM results WHERE query = ? AND start < ? ORDER BY start LIMIT ?';
}

export function deleteReplayResultsSql(): string {
  return 'DELETE FROM replay_results WHERE replay = ? ORDER BY query, start LIMIT ?';
}
