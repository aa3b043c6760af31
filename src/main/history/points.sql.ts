// SQL of the metric points: one wide row a step, one REAL column a series. Used by points.ts and retention.ts.
import { SERIES, type Series } from '../../shared/history.ts';

/** Steps of the history, ms: what is recorded, and what it is rolled up to. */
export const RAW_STEP_MS = 1_000;
export const COARSE_STEPS_MS = [10_000, 60_000, 3_600_000] as const;
export const STEPS_MS = [RAW_STEP_MS, ...COARSE_STEPS_MS] as const;

/** Lags and latencies keep the largest value of a step, so that a short hump is not averaged away. */
export function keepsLargest(series: Series): boolean {
  return series.startsWith('latency') || series.includes('Lag');
}

/** Numbers are bound as REAL, which would turn this into a true division. */
const BUCKET = 'at / CAST(@step AS INTEGER) * CAST(@step AS INTEGER)';
const aggregate = (series: Series) => `${keepsLargest(series) ? 'max' : 'avg'}(${series}) AS ${series}`;

export function insertPointSql(): string {
  return `INSERT OR REPLACE INTO points (step, at, ${SERIES.join(', ')})
    VALUES (${RAW_STEP_MS}, ?${', ?'.repeat(SERIES.length)})`;
}

/** A step of any length, as a bundle brings it. */
export function insertStepSql(): string {
  return `INSERT OR REPLACE INTO points (step, at, ${SERIES.join(', ')})
    VALUES (?, ?${', ?'.repeat(SERIES.length)})`;
}

/** Rows [step, at, ...series] of every step in [@from, @to). */
export function selectStepsSql(): string {
  return `SELECT step, at, ${SERIES.join(', ')} FROM points
    WHERE step IN (${STEPS_MS.join(', ')}) AND at >= @from AND at < @to ORDER BY step, at`;
}

/** Rolls the seconds in [@from, @to) up to steps of @step ms. A partial roll-up is replaced by the whole one. */
export function rollUpSql(): string {
  return `INSERT OR REPLACE INTO points (step, at, ${SERIES.join(', ')})
    SELECT @step, ${BUCKET}, ${SERIES.map(aggregate).join(', ')}
    FROM points WHERE step = ${RAW_STEP_MS} AND at >= @from AND at < @to GROUP BY ${BUCKET}`;
}

export function newestPointSql(): string {
  return 'SELECT max(at) AS at FROM points WHERE step = ?';
}

export function oldestPointSql(): string {
  return 'SELECT min(at) AS at FROM points WHERE step = ?';
}

/** The first row at or after a moment, of any step. */
export function nextPointSql(): string {
  const first = STEPS_MS.map(
    (step) => `SELECT min(at) AS at FROM points WHERE step = ${step} AND at >= @from`,
  );
  return `SELECT min(at) AS at FROM (${first.join(' UNION ALL ')})`;
}

/** Rows [at, ...series] of one step in [@from, @to). */
export function selectPointsSql(series: readonly Series[]): string {
  return `SELECT ${['at', ...series].join(', ')} FROM points
    WHERE step = @step AND at >= @from AND at < @to ORDER BY at`;
}

/** The same rows made from the seconds on the fly: the step that is not complete yet. */
export function selectUnrolledSql(series: readonly Series[]): string {
  return `SELECT ${[BUCKET, ...series.map(aggregate)].join(', ')} FROM points
    WHERE step = ${RAW_STEP_MS} AND at >= @from AND at < @to GROUP BY ${BUCKET} ORDER BY 1`;
}

export function deletePointsSql(): string {
  return 'DELETE FROM points WHERE step = ? AND at < ? ORDER BY at LIMIT ?';
}
