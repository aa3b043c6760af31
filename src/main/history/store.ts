// The history of LiveDB in one SQLite file. Records are gathered and written once a second in one transaction; a damaged
// file is moved aside and a new one begun. Opened by boot.ts, used through the port of port.ts.
import { existsSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { LiveDbError } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { MetricPoint } from '../../shared/history.ts';
import type { Incident } from '../../shared/incident.ts';
import type { ReplayStatus } from '../../shared/replay.ts';
import type { HistorySettings } from '../../shared/settings.ts';
import { type HistoryDatabase, isDamage, type MovedFile, openHistoryFile } from './file.ts';
import { type Journal, openJournal } from './journal.ts';
import { openPassageLog, type PassageLog } from './passages.ts';
import { openPointLog, type PointLog } from './points.ts';
import type { History, Passage } from './port.ts';
import { openResultLog, type ResultLog } from './results.ts';
import { openRetention, type Retention } from './retention.ts';

const FLUSH_INTERVAL_MS = 1_000;
/** Retention looks each so many flushes. */
const RETENTION_EVERY = 5;
/** Results gathered before they are written ahead of the second; also the most that is kept while the disk refuses. */
const MAX_PENDING = 20_000;

export interface HistoryOptions {
  file: string;
  settings: HistorySettings;
  version: string;
  /** Epoch ms. */
  now?: () => number;
  /** Told of writes that fail, once a spell; the incident is kept in the history as soon as it can be written. */
  onTrouble?: (incident: Incident) => void;
  /** Tests call `flush` themselves. */
  timer?: boolean;
}

export interface HistoryStore extends History {
  /** Writes what is gathered and takes a step of retention. Runs by itself once a second. */
  flush(): void;
}

interface OpenFile {
  db: HistoryDatabase;
  points: PointLog;
  results: ResultLog;
  journal: Journal;
  passages: PassageLog;
  retention: Retention;
}

interface Pending {
  points: MetricPoint[];
  passages: Passage[];
  results: WindowResult[];
  incidents: Map<string, Incident>;
  replays: Map<string, ReplayStatus>;
  replayResults: { replayId: string; results: readonly WindowResult[] }[];
  size: number;
}

const nothingPending = (): Pending => ({
  points: [],
  passages: [],
  results: [],
  incidents: new Map(),
  replays: new Map(),
  replayResults: [],
  size: 0,
});

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export function openHistory(options: HistoryOptions): HistoryStore {
  const now = options.now ?? Date.now;
  let settings = options.settings;
  let pending = nothingPending();
  let flushes = 0;
  let inTrouble = false;
  let closed = false;
  let serial = 0;

  function incident(part: Pick<Incident, 'severity' | 'code' | 'title' | 'cause' | 'remedy'>): Incident {
    serial += 1;
    return { id: `history-${now()}-${serial}`, at: now(), endedAt: null, subject: null, ...part };
  }

  function noteMoved(moved: MovedFile): void {
    const note = incident({
      severity: 'warning',
      code: 'history.moved',
      title: 'A new history was begun',
      cause: `The history file could not be used: ${moved.reason}.`,
      remedy: `The old file is kept as ${basename(moved.movedTo)}; delete it when you do not need it.`,
    });
    pending.incidents.set(note.id, note);
    options.onTrouble?.(note);
  }

  function open(damage: string | null = null): OpenFile {
    const { db, moved } = openHistoryFile(options.file, now(), damage);
    if (moved !== null) noteMoved(moved);
    try {
      const journal = openJournal(db, now(), options.version);
      return {
        db,
        points: openPointLog(db),
        results: openResultLog(db),
        passages: openPassageLog(db),
        journal,
        retention: openRetention(db, journal.runId),
      };
    } catch (error) {
      db.close();
      // Damage deeper in the file than opening looks; a file just begun cannot have it.
      if (!isDamage(error) || moved !== null) throw error;
      return open(messageOf(error));
    }
  }

  let file = open();
  if (file.journal.unclean !== null) {
    const { aliveAt } = file.journal.unclean;
    const note = incident({
      severity: 'info',
      code: 'unclean-end',
      title: 'The last run was not closed',
      cause: `LiveDB was killed or the machine went down; it was last alive at ${new Date(aliveAt).toISOString()}.`,
      remedy: null,
    });
    pending.incidents.set(note.id, note);
  }

  function write(batch: Pending): void {
    file.db.transaction(() => {
      for (const point of batch.points) file.points.record(point);
      for (const passage of batch.passages) file.passages.record(passage);
      file.results.record(batch.results);
      for (const item of batch.incidents.values()) file.journal.recordIncident(item);
      for (const item of batch.replays.values()) file.journal.recordReplay(item);
      for (const item of batch.replayResults) file.results.recordReplay(item.replayId, item.results);
      file.journal.alive(now());
    })();
  }

  /** A damaged file is replaced; anything else (disk full, locked) is tried again with the next flush. */
  function recover(error: unknown): void {
    if (isDamage(error)) {
      closeQuietly();
      file = open(messageOf(error));
      return;
    }
    if (inTrouble) return;
    inTrouble = true;
    const cause = messageOf(error);
    const note = incident({
      severity: 'error',
      code: 'history.write-failed',
      title: 'The history cannot be written',
      cause: `${cause}. The pipeline goes on; what is not written by then is lost to the charts.`,
      remedy: 'Free disk space or correct the rights of the data folder.',
    });
    pending.incidents.set(note.id, note);
    options.onTrouble?.(note);
  }

  function closeQuietly(): void {
    try {
      file.db.close();
    } catch (error) {
      // A damaged file may refuse even that; the moved file keeps whatever it holds.
      if (!isDamage(error)) throw error;
    }
  }

  function flush(): void {
    if (closed) return;
    const batch = pending;
    pending = nothingPending();
    try {
      write(batch);
      inTrouble = false;
      flushes += 1;
      if (flushes % RETENTION_EVERY === 0) {
        file.retention.step(now(), settings, file.results.queries());
      }
    } catch (error) {
      // Kept for the next try, but never more than the bound.
      if (batch.size <= MAX_PENDING) merge(batch);
      recover(error);
    }
  }

  function merge(older: Pending): void {
    const newer = pending;
    pending = older;
    for (const point of newer.points) pending.points.push(point);
    for (const passage of newer.passages) pending.passages.push(passage);
    for (const result of newer.results) pending.results.push(result);
    for (const [id, item] of newer.incidents) pending.incidents.set(id, item);
    for (const [id, item] of newer.replays) pending.replays.set(id, item);
    pending.replayResults.push(...newer.replayResults);
    pending.size += newer.size;
  }

  function gathered(count: number): void {
    pending.size += count;
    if (pending.size > MAX_PENDING && !inTrouble) flush();
    else if (pending.size > 2 * MAX_PENDING) pending = { ...nothingPending(), incidents: pending.incidents };
  }

  /** Answers from the file with everything gathered so far; a damaged file gives an empty answer from a new one. */
  function read<T>(ask: () => T): T {
    if (closed) throw new LiveDbError({ code: 'closed', message: 'The history is closed.' });
    if (pending.size > 0 || pending.incidents.size > 0) flush();
    try {
      return ask();
    } catch (error) {
      if (!isDamage(error)) throw error;
      recover(error);
      return ask();
    }
  }

  const timer = options.timer === false ? null : setInterval(flush, FLUSH_INTERVAL_MS);
  timer?.unref();
  flush();

  return {
    recordPoint(point) {
      pending.points.push(point);
      gathered(1);
    },
    recordResults(results) {
      for (const result of results) pending.results.push(result);
      gathered(results.length);
    },
    recordPassages(passages) {
      for (const passage of passages) pending.passages.push(passage);
      gathered(passages.length);
    },
    passed: (partition, offset, from) => read(() => file.passages.find(partition, offset, from)),
    windowsAt: (at, org, region) => read(() => file.results.at(at, org, region)),
    recordIncident(item) {
      pending.incidents.set(item.id, item);
      gathered(1);
    },
    recordReplay(replay) {
      pending.replays.set(replay.id, replay);
      gathered(1);
    },
    recordReplayResults(replayId, results) {
      pending.replayResults.push({ replayId, results });
      gathered(results.length);
    },
    replays: () => read(() => file.journal.replays()),
    replayResults: (replayId, limit) => read(() => file.results.compare(replayId, limit)),
    replaySummary: (replayId) => read(() => file.results.summary(replayId)),
    recentIncidents: (limit) => read(() => file.journal.recentIncidents(limit)),
    query: (query) =>
      read(() => {
        const to = query.to ?? now() + 1;
        const includes = new Set(query.include);
        const { stepMs, points } = includes.has('points')
          ? file.points.range(query, to)
          : { stepMs: query.stepMs ?? FLUSH_INTERVAL_MS, points: [] };
        return {
          stepMs,
          points,
          results: includes.has('results') ? file.results.range(query.from, to, query.maxPoints) : [],
          incidents: includes.has('incidents') ? file.journal.incidents(query.from, to) : [],
          runs: includes.has('runs') ? file.journal.runs(query.from, to) : [],
        };
      }),
    configure(next) {
      settings = next;
    },
    clear() {
      if (closed) return;
      pending = nothingPending();
      // The whole file goes: quicker than deleting rows, and the disk has its space back at once.
      closeQuietly();
      for (const suffix of ['', '-wal', '-shm']) {
        if (existsSync(options.file + suffix)) rmSync(options.file + suffix);
      }
      file = open();
    },
    bytes: () => (closed ? 0 : file.retention.usedBytes()),
    flush,
    close() {
      if (closed) return;
      flush();
      closed = true;
      if (timer !== null) clearInterval(timer);
      try {
        file.journal.end(now());
      } catch (error) {
        // The run then counts as killed, which is what a disk that refuses writes amounts to.
        recover(error);
      } finally {
        closeQuietly();
      }
    },
  };
}
