// What has come from the server's log and was not handed out yet: rows by transaction, bounded by pausing the stream,
// and marks at which everything that a snapshot sees has been handed out. table-capture.ts takes from it.
import type { CapturedRow } from './event-encoding.ts';
import { readLsn, widenXid } from './log-decoding.ts';
import type { LogStream, LogStreamSink } from './log-stream.ts';
import type { Published } from './published.ts';

/** Bytes of the log that may wait here; a row takes about five times as much memory as its bytes. */
const MOST_BYTES = 2 * 1024 * 1024;
const FEW_BYTES = 512 * 1024;
const CHUNK_ROWS = 500;
/** Well below what pauses the stream: a piece that is still open cannot be taken. */
const CHUNK_BYTES = 128 * 1024;

interface Chunk {
  kind: 'rows';
  tx: bigint;
  rows: CapturedRow[];
  /** The transaction ends with these rows. */
  last: boolean;
  bytes: number;
  /** Rows handed out already. */
  at: number;
}

/** All that the snapshot sees committed stands in the log before this place. */
export interface LogMark {
  snapshot: string;
  lsn: string;
}

export interface Changes {
  updates: number;
  deletes: number;
  truncates: number;
}

export interface LogQueueHooks {
  changes: Changes;
  /** A transaction's number that is not far from those in the log. */
  near(): bigint;
  wake(): void;
  ended: LogStreamSink['ended'];
  /** A mark has come in: the log is with us up to there. */
  marked(lsn: string): void;
}

export interface Taken {
  rows: CapturedRow[];
  /** The last mark that was passed: everything the log tells before it has been handed out. */
  mark: LogMark | null;
}

export class LogQueue implements LogStreamSink {
  #hooks: LogQueueHooks;
  #items: (Chunk | ({ kind: 'mark' } & LogMark))[] = [];
  #head = 0;
  #bytes = 0;
  #stream: Pick<LogStream, 'pause' | 'resume' | 'ask'> | null = null;
  #open: Chunk | null = null;
  #tx = 0n;
  #awaited: (LogMark & { at: bigint }) | null = null;

  constructor(hooks: LogQueueHooks) {
    this.#hooks = hooks;
  }

  follow(stream: Pick<LogStream, 'pause' | 'resume' | 'ask'>): void {
    this.#stream = stream;
    this.#regulate();
  }

  get empty(): boolean {
    return this.#head >= this.#items.length;
  }

  /** More has come than can be handed out. */
  get crowded(): boolean {
    return this.#bytes > FEW_BYTES;
  }

  get awaiting(): boolean {
    return this.#awaited !== null;
  }

  /** Makes a mark where the log has come to its place, which was read after its snapshot. */
  await({ snapshot, lsn }: LogMark): void {
    this.#awaited = { snapshot, lsn, at: readLsn(lsn) };
    this.#stream?.ask();
  }

  begin(xid: number, commitLsn: bigint): void {
    this.reached(commitLsn);
    this.#tx = widenXid(xid, this.#hooks.near());
  }

  row(row: CapturedRow): void {
    if (this.#open === null) {
      this.#open = { kind: 'rows', tx: this.#tx, rows: [], last: false, bytes: 0, at: 0 };
    }
    this.#open.rows.push(row);
    if (this.#open.rows.length >= CHUNK_ROWS) this.#close(false);
  }

  commit(): void {
    // An own end even when the last rows filled a chunk: only then is the transaction whole.
    this.#open ??= { kind: 'rows', tx: this.#tx, rows: [], last: true, bytes: 0, at: 0 };
    this.#close(true);
  }

  #close(last: boolean): void {
    if (this.#open === null) return;
    this.#open.last = last;
    this.#items.push(this.#open);
    this.#open = null;
    this.#hooks.wake();
  }

  changed(kind: keyof Changes): void {
    this.#hooks.changes[kind]++;
  }

  received(bytes: number): void {
    const chunk = this.#open ?? this.#items.at(-1);
    if (chunk?.kind !== 'rows') return;
    chunk.bytes += bytes;
    this.#bytes += bytes;
    if (this.#open !== null && this.#open.bytes >= CHUNK_BYTES) this.#close(false);
    this.#regulate();
  }

  reached(lsn: bigint): void {
    if (this.#awaited === null || lsn < this.#awaited.at) return;
    const { snapshot, lsn: text } = this.#awaited;
    this.#awaited = null;
    this.#items.push({ kind: 'mark', snapshot, lsn: text });
    this.#hooks.marked(text);
    this.#hooks.wake();
  }

  ended(error: Parameters<LogStreamSink['ended']>[0]): void {
    this.#hooks.ended(error);
  }

  #regulate(): void {
    if (this.#bytes > MOST_BYTES) this.#stream?.pause();
    else if (this.#bytes < FEW_BYTES) this.#stream?.resume();
  }

  /** Takes up to `limit` rows that are not published yet and counts them among the published. */
  take(limit: number, published: Published): Taken {
    const rows: CapturedRow[] = [];
    let mark: LogMark | null = null;
    while (!this.empty && rows.length < limit) {
      const item = this.#items[this.#head];
      if (item === undefined) break;
      if (item.kind === 'mark') mark = { snapshot: item.snapshot, lsn: item.lsn };
      else if (!this.#takeRows(item, limit, published, rows)) break;
      this.#head++;
    }
    if (this.#head > 256 || this.empty) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    this.#regulate();
    return { rows, mark };
  }

  /** False while rows of the chunk are left. */
  #takeRows(chunk: Chunk, limit: number, published: Published, into: CapturedRow[]): boolean {
    const { tx } = chunk;
    const covered = published.covers(tx);
    const end = Math.min(chunk.rows.length, chunk.at + limit - into.length);
    const whole = chunk.at === 0 && chunk.last && covered === 'none' && end === chunk.rows.length;
    if (covered !== 'whole') {
      const text = tx.toString();
      const ids: bigint[] = [];
      for (let at = chunk.at; at < end; at++) {
        const row = chunk.rows[at];
        if (row === undefined) continue;
        const [id, org, amount, region, createdAt] = row;
        const number = whole ? 0n : BigInt(id);
        if (covered === 'part' && published.has(tx, number)) continue;
        into.push([id, org, amount, region, createdAt, text]);
        if (!whole) ids.push(number);
      }
      if (ids.length > 0) published.addRows(tx, ids);
    }
    const share = chunk.rows.length === 0 ? 1 : (end - chunk.at) / (chunk.rows.length - chunk.at || 1);
    const bytes = end === chunk.rows.length ? chunk.bytes : Math.floor(chunk.bytes * share);
    chunk.bytes -= bytes;
    this.#bytes -= bytes;
    chunk.at = end;
    if (end < chunk.rows.length) return false;
    if (chunk.last && covered !== 'whole') published.addTransaction(tx);
    return true;
  }
}
