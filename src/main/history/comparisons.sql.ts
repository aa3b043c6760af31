// SQL of the results of branches beside the live ones. Used by comparisons.ts, retention.ts and the migrations.
import { FIGURES, KEY, names, RESULT_COLUMNS, sameFigures } from './results.sql.ts';

/** Results of a branch that the range cut, and the live results as they stood when the branch ended. */
export function createComparisonsSql(): string {
  return `
  ALTER TABLE replay_results ADD COLUMN cut INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE replay_live (
    replay TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    kind TEXT NOT NULL,
    grp TEXT NOT NULL,
    ${RESULT_COLUMNS},
    distinct_orgs INTEGER,
    PRIMARY KEY (replay, start, "end", kind, grp)
  ) WITHOUT ROWID;
  `;
}

const WINDOW = ['start', '"end"', 'kind', 'grp'] as const;
const sameWindow = WINDOW.map((column) => `live.${column} = replay.${column}`).join(' AND ');
/** The live results as they are now, or as they were kept. */
const joined = (settled: boolean) =>
  settled
    ? `replay_results AS replay LEFT JOIN replay_live AS live ON live.replay = @replay AND ${sameWindow}`
    : `replay_results AS replay LEFT JOIN results AS live ON live.query = @line AND ${sameWindow}`;
/** A session that was joined with others is withdrawn: nothing to hold against anybody who never had it. */
const chosen = `replay.replay = @replay AND (@line IS NOT NULL)
    AND NOT (replay.count = 0 AND coalesce(live.count, 0) = 0)`;
const rank = `CASE WHEN replay.cut THEN 3 WHEN live.start IS NULL THEN 1 WHEN ${sameFigures} THEN 2 ELSE 0 END`;

/** Live results that were kept and that the branch lacks. */
const liveOnly = `replay_live AS live WHERE live.replay = @replay AND @line IS NOT NULL AND live.count > 0
    AND NOT EXISTS (SELECT 1 FROM replay_results AS replay WHERE replay.replay = @replay AND ${sameWindow})`;

/**
 * Columns: key and figures of the branch, figures of the live line, rank (0 differs, 1 only one has it, 2 equal, 3 cut),
 * whether each of the two has it.
 */
export function compareSql(settled: boolean, order: 'difference' | 'time'): string {
  const by = order === 'time' ? 'start DESC, "end" DESC, grp' : 'rank, start DESC, grp';
  const both = `SELECT ${KEY.map((column) => `replay.${column} AS ${column}`).join(', ')},
      ${names(FIGURES, 'replay.')}, ${names(FIGURES, 'live.')}, ${rank} AS rank, 1 AS mine,
      live.start IS NOT NULL AS there
    FROM ${joined(settled)} WHERE ${chosen}`;
  const alone = `SELECT '', ${names(WINDOW, 'live.')}, ${FIGURES.map(() => 'NULL').join(', ')},
      ${names(FIGURES, 'live.')}, 1, 0, 1
    FROM ${liveOnly}`;
  return `${settled ? `${both} UNION ALL ${alone}` : both} ORDER BY ${by} LIMIT @limit`;
}

export function summarySql(settled: boolean): string {
  return `SELECT count(*) AS windows, coalesce(sum(rank IN (0, 2)), 0) AS compared,
      coalesce(sum(rank = 0), 0) AS different, coalesce(sum(rank = 3), 0) AS cut,
      ${settled ? `(SELECT count(*) FROM ${liveOnly})` : '0'} AS liveOnly
    FROM (SELECT ${rank} AS rank FROM ${joined(settled)} WHERE ${chosen})`;
}

export function keepLiveSql(): string {
  return `INSERT OR REPLACE INTO replay_live (replay, ${names([...WINDOW, ...FIGURES])})
    SELECT @replay, ${names([...WINDOW, ...FIGURES], 'live.')}
    FROM replay_results AS replay JOIN results AS live ON live.query = @line AND ${sameWindow}
    WHERE replay.replay = @replay`;
}

/** Live results of the same kind of windows and groups in the range, for those that the branch lacks. */
export function keepLiveOnlySql(): string {
  const has = (name: string) => `(json_extract(live.grp, '$.${name}') IS NOT NULL) = @${name}`;
  return `INSERT OR IGNORE INTO replay_live (replay, ${names([...WINDOW, ...FIGURES])})
    SELECT @replay, ${names([...WINDOW, ...FIGURES], 'live.')}
    FROM results AS live
    WHERE live.query = @line AND live.start > @from AND live."end" <= @to AND live.kind = @kind
      AND (@lengthMs IS NULL OR live."end" - live.start = @lengthMs) AND ${has('org')} AND ${has('region')}
      AND live.count > 0`;
}

const lacked = `replay = @replay
    AND NOT EXISTS (SELECT 1 FROM replay_results AS replay WHERE replay.replay = @replay
      AND ${WINDOW.map((column) => `replay_live.${column} = replay.${column}`).join(' AND ')})`;

/** Of live results that the branch lacks: those of a window that events outside the range belong to. */
export function dropCutLiveSql(): string {
  return `DELETE FROM replay_live WHERE ${lacked} AND kind = @kind AND grp = @grp
    AND ((start = @start AND "end" = @end) OR (kind = 'session' AND start <= @end AND "end" >= @start))`;
}

export function dropLiveBeforeSql(): string {
  return `DELETE FROM replay_live WHERE ${lacked} AND start < @from`;
}

export function cutSql(): string {
  return `UPDATE replay_results SET cut = 1
    WHERE replay = ? AND query = ? AND start = ? AND "end" = ? AND kind = ? AND grp = ?`;
}

export function queriesOfReplaySql(): string {
  return 'SELECT DISTINCT query FROM replay_results WHERE replay = ?';
}

export function clearBranchSql(): string {
  return 'DELETE FROM replay_results WHERE replay = ?';
}

export function clearKeptLiveSql(): string {
  return 'DELETE FROM replay_live WHERE replay = ?';
}
