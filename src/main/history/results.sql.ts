// SQL of window results, live ones and those of replays. Used by results.ts and retention.ts.

const KEY = ['query', 'start', '"end"', 'kind', 'grp'] as const;
const FIGURES = [
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

const names = (columns: readonly string[], prefix = '') =>
  columns.map((column) => `${prefix}${column}`).join(', ');
const marks = (count: number) => Array.from({ length: count }, () => '?').join(', ');
const replaceHigher = () =>
  `DO UPDATE SET ${FIGURES.map((column) => `${column} = excluded.${column}`).join(', ')}
   WHERE excluded.revision >= revision`;
const sameWindow = KEY.map((column) => `live.${column} = replay.${column}`).join(' AND ');
const sameFigure = (column: string) =>
  `(live.${column} = replay.${column} OR coalesce(live.${column}, '') = '' OR coalesce(replay.${column}, '') = '')`;
const sameFigures = `live.count = replay.count AND ${COMPARED.map(sameFigure).join(' AND ')}`;

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

/** Windows of a replay beside the live ones: those that differ first, then those the live line lacks, newest first. */
export function compareReplaySql(): string {
  return `SELECT ${names([...KEY, ...FIGURES], 'replay.')}, ${names(FIGURES, 'live.')},
      CASE WHEN live.query IS NULL THEN 1 WHEN ${sameFigures} THEN 2 ELSE 0 END AS rank
    FROM replay_results AS replay LEFT JOIN results AS live ON ${sameWindow}
    WHERE replay.replay = ? ORDER BY rank, replay.start DESC, replay.grp LIMIT ?`;
}

export function replaySummarySql(): string {
  return `SELECT count(*) AS windows, count(live.query) AS compared,
      coalesce(sum(live.query IS NOT NULL AND NOT (${sameFigures})), 0) AS different
    FROM replay_results AS replay LEFT JOIN results AS live ON ${sameWindow}
    WHERE replay.replay = ?`;
}

export function oldestResultSql(): string {
  return 'SELECT min(start) AS at FROM results WHERE query = ?';
}

export function deleteResultsSql(): string {
  return 'DELETE FROM results WHERE query = ? AND start < ? ORDER BY start LIMIT ?';
}

export function deleteReplayResultsSql(): string {
  return 'DELETE FROM replay_results WHERE replay = ? ORDER BY query, start LIMIT ?';
}
