// Keeps the history within its age and size by dropping its oldest part in small steps, so that no step is felt.
// Called by store.ts every few seconds.
import type { HistorySettings } from '../../shared/settings.ts';
import { deleteAnnotationsBeforeSql } from './annotations.sql.ts';
import { clearKeptLiveSql } from './comparisons.sql.ts';
import type { HistoryDatabase } from './file.ts';
import {
  deleteIncidentsSql,
  deleteReplaySql,
  deleteRunsSql,
  oldestIncidentSql,
  oldestReplaySql,
} from './journal.sql.ts';
import { deleteBasesSql, deleteMomentsSql, oldestMomentSql, thinMomentsSql } from './moments.sql.ts';
import { MOMENT_AGES_MS } from './moments.ts';
import { deletePassagesSql } from './passages.sql.ts';
import { deletePointsSql, oldestPointSql, STEPS_MS } from './points.sql.ts';
import { deleteReplayResultsSql, deleteResultsSql, oldestResultSql } from './results.sql.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MB = 1024 * 1024;

/** Fine steps go earlier than the age setting says: charts of a long past are drawn from the coarse ones. */
const POINT_AGE_MS: Readonly<Record<number, number>> = { 1000: DAY, 10000: 7 * DAY, 60000: 60 * DAY };
/** Seconds that the roll-up to the running hour still needs. */
const KEPT_POINTS_MS = 2 * HOUR;
/** The windows that the screen shows live. */
const KEPT_RESULTS_MS = 60_000;
/** Rows dropped from one table in one step. */
const STEP_ROWS = 2_000;
/** Pages given back to the disk in one step (4 kB each). */
const STEP_PAGES = 512;
/** When the file is too big, this share of the time it spans is dropped at once. */
const SIZE_STEP_SHARE = 1 / 50;

export interface Retention {
  /** Drops what is too old or too much, at most a step's worth; returns the rows dropped. */
  step(now: number, settings: HistorySettings, queries: readonly string[]): number;
  /** Bytes in use, without pages that are free. */
  usedBytes(): number;
}

export function openRetention(db: HistoryDatabase, runId: number): Retention {
  const deletePoints = db.prepare<[number, number, number]>(deletePointsSql());
  const oldestPoint = db.prepare<[number], { at: number | null }>(oldestPointSql());
  const deleteResults = db.prepare<[string, number, number]>(deleteResultsSql());
  const oldestResult = db.prepare<[string], { at: number | null }>(oldestResultSql());
  const deleteIncidents = db.prepare<[number, number]>(deleteIncidentsSql());
  const oldestIncident = db.prepare<[], { at: number | null }>(oldestIncidentSql());
  const oldestReplay = db.prepare<[], { id: string; started: number }>(oldestReplaySql());
  const deleteReplayResults = db.prepare<[string, number]>(deleteReplayResultsSql());
  const clearKeptLive = db.prepare<[string]>(clearKeptLiveSql());
  const deleteReplay = db.prepare<[string]>(deleteReplaySql());
  const deletePassages = db.prepare<[number, number]>(deletePassagesSql());
  const deleteMoments = db.prepare<[number, number]>(deleteMomentsSql());
  const thinMoments = db.prepare<[number, number, number]>(thinMomentsSql());
  const deleteBases = db.prepare<[number]>(deleteBasesSql());
  const oldestMoment = db.prepare<[], { at: number | null }>(oldestMomentSql());
  const deleteAnnotations = db.prepare<[number, number]>(deleteAnnotationsBeforeSql());
  const deleteRuns = db.prepare<[number, number]>(deleteRunsSql());

  const pragma = (name: string) => Number(db.pragma(name, { simple: true }));
  const usedBytes = () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');

  /** Drops a step's worth of everything older than `cutoff`. */
  function dropBefore(cutoff: number, now: number, queries: readonly string[]): number {
    let dropped = 0;
    for (const step of STEPS_MS) {
      const kept = Math.min(cutoff, now - KEPT_POINTS_MS);
      dropped += deletePoints.run(step, kept, STEP_ROWS).changes;
    }
    for (const query of queries) {
      dropped += deleteResults.run(query, Math.min(cutoff, now - KEPT_RESULTS_MS), STEP_ROWS).changes;
    }
    dropped += deletePassages.run(Math.min(cutoff, now - KEPT_RESULTS_MS), STEP_ROWS).changes;
    dropped += deleteMoments.run(Math.min(cutoff, now - KEPT_RESULTS_MS), STEP_ROWS).changes;
    dropped += deleteIncidents.run(cutoff, STEP_ROWS).changes;
    dropped += deleteRuns.run(cutoff, runId).changes;
    const replay = oldestReplay.get();
    if (replay !== undefined && replay.started < cutoff) {
      const rows = deleteReplayResults.run(replay.id, STEP_ROWS).changes;
      if (rows < STEP_ROWS) {
        clearKeptLive.run(replay.id);
        deleteReplay.run(replay.id);
      }
      dropped += rows + 1;
    }
    return dropped;
  }

  function oldest(queries: readonly string[]): number | null {
    const times = [
      ...STEPS_MS.map((step) => oldestPoint.get(step)?.at ?? null),
      ...queries.map((query) => oldestResult.get(query)?.at ?? null),
      oldestMoment.get()?.at ?? null,
      oldestIncident.get()?.at ?? null,
      oldestReplay.get()?.started ?? null,
    ].filter((at) => at !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  const step = db.transaction((now: number, settings: HistorySettings, queries: readonly string[]) => {
    let dropped = dropBefore(now - settings.maxAgeDays * DAY, now, queries);
    for (const [stepMs, age] of Object.entries(POINT_AGE_MS)) {
      dropped += deletePoints.run(Number(stepMs), now - age, STEP_ROWS).changes;
    }
    dropped += deletePassages.run(now - DAY, STEP_ROWS).changes;
    MOMENT_AGES_MS.forEach((age, rank) => {
      dropped += thinMoments.run(rank, now - age, STEP_ROWS).changes;
    });
    // Few, and written by hand: they go with their age, not to make room.
    dropped += deleteAnnotations.run(now - settings.maxAgeDays * DAY, STEP_ROWS).changes;
    if (usedBytes() > settings.maxSizeMb * MB) {
      const from = oldest(queries);
      if (from !== null) {
        dropped += dropBefore(from + Math.max(1_000, (now - from) * SIZE_STEP_SHARE), now, queries);
      }
    }
    return dropped + deleteBases.run(STEP_ROWS).changes;
  });

  return {
    step(now, settings, queries) {
      const dropped = step(now, settings, queries);
      if (pragma('freelist_count') > STEP_PAGES) db.pragma(`incremental_vacuum(${STEP_PAGES})`);
      return dropped;
    },
    usedBytes,
  };
}
