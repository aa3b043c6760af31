// What was told to the history and is not in its file yet: gathered for a second, kept while the disk refuses, within
// bounds. Used by store.ts.
import type { WindowResult } from '../../shared/event.ts';
import type { MetricPoint } from '../../shared/history.ts';
import type { Incident } from '../../shared/incident.ts';
import type { ReplayStatus } from '../../shared/replay.ts';
import type { Journal } from './journal.ts';
import type { NewMoment } from './moments.ts';
import type { Passage } from './port.ts';
import type { Records } from './records.ts';

/** Seconds whose state is kept while the disk refuses: each is some kilobytes. */
const MAX_MOMENTS = 120;

export interface Pending {
  points: MetricPoint[];
  passages: Passage[];
  moments: NewMoment[];
  results: WindowResult[];
  incidents: Map<string, Incident>;
  replays: Map<string, ReplayStatus>;
  replayResults: { replayId: string; results: readonly WindowResult[] }[];
  size: number;
}

export const nothingPending = (): Pending => ({
  points: [],
  passages: [],
  moments: [],
  results: [],
  incidents: new Map(),
  replays: new Map(),
  replayResults: [],
  size: 0,
});

/** The older with the newer behind it. */
export function merged(older: Pending, newer: Pending): Pending {
  return {
    points: [...older.points, ...newer.points],
    passages: [...older.passages, ...newer.passages],
    moments: [...older.moments, ...newer.moments].slice(-MAX_MOMENTS),
    results: [...older.results, ...newer.results],
    incidents: new Map([...older.incidents, ...newer.incidents]),
    replays: new Map([...older.replays, ...newer.replays]),
    replayResults: [...older.replayResults, ...newer.replayResults],
    size: older.size + newer.size,
  };
}

/** Runs inside the caller's transaction. */
export function writePending(batch: Pending, records: Records, journal: Journal, now: number): void {
  for (const point of batch.points) records.points.record(point);
  for (const passage of batch.passages) records.passages.record(passage);
  for (const moment of batch.moments) records.moments.record(moment);
  records.results.record(batch.results);
  for (const item of batch.incidents.values()) journal.recordIncident(item);
  for (const item of batch.replays.values()) journal.recordReplay(item);
  for (const item of batch.replayResults) records.results.recordReplay(item.replayId, item.results);
  journal.alive(now);
}
