// What happened beside the figures: incidents, runs of the app (and whether one was killed), replays. Used by store.ts.
import type { Run } from '../../shared/history.ts';
import { Incident } from '../../shared/incident.ts';
import { ReplayStatus } from '../../shared/replay.ts';
import type { HistoryDatabase } from './file.ts';
import {
  beginRunSql,
  endRunSql,
  incidentsInRangeSql,
  incidentsUntilSql,
  insertRunSql,
  recentIncidentsSql,
  replaysSql,
  runAliveSql,
  runsInRangeSql,
  uncleanRunSql,
  upsertIncidentSql,
  upsertReplaySql,
} from './journal.sql.ts';

const MAX_INCIDENTS = 2_000;
const MAX_RUNS = 1_000;
const MAX_REPLAYS = 200;

interface IncidentRow {
  id: string;
  at: number;
  ended: number | null;
  severity: string;
  subject: string | null;
  code: string;
  title: string;
  cause: string;
  remedy: string | null;
}

export interface JournalLog {
  recordIncident(incident: Incident): void;
  recordReplay(replay: ReplayStatus): void;
  replays(): ReplayStatus[];
  /** Newest first. */
  recentIncidents(limit: number): Incident[];
  /** Oldest first. */
  incidents(from: number, to: number): Incident[];
  /** Those that had begun by `at`, newest first. */
  incidentsUntil(at: number, limit: number): Incident[];
  runs(from: number, to: number): Run[];
  /** A run of another LiveDB. */
  putRun(run: Run): void;
}

/** The journal of the LiveDB that is running: it has a run of its own in it. */
export interface Journal extends JournalLog {
  readonly runId: number;
  /** The run before this one, when it ended without saying so: it began and was last alive then (epoch ms). */
  readonly unclean: { startedAt: number; aliveAt: number } | null;
  alive(now: number): void;
  end(now: number): void;
}

function toIncident(row: IncidentRow): Incident {
  const { ended, ...rest } = row;
  return Incident.parse({ ...rest, endedAt: ended });
}

export function openJournalLog(db: HistoryDatabase): JournalLog {
  const upsertIncident = db.prepare<(string | number | null)[]>(upsertIncidentSql());
  const upsertReplay = db.prepare<[string, number, string]>(upsertReplaySql());
  const replays = db.prepare<[number], { status: string }>(replaysSql());
  const recent = db.prepare<[number], IncidentRow>(recentIncidentsSql());
  const until = db.prepare<[number, number], IncidentRow>(incidentsUntilSql());
  const inRange = db.prepare<{ from: number; to: number; limit: number }, IncidentRow>(incidentsInRangeSql());
  const insertRun = db.prepare<[number, number, number | null, number, string]>(insertRunSql());
  const runs = db.prepare<
    { from: number; to: number; limit: number },
    { id: number; started: number; ended: number | null; version: string }
  >(runsInRangeSql());

  return {
    recordIncident(incident) {
      const { id, at, endedAt, severity, subject, code, title, cause, remedy } = incident;
      upsertIncident.run(id, at, endedAt, severity, subject, code, title, cause, remedy);
    },
    recordReplay: (replay) => void upsertReplay.run(replay.id, replay.startedAt, JSON.stringify(replay)),
    replays: () => replays.all(MAX_REPLAYS).map((row) => ReplayStatus.parse(JSON.parse(row.status))),
    recentIncidents: (limit) => recent.all(limit).map(toIncident),
    incidents: (from, to) => inRange.all({ from, to, limit: MAX_INCIDENTS }).map(toIncident).reverse(),
    incidentsUntil: (at, limit) => until.all(at, limit).map(toIncident),
    runs: (from, to) =>
      runs
        .all({ from, to, limit: MAX_RUNS })
        .map((row) => ({ id: row.id, startedAt: row.started, endedAt: row.ended, version: row.version }))
        .reverse(),
    // How long one without an end was alive is not told: it reaches into every range after its start.
    putRun: ({ id, startedAt, endedAt, version }) =>
      void insertRun.run(id, startedAt, endedAt, endedAt ?? Number.MAX_SAFE_INTEGER, version),
  };
}

/** Opens the journal and begins a run in it. */
export function openJournal(db: HistoryDatabase, now: number, version: string): Journal {
  const alive = db.prepare<[number, number]>(runAliveSql());
  const endRun = db.prepare<{ now: number; id: number }>(endRunSql());
  const runId = Number(db.prepare(beginRunSql()).run({ now, version }).lastInsertRowid);
  const before = db.prepare<[number], { started: number; alive: number }>(uncleanRunSql()).get(runId);
  return {
    ...openJournalLog(db),
    runId,
    unclean: before === undefined ? null : { startedAt: before.started, aliveAt: before.alive },
    alive: (at) => void alive.run(at, runId),
    end: (at) => void endRun.run({ now: at, id: runId }),
  };
}
