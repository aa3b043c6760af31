// The server's log as pgoutput writes it (PostgreSQL 55.9, protocol version 1): only what the capture needs, read
// straight from the bytes. log-stream.ts feeds it; the tests hold it against pg-logical-replication's parser.
import type { CapturedRow } from './event-encoding.ts';

export interface LogSink {
  /** A committed transaction begins: its number without the epoch, and where its commit stands in the log. */
  begin(xid: number, commitLsn: bigint): void;
  row(row: CapturedRow): void;
  commit(): void;
  changed(kind: 'updates' | 'deletes' | 'truncates'): void;
}

const COLUMNS = ['id', 'org', 'amount', 'region', 'created_at', 'tx'];
const [BEGIN, COMMIT, RELATION, INSERT, UPDATE, DELETE, TRUNCATE] = [...'BCRIUDT'].map((c) =>
  c.charCodeAt(0),
);
const TEXT = 't'.charCodeAt(0);

export class LogDecoder {
  #sink: LogSink;
  /** Per relation: for each of its columns the place in a captured row, or -1. */
  #relations = new Map<number, Int8Array>();

  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  /** One message; the bytes may be reused afterwards. */
  decode(message: Buffer): void {
    const sink = this.#sink;
    const kind = message[0];
    if (kind === INSERT) this.#insert(message);
    else if (kind === BEGIN) sink.begin(message.readUInt32BE(17), message.readBigUInt64BE(1));
    else if (kind === COMMIT) sink.commit();
    else if (kind === RELATION) this.#relation(message);
    else if (kind === UPDATE) sink.changed('updates');
    else if (kind === DELETE) sink.changed('deletes');
    else if (kind === TRUNCATE) sink.changed('truncates');
    // Types, origins and messages of others carry no rows.
  }

  #relation(message: Buffer): void {
    const relation = message.readUInt32BE(1);
    let at = message.indexOf(0, 5) + 1;
    at = message.indexOf(0, at) + 2;
    const places = new Int8Array(message.readUInt16BE(at));
    at += 2;
    for (let column = 0; column < places.length; column++) {
      const end = message.indexOf(0, at + 1);
      places[column] = COLUMNS.indexOf(message.toString('utf8', at + 1, end));
      at = end + 9;
    }
    this.#relations.set(relation, places);
  }

  #insert(message: Buffer): void {
    const places = this.#relations.get(message.readUInt32BE(1));
    if (places === undefined) throw new Error('The log tells of a row before its table.');
    const row: [string, string | null, string | null, string | null, string | null, string | null] = [
      '',
      null,
      null,
      null,
      null,
      null,
    ];
    const columns = message.readUInt16BE(6);
    let at = 8;
    for (let column = 0; column < columns; column++) {
      if (message[at++] !== TEXT) continue;
      const end = at + 4 + message.readUInt32BE(at);
      const place = places[column] ?? -1;
      if (place >= 0) {
        const text = place === 1 || place === 3;
        row[place] = message.toString(text ? 'utf8' : 'latin1', at + 4, end);
      }
      at = end;
    }
    this.#sink.row(row);
  }
}

/** The whole number of a transaction (xid8) from its lower half, given a whole number that is not far from it. */
export function widenXid(xid: number, near: bigint): bigint {
  const whole = (near & ~0xffff_ffffn) | BigInt(xid);
  if (whole > near + 0x8000_0000n) return whole - 0x1_0000_0000n;
  if (whole < near - 0x8000_0000n) return whole + 0x1_0000_0000n;
  return whole;
}

/** `16/B374D848` as a number, and back. */
export function readLsn(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
