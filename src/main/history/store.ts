// The history of LiveDB in one SQLite file. Records are gathered and written once a second in one transaction; a damaged
// file is moved aside and a new one begun. Opened by boot.ts, used through the port of port.ts.
import { existsSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { LiveDbError } from '../../shared/errors.ts';
import type { Incident } from '../../shared/incident.ts';
import type { HistorySettings } from '../../shared/settings.ts';
import { MAX_ANNOTATIONS } from './annotations.ts';
import { answer, momentAt } from './answers.ts';
import { linesOf } from './bundle/lines.ts';
import { type ComparisonLog, openComparisonLog } from './comparisons.ts';
import { type HistoryDatabase, isDamage, type MovedFile, openHistoryFile } from './file.ts';
import { type Journal, openJournal } from './journal.ts';
import { splitMoment, statesOf } from './moment-code.ts';
import { type OutcomeLog, openOutcomeLog } from './outcomes.ts';
import { merged, nothingPending, writePending } from './pending.ts';
import type { History } from './port.ts';
import { openRecords, type Records } from './records.ts';
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
  records: Records;
  outcomes: OutcomeLog;
  comparisons: ComparisonLog;
  journal: Journal;
  retention: Retention;
}

function tooMany(): LiveDbError {
  return new LiveDbError({
    code: 'annotation.too-many',
    message: `There are ${MAX_ANNOTATIONS} annotations already.`,
    remedy: 'Remove some of them.',
  });
}

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
        records: openRecords(db),
        comparisons: openComparisonLog(db),
        outcomes: openOutcomeLog(db),
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
      file.db.transaction(() => writePending(batch, file.records, file.journal, now()))();
      inTrouble = false;
      flushes += 1;
      if (flushes % RETENTION_EVERY === 0) {
        file.retention.step(now(), settings, file.records.results.queries());
      }
    } catch (error) {
      file.records.moments.undone();
      // Kept for the next try, but never more than the bound.
      if (batch.size <= MAX_PENDING) pending = merged(batch, pending);
      recover(error);
    }
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
    passed: (partition, offset, from) => read(() => file.records.passages.find(partition, offset, from)),
    windowsAt: (at, org, region) => read(() => file.records.results.at(at, org, region)),
    recordIncident(item) {
      pending.incidents.set(item.id, item);
      gathered(1);
    },
    recordReplay(replay) {
      pending.replays.set(replay.id, replay);
      pending.size += 1;
      // Changes of state, a few each: what was answered to a person must outlive a kill in the same second.
      flush();
    },
    recordReplayResults(replayId, results) {
      pending.replayResults.push({ replayId, results });
      gathered(results.length);
    },
    replays: () => read(() => file.journal.replays()),
    comparisons: {
      results: (replayId, question) => read(() => file.comparisons.results(replayId, question)),
      summary: (replayId, line, settled) => read(() => file.comparisons.summary(replayId, line, settled)),
      settle: (replayId, line, windows) => read(() => file.comparisons.settle(replayId, line, windows)),
      cut: (replayId, keys, wholeFrom) => read(() => file.comparisons.cut(replayId, keys, wholeFrom)),
      clear: (replayId) => read(() => file.comparisons.clear(replayId)),
      drop: (replayId) => read(() => file.comparisons.drop(replayId)),
    },
    recentIncidents: (limit) => read(() => file.journal.recentIncidents(limit)),
    query: (query) => read(() => answer(file.records, query, query.to ?? now() + 1)),
    outcomes: {
      find: (place) => read(() => file.outcomes.find(place)),
      put: (outcome) => read(() => file.outcomes.put(outcome)),
      drop: (partition, offset) => read(() => file.outcomes.drop(partition, offset)),
      settled: (partition, low, high) => read(() => file.outcomes.settled(partition, low, high)),
    },
    recordMoment(snapshot) {
      pending.moments.push({ at: snapshot.at, states: statesOf(snapshot), ...splitMoment(snapshot) });
      gathered(1);
    },
    moment: (at) => read(() => momentAt(file.records, at, now())),
    putAnnotation: (annotation) =>
      read(() => {
        if (file.records.annotations.count() >= MAX_ANNOTATIONS) throw tooMany();
        file.records.annotations.put(annotation);
      }),
    annotation: (id) => read(() => file.records.annotations.get(id)),
    annotations: (from, to) => read(() => file.records.annotations.range(from, to)),
    removeAnnotation: (id) => read(() => file.records.annotations.remove(id)),
    lines: (from, to) => linesOf(() => read(() => file.records), from, to),
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
