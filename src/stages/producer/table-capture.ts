// Capture by transaction: from the server's log while it is at hand, else by polling below the snapshot's horizon. Both
// move the same set of published rows on (published.ts), so either takes over from the other at any row:
// polling → a walk over all that one snapshot sees → the log, which skips what is published already.
// Any snapshot younger than the slot will do for the walk, since rows are known by their transactions.
import type { PgClient } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import type { CaptureSetting } from '../../shared/settings.ts';
import * as sql from './capture.sql.ts';
import type { Capture, Captured, CaptureState } from './capture.ts';
import type { CapturedRow } from './event-encoding.ts';
import { readLsn } from './log-decoding.ts';
import type { LogMark } from './log-queue.ts';
import { snapshotAndLog } from './log-slot.sql.ts';
import { publicationState } from './log-slot.ts';
import { type Following, LogSource, type LogSourceOptions } from './log-source.ts';
import type { PollPace } from './poll-pace.ts';
import type { CapturePosition } from './position.ts';
import { Published } from './published.ts';
import { queryRows } from './query-rows.ts';

/** While rows come from the log, the place is drawn together this often. */
const SETTLE_EVERY_MS = 200;
/** Without rows too: a log that has stopped telling of them would not be noticed otherwise. */
const IDLE_SETTLE_MS = 1_000;
/** How often the place of an idle log is stored, so that the server need not keep the log of other tables. */
const IDLE_SAVE_MS = 10_000;
/** How soon a mark in the log is asked for again. */
const MARK_PAUSE_MS = 20;
/**
 * After so long with more in hand than can be published, the table is read instead. Measured over 300,000 rows on a busy
 * machine of two cores: 83-126k rows/s from the table, 29-69k from the log.
 */
const CROWDED_MS = 300;

type Phase =
  | { kind: 'polling' }
  | { kind: 'walking'; log: Following; snapshot: string; tx: string; id: string }
  | { kind: 'following'; log: Following };

export interface TableCaptureOptions {
  /** First transaction that had not begun when this session fenced its predecessors off. */
  sessionEnd: bigint;
  named: boolean;
  pace: PollPace;
  source: Omit<LogSourceOptions, 'near' | 'wake' | 'marked' | 'changes' | 'followedBefore'>;
}

export class TableCapture implements Capture {
  readonly cursor = 'tx';
  #client: PgClient;
  #options: TableCaptureOptions;
  #published: Published;
  #source: LogSource;
  #phase: Phase = { kind: 'polling' };
  #settled = false;
  #near: bigint;
  #uncrowdedAt = 0;
  #lookedAt = 0;
  #asking = false;
  /** Failure of a question asked in the background. */
  #broken: unknown = null;
  #markedAt = Number.NEGATIVE_INFINITY;
  /** A mark has been proved since the last look. */
  #proved = false;
  /** Rows came since the place was last drawn together, or it was not stored for long. */
  #saveAt = 0;
  #savedLsn: string | null = null;
  #confirmable: string | null = null;
  readonly #changes = { updates: 0, deletes: 0, truncates: 0 };

  constructor(client: PgClient, position: CapturePosition, options: TableCaptureOptions) {
    this.#client = client;
    this.#options = options;
    this.#published = new Published(position);
    this.#near = options.sessionEnd;
    this.#source = new LogSource({
      ...options.source,
      followedBefore: position.lsn !== null,
      changes: this.#changes,
      near: () => this.#near,
      wake: () => options.pace.wake(),
      marked: () => this.#confirm(),
    });
  }

  get state(): CaptureState {
    const following = this.#phase.kind === 'following';
    return {
      mode: following ? 'logical' : 'polling',
      why: this.#source.why,
      slot: this.#source.slot,
      changes: following ? { ...this.#changes } : null,
    };
  }

  set(setting: CaptureSetting): void {
    this.#source.set(setting);
  }

  resnapshot(): void {
    this.#source.resnapshot();
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  place(): CapturePosition {
    return this.#published.position();
  }

  async next(limit: number): Promise<Captured> {
    try {
      const captured = await this.#look(limit);
      this.#options.pace.found(captured.rows.length);
      return captured;
    } catch (error) {
      throw postgresError(error, 'capture rows');
    }
  }

  async idle(signal: AbortSignal): Promise<void> {
    const { pace } = this.#options;
    if (this.#phase.kind !== 'following') return pace.polling(signal);
    if (!this.#phase.log.queue.empty) return;
    const soon = this.#phase.log.queue.awaiting || this.#published.unsettled > 0;
    await pace.wait(soon ? MARK_PAUSE_MS : SETTLE_EVERY_MS, signal);
  }

  async #look(limit: number): Promise<Captured> {
    if (this.#broken !== null) throw this.#broken;
    const log = this.#source.following;
    if (this.#phase.kind !== 'polling' && this.#phase.log !== log) {
      this.#phase = { kind: 'polling' };
      this.#published.followed(null);
    }
    switch (this.#phase.kind) {
      case 'polling': {
        const captured = await this.#poll(limit);
        if (!captured.full) this.#source.caughtUp();
        if (!captured.full && log !== null) await this.#walk(log);
        return this.#phase.kind === 'polling' ? captured : { ...captured, full: true };
      }
      case 'walking':
        return this.#step(this.#phase, limit);
      case 'following':
        return this.#follow(this.#phase.log, limit);
    }
  }

  #captured(rows: CapturedRow[], full: boolean, save = rows.length > 0): Captured {
    return {
      rows,
      full,
      settled: this.#settled,
      position: this.#published.position(),
      save: save && this.#published.storable,
    };
  }

  #rows(name: string, text: string, values: unknown[]): Promise<CapturedRow[]> {
    return queryRows(this.#client, this.#options.named ? name : null, text, values);
  }

  #fresh(found: CapturedRow[]): CapturedRow[] {
    if (this.#published.plain) return found;
    return found.filter(([id, , , , , tx]) => !this.#published.has(BigInt(tx ?? '0'), BigInt(id)));
  }

  async #poll(limit: number): Promise<Captured> {
    // Rows of a predecessor may lie above the horizon: until it has passed the begin of this session they are awaited.
    const horizon = this.#settled ? null : await this.#horizon();
    const { tx, id } = this.#published.cursor;
    const found = await this.#rows('livedb-rows-after-tx', sql.rowsAfterTx(), [tx, id, limit]);
    const rows = this.#fresh(found);
    const last = found.at(-1);
    if (last !== undefined) this.#published.moveTo(BigInt(last[5] ?? '0'), BigInt(last[0]));
    const full = found.length === limit;
    if (!full && horizon !== null && horizon >= this.#options.sessionEnd) this.#settled = true;
    return this.#captured(rows, full);
  }

  async #horizon(): Promise<bigint> {
    const { rows } = await this.#client.query<{ xmin: string }>(sql.snapshotHorizon());
    return BigInt(rows[0]?.xmin ?? '0');
  }

  async #snapshot(): Promise<LogMark> {
    const { rows } = await this.#client.query<LogMark>(snapshotAndLog());
    const found = rows[0];
    if (found === undefined) throw new Error('PostgreSQL gave no snapshot');
    this.#near = BigInt(found.snapshot.split(':')[1] ?? '0');
    return found;
  }

  async #walk(log: Following): Promise<void> {
    const { snapshot } = await this.#snapshot();
    this.#phase = { kind: 'walking', log, snapshot, ...this.#published.cursor };
  }

  async #step(phase: Extract<Phase, { kind: 'walking' }>, limit: number): Promise<Captured> {
    const { snapshot, tx, id } = phase;
    const found = await this.#rows('livedb-rows-in-snapshot', sql.rowsInSnapshot(), [
      tx,
      id,
      snapshot,
      limit,
    ]);
    const rows = this.#fresh(found);
    const last = found.at(-1);
    if (found.length === limit && last !== undefined) {
      phase.tx = last[5] ?? phase.tx;
      phase.id = last[0];
      this.#published.addWalked(snapshot, BigInt(phase.tx), BigInt(phase.id));
      return this.#captured(rows, true);
    }
    this.#published.addVisible(snapshot);
    this.#phase = { kind: 'following', log: phase.log };
    this.#uncrowdedAt = performance.now();
    this.#markedAt = Number.NEGATIVE_INFINITY;
    return this.#captured(rows, false);
  }

  async #follow(log: Following, limit: number): Promise<Captured> {
    const { queue, stream } = log;
    const { rows, mark } = queue.take(limit, this.#published);
    const now = performance.now();
    // Who could not look for so long was held up by Kafka: that the log is slow has not been seen.
    if (!queue.crowded || now - this.#lookedAt > CROWDED_MS) this.#uncrowdedAt = now;
    else if (now - this.#uncrowdedAt > CROWDED_MS) this.#source.fellBehind();
    this.#lookedAt = now;
    if (mark !== null) this.#ask(() => this.#prove(log, mark));
    else if (queue.awaiting) stream.ask();
    else if (now - this.#markedAt >= (this.#published.unsettled > 0 ? SETTLE_EVERY_MS : IDLE_SETTLE_MS)) {
      this.#ask(() => this.#mark(log));
    }
    const atRest = this.#proved && rows.length === 0 && queue.empty && this.#published.unsettled === 0;
    this.#proved = false;
    const save = rows.length > 0 || (atRest && now >= this.#saveAt);
    if (save) this.#saveAt = rows.length > 0 ? now : now + IDLE_SAVE_MS;
    return this.#captured(rows, !queue.empty, save);
  }

  /** In the background, one question at a time: rows need not wait for it. */
  #ask(question: () => Promise<void>): void {
    if (this.#asking) return;
    this.#asking = true;
    question()
      .catch((error: unknown) => {
        this.#broken = error;
      })
      .finally(() => {
        this.#asking = false;
        this.#options.pace.wake();
      });
  }

  async #mark({ queue }: Following): Promise<void> {
    this.#markedAt = performance.now();
    const saved = this.#savedLsn;
    const mark = await this.#snapshot();
    this.#confirmable = saved;
    queue.await(mark);
  }

  /**
   * The log tells only of what the publication names: what a mark says holds if nobody has touched the publication since
   * the log was taken up. Asked after the log has come to the mark: a change that lies before it is to be seen by now.
   */
  async #prove(log: Following, { snapshot, lsn }: LogMark): Promise<void> {
    const publication = await publicationState(this.#client, this.#options.source.name);
    if (this.#phase.kind !== 'following' || this.#phase.log !== log) return;
    if (publication?.identity !== log.publication) {
      const what = publication === null ? 'dropped or narrowed' : 'changed';
      return this.#source.distrust(
        `The publication was ${what}: the log does not tell of every row any more.`,
      );
    }
    this.#published.addVisible(snapshot);
    this.#published.followed(lsn);
    // All that a predecessor can have published stands in the log before a mark of this session.
    this.#settled = true;
    this.#proved = true;
  }

  saved(position: CapturePosition): void {
    this.#savedLsn = position.lsn;
  }

  /**
   * The server sends only what it has on disk. What stood saved before the mark was asked for is on its disk too, though
   * the save did not wait for it: now the log behind that place may go.
   */
  #confirm(): void {
    const lsn = this.#confirmable;
    this.#confirmable = null;
    if (lsn !== null && this.#phase.kind === 'following') this.#phase.log.stream.confirm(readLsn(lsn));
  }
}
