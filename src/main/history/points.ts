// Metric points in SQLite: records seconds, rolls them up when a coarser step is complete, answers ranges.
// Roll-ups are always computed from the stored seconds, so they need no state and survive a restart in mid-step.
import { LiveDbError } from '../../shared/errors.ts';
import { type HistoryQuery, type MetricPoint, SERIES, type Series } from '../../shared/history.ts';
import type { HistoryDatabase } from './file.ts';
import {
  COARSE_STEPS_MS,
  insertPointSql,
  insertStepSql,
  newestPointSql,
  nextPointSql,
  oldestPointSql,
  RAW_STEP_MS,
  rollUpSql,
  STEPS_MS,
  selectPointsSql,
  selectStepsSql,
  selectUnrolledSql,
} from './points.sql.ts';

/** More than this in one answer is refused: a day of seconds fits. */
const MAX_ANSWER_POINTS = 100_000;

const floorTo = (at: number, stepMs: number) => Math.floor(at / stepMs) * stepMs;

export interface PointLog {
  /** Stores one second; runs inside the caller's transaction. */
  record(point: MetricPoint): void;
  /** Points in [query.from, to) with their step; a hole longer than a step holds one point of nulls. */
  range(query: HistoryQuery, to: number): { stepMs: number; points: MetricPoint[] };
  /** Every stored step in [from, to), of every length; without series that have no value. */
  all(from: number, to: number): MetricPoint[];
  /** Start of the first step at or after a moment; null when there is none. */
  next(from: number): number | null;
  /** Stores a step of any length, as `all` gave it; nothing is rolled up from it. */
  put(point: MetricPoint): void;
}

/** Breaks the line of a chart: where steps are missing, one point without values stands at the first of them. */
export function withGaps(
  points: readonly MetricPoint[],
  stepMs: number,
  series: readonly Series[],
): MetricPoint[] {
  const nothing = Object.fromEntries(series.map((name) => [name, null]));
  const answer: MetricPoint[] = [];
  let previous: MetricPoint | undefined;
  for (const point of points) {
    if (previous !== undefined && point.at - previous.at > stepMs) {
      answer.push({ at: previous.at + stepMs, stepMs, values: nothing });
    }
    answer.push(point);
    previous = point;
  }
  return answer;
}

export function openPointLog(db: HistoryDatabase): PointLog {
  const insert = db.prepare<(number | null)[]>(insertPointSql());
  const rollUp = db.prepare<{ step: number; from: number; to: number }>(rollUpSql());
  const newest = db.prepare<[number], { at: number | null }>(newestPointSql());
  const oldest = db.prepare<[number], { at: number | null }>(oldestPointSql());
  const following = db.prepare<{ from: number }, { at: number | null }>(nextPointSql());
  const insertStep = db.prepare<(number | null)[]>(insertStepSql());
  const everyStep = db.prepare<{ from: number; to: number }, (number | null)[]>(selectStepsSql()).raw();
  /** Start of the step that is still filling, per coarse step. */
  const filling = new Map<number, number>();

  // Steps that a killed run left complete but not rolled up.
  const lastSecond = newest.get(RAW_STEP_MS)?.at ?? null;
  if (lastSecond !== null) {
    for (const step of COARSE_STEPS_MS) {
      const rolled = newest.get(step)?.at ?? null;
      const to = floorTo(lastSecond, step);
      rollUp.run({ step, from: rolled === null ? 0 : rolled + step, to });
      filling.set(step, to);
    }
  }

  function chooseStep(query: HistoryQuery, to: number): number {
    const span = to - query.from;
    if (query.stepMs !== null) {
      if (span / query.stepMs > MAX_ANSWER_POINTS) {
        throw new LiveDbError({
          code: 'bad-request',
          message: `Field "stepMs" was refused: a step of ${query.stepMs} ms would give more than ${MAX_ANSWER_POINTS} points.`,
          remedy: 'Ask for a shorter range or a coarser step.',
          details: { fields: [{ path: 'stepMs', message: 'too fine for the range' }] },
        });
      }
      return query.stepMs;
    }
    const fitting = STEPS_MS.filter((step) => span / step <= query.maxPoints);
    // Seconds are not kept as long as hours: take the finest step that reaches as far back as any does.
    const reach = fitting.map((step) => ({ step, from: oldest.get(step)?.at ?? Number.POSITIVE_INFINITY }));
    for (const { step, from } of reach) {
      const isFarthest = reach.every((other) => from < other.from + other.step);
      if (from <= query.from || isFarthest) return step;
    }
    return fitting[0] ?? 3_600_000;
  }

  return {
    record(point) {
      const at = floorTo(point.at, RAW_STEP_MS);
      for (const step of COARSE_STEPS_MS) {
        const bucket = floorTo(at, step);
        const current = filling.get(step);
        if (current !== undefined && current !== bucket) {
          rollUp.run({ step, from: current, to: current + step });
        }
        filling.set(step, bucket);
      }
      insert.run(at, ...SERIES.map((series) => point.values[series] ?? null));
    },

    all: (from, to) =>
      (everyStep.all({ from, to }) as (number | null)[][]).map(([step, at, ...values]) => ({
        at: at ?? 0,
        stepMs: step ?? RAW_STEP_MS,
        values: Object.fromEntries(
          SERIES.map((name, index) => [name, values[index] ?? null] as const).filter(
            ([, value]) => value !== null,
          ),
        ),
      })),
    next: (from) => following.get({ from })?.at ?? null,
    put: ({ stepMs, at, values }) =>
      void insertStep.run(stepMs, at, ...SERIES.map((series) => values[series] ?? null)),

    range(query, to) {
      const stepMs = chooseStep(query, to);
      const series = query.series ?? SERIES;
      const from = floorTo(query.from + stepMs - 1, stepMs);
      const rows = db
        .prepare<{ step: number; from: number; to: number }, (number | null)[]>(selectPointsSql(series))
        .raw()
        .all({ step: stepMs, from, to }) as (number | null)[][];
      const unrolled = filling.get(stepMs);
      if (stepMs !== RAW_STEP_MS && unrolled !== undefined && unrolled >= from && unrolled < to) {
        const rest = db
          .prepare<{ step: number; from: number; to: number }, (number | null)[]>(selectUnrolledSql(series))
          .raw()
          .all({ step: stepMs, from: unrolled, to: unrolled + stepMs }) as (number | null)[][];
        // A clock that was set back leaves a rolled-up row for a step that fills again.
        const last = rows.at(-1);
        if (rest.length > 0 && last?.[0] === unrolled) rows.pop();
        rows.push(...rest);
      }
      const points = rows.map(([at, ...values]) => ({
        at: at ?? 0,
        stepMs,
        values: Object.fromEntries(series.map((name, index) => [name, values[index] ?? null])),
      }));
      return { stepMs, points: withGaps(points, stepMs, series) };
    },
  };
}
