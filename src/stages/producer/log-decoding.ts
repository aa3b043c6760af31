// The server's log as pgoutput writes it (PostgreSQL 55.9, protocol version 1), read by pg-logical-replication: only what
// the capture needs, every value as the server's own text. log-stream.ts feeds it.
import { type Pgoutput, PgoutputPlugin } from 'pg-logical-replication';
import type { CapturedRow } from './event-encoding.ts';

export interface LogSink {
  /** A committed transaction begins: its number without the epoch, and where its commit stands in the log. */
  begin(xid: number, commitLsn: bigint): void;
  row(row: CapturedRow): void;
  commit(): void;
  changed(kind: 'updates' | 'deletes' | 'truncates'): void;
}

const TEXT = 't'.charCodeAt(0);
const BYTE_ORDER_MARK = '\ufeff';
const BYTE_ORDER_MARK_BYTES = Buffer.from(BYTE_ORDER_MARK);
const asText = (text: string) => text;

export class LogDecoder {
  #sink: LogSink;
  // Its `start` is left alone: it names options that servers before version 14 refuse.
  #plugin = new PgoutputPlugin({ protoVersion: 1, publicationNames: [] });

  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  /** One message; the bytes may be reused afterwards. */
  decode(message: Buffer): void {
    const sink = this.#sink;
    const read = this.#plugin.parse(message);
    switch (read.tag) {
      case 'insert': {
        if (message.includes(BYTE_ORDER_MARK_BYTES)) restoreMarks(message, read);
        const { id, org = null, amount = null, region = null, created_at = null, tx = null } = read.new;
        sink.row([id, org, amount, region, created_at, tx]);
        break;
      }
      case 'begin':
        sink.begin(read.xid >>> 0, readLsn(read.commitLsn ?? '0/0'));
        break;
      case 'commit':
        sink.commit();
        break;
      case 'relation':
        // Numbers and moments would lose digits as JavaScript's own.
        for (const column of read.columns) column.parser = asText;
        break;
      case 'update':
        sink.changed('updates');
        break;
      case 'delete':
        sink.changed('deletes');
        break;
      case 'truncate':
        sink.changed('truncates');
        break;
      default:
      // Types, origins and messages of others carry no rows.
    }
  }
}

/** The library takes a byte order mark at the head of a text for no part of it, as TextDecoder does. */
function restoreMarks(message: Buffer, insert: Pgoutput.MessageInsert): void {
  let at = 8;
  for (const { name } of insert.relation.columns) {
    if (message[at++] !== TEXT) continue;
    const start = at + 4;
    if (message.indexOf(BYTE_ORDER_MARK_BYTES, start) === start) {
      insert.new[name] = BYTE_ORDER_MARK + insert.new[name];
    }
    at = start + message.readUInt32BE(at);
  }
}

/** The whole number of a transaction (xid8) from its lower half, given a whole number that is not far from it. */
export function widenXid(xid: number, near: bigint): bigint {
  const whole = (near & ~0xffff_ffffn) | BigInt(xid);
  if (whole > near + 0x8000_0000n) return whole - 0x1_0000_0000n;
  if (whole < near - 0x8000_0000n) return whole + 0x1_0000_0000n;
  return whole;
}

/** `16/B374D848` as a number. */
export function readLsn(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
