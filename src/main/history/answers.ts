// Answers about the past from a history's records: the same for this LiveDB's own history and for an open bundle.
import { LiveDbError } from '../../shared/errors.ts';
import type { HistoryAnswer, HistoryQuery } from '../../shared/history.ts';
import type { Moment } from '../../shared/past.ts';
import { incidentsThen, readSnapshot } from './moment-code.ts';
import { momentStep } from './moments.ts';
import type { Records } from './records.ts';

const SECOND = 1_000;
/** As many as the screen shows live. */
const INCIDENTS = 200;
/** A moment comes once a second, more or less. */
const UNPUNCTUAL_MS = 2_000;

/** `to`: the end of the range, epoch ms, exclusive. */
export function answer(records: Records, query: HistoryQuery, to: number): HistoryAnswer {
  const { from } = query;
  const includes = new Set(query.include);
  const { stepMs, points } = includes.has('points')
    ? records.points.range(query, to)
    : { stepMs: query.stepMs ?? SECOND, points: [] };
  return {
    stepMs,
    points,
    results: includes.has('results') ? records.results.range(from, to, query.maxPoints) : [],
    incidents: includes.has('incidents') ? records.journal.incidents(from, to) : [],
    runs: includes.has('runs') ? records.journal.runs(from, to) : [],
    annotations: includes.has('annotations') ? records.annotations.range(from, to) : [],
  };
}

/** The state at `at`; null when nothing was recorded. Throws LiveDbError `moment.unreadable`. */
export function momentAt(records: Records, at: number, now: number): Moment | null {
  const found = records.moments.near(at);
  if (found === null) return null;
  const incidents = incidentsThen(records.journal.incidentsUntil(found.at, INCIDENTS), found.at);
  const distance = at - found.at;
  const nearest = distance < 0 || distance > momentStep(now - found.at) + UNPUNCTUAL_MS;
  try {
    return { at: found.at, snapshot: readSnapshot(found.written, incidents), nearest };
  } catch (error) {
    throw new LiveDbError(
      {
        code: 'moment.unreadable',
        message: `What was recorded at ${new Date(found.at).toISOString()} cannot be read by this LiveDB.`,
        remedy: 'Look at another moment, or open it with the LiveDB that recorded it.',
      },
      { cause: error },
    );
  }
}
