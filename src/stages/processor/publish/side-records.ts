// What a line puts aside: events that came too late for its query, and, the live line alone, records that are no events,
// each as it was and with its reason, once. Filled from the tails of both topics at a start: what stands there is not put
// aside twice, and an event that once was too late for the query stays so. Called by the intake for each such record.
import { crc32 } from 'node:zlib';
import type { OutgoingRecord, RecordCursor } from '../../../clients/kafka.ts';
import { SIDE_HEADERS } from '../../../shared/event.ts';

/** Values beyond this are cut: with its headers a record must still fit into what a broker takes. */
const MAX_VALUE_BYTES = 900 * 1024;
const MAX_KEY_BYTES = 8 * 1024;
const MAX_REASON = 500;

export type SideKind = 'late' | 'dead';

export interface SideSink {
  /** Takes a record for a topic; its headers tell it apart (`sideIdentity`). */
  submitSide(kind: SideKind, record: OutgoingRecord): void;
  /** No more for now: the intake must end its slice. */
  readonly full: boolean;
}

/** More than this is not kept in memory of the tails. */
const MAX_KNOWN = 1_000_000;

/** Offset of the events topic → CRC of the value: a topic that was made anew has other records there. */
export type KnownOffsets = ReadonlyMap<number, number>;

class Sources {
  readonly #offsets = new Map<number, Map<number, number>>();
  #size = 0;

  add(partition: number, offset: number, sum: number): void {
    let offsets = this.#offsets.get(partition);
    if (offsets === undefined) {
      offsets = new Map();
      this.#offsets.set(partition, offsets);
    }
    if (this.#size++ < MAX_KNOWN) offsets.set(offset, sum);
  }

  of(partition: number): KnownOffsets | null {
    return this.#offsets.get(partition) ?? null;
  }

  has(partition: number, offset: number, value: Buffer): boolean {
    return this.#offsets.get(partition)?.get(offset) === crc32(value);
  }
}

/** Which of the late records are those of a line. */
export interface OwnRecords {
  /** The names of its query, now and before. */
  queries: ReadonlySet<string>;
  /** When the query was made, epoch ms: what stands there from before is of an older one of that name. */
  since: number;
}

/** What tells a record aside apart in its topic: one event may be late for several queries. */
export function sideIdentity(headers: Readonly<Record<string, string>>): string {
  const { [SIDE_HEADERS.query]: query = '', [SIDE_HEADERS.source]: source = '' } = headers;
  return `${query} ${source}`;
}

export class SideRecords {
  readonly #topic: string;
  readonly #own: OwnRecords;
  readonly #sink: SideSink;
  readonly #known: Record<SideKind, Sources> = { late: new Sources(), dead: new Sources() };
  /** Records that are no events are put aside here, and not by another line. */
  readonly takesDead: boolean;

  constructor(topic: string, own: OwnRecords, sink: SideSink, { takesDead }: { takesDead: boolean }) {
    this.#topic = topic;
    this.#own = own;
    this.#sink = sink;
    this.takesDead = takesDead;
  }

  get full(): boolean {
    return this.#sink.full;
  }

  /** Takes one record of a tail. */
  learn(kind: SideKind, record: RecordCursor): void {
    const headers = record.headers();
    if (kind === 'late' && !isOwn(headers, this.#own)) return;
    const match = /^(.*)\/(\d+)\/(\d+)$/.exec(headers[SIDE_HEADERS.source] ?? '');
    if (match?.[1] !== this.#topic) return;
    this.#known[kind].add(Number(match[2]), Number(match[3]), crc32(valueBytes(record)));
  }

  /** Events of the partition that stand in the late topic; null when there are none. */
  knownLate(partition: number): KnownOffsets | null {
    return this.#known.late.of(partition);
  }

  /** Whether this very event stands in the late topic. */
  isLate(partition: number, cursor: RecordCursor): boolean {
    return this.#known.late.has(partition, cursor.offset, valueBytes(cursor));
  }

  late(
    partition: number,
    cursor: RecordCursor,
    about: { reason: string; query: string; window: string; at: number },
  ): void {
    this.#put('late', partition, cursor.offset, cursor, about.reason, about.at, [
      { name: SIDE_HEADERS.query, value: about.query },
      { name: SIDE_HEADERS.window, value: about.window },
    ]);
  }

  dead(partition: number, cursor: RecordCursor, reason: string, at: number): void {
    if (!this.takesDead) return;
    this.#put('dead', partition, cursor.offset, cursor, reason, at, []);
  }

  /** A batch that could not be unpacked, under the offset of its first record. */
  deadBatch(
    partition: number,
    batch: { offset: number; count: number; bytes: Buffer },
    reason: string,
    at: number,
  ): void {
    if (!this.takesDead) return;
    const { bytes, offset } = batch;
    const whole = { buffer: bytes, keyStart: -1, keyEnd: -1, valueStart: 0, valueEnd: bytes.length };
    this.#put('dead', partition, offset, whole, reason, at, [
      { name: SIDE_HEADERS.records, value: String(batch.count) },
    ]);
  }

  #put(
    kind: SideKind,
    partition: number,
    offset: number,
    record: Pick<RecordCursor, 'buffer' | 'keyStart' | 'keyEnd' | 'valueStart' | 'valueEnd'>,
    reason: string,
    at: number,
    more: { name: string; value: string }[],
  ): void {
    const source = `${this.#topic}/${partition}/${offset}`;
    const { buffer, keyStart, valueStart } = record;
    const length = record.valueEnd - valueStart;
    // Copies: what was fetched is let go of.
    const key =
      keyStart < 0
        ? null
        : Buffer.from(buffer.subarray(keyStart, Math.min(record.keyEnd, keyStart + MAX_KEY_BYTES)));
    const value = valueStart < 0 ? null : Buffer.from(valueBytes(record));
    if (this.#known[kind].has(partition, offset, value ?? NOTHING)) return;
    const headers = [
      { name: SIDE_HEADERS.source, value: source },
      { name: SIDE_HEADERS.reason, value: reason.slice(0, MAX_REASON) },
      ...more,
      { name: SIDE_HEADERS.at, value: String(at) },
    ];
    if (valueStart >= 0 && length > MAX_VALUE_BYTES)
      headers.push({ name: SIDE_HEADERS.cut, value: String(length) });
    this.#sink.submitSide(kind, { key, value, headers });
  }
}

const NOTHING = Buffer.alloc(0);

/** Whether a late record was put aside by the line of this query. */
export function isOwn(headers: Readonly<Record<string, string>>, { queries, since }: OwnRecords): boolean {
  return (
    queries.has(headers[SIDE_HEADERS.query] ?? '') && Number(headers[SIDE_HEADERS.at] ?? Infinity) >= since
  );
}

/** The value as it is put aside, cut where it is too long. */
function valueBytes(record: Pick<RecordCursor, 'buffer' | 'valueStart' | 'valueEnd'>): Buffer {
  const { buffer, valueStart, valueEnd } = record;
  if (valueStart < 0) return NOTHING;
  return buffer.subarray(valueStart, Math.min(valueEnd, valueStart + MAX_VALUE_BYTES));
}
