// Reads record sets (batches of format v2, as fetched) with one reused cursor, without an object per record. Called by
// the adapter's reader; the cursor goes on to the processor. Layout: kafka-batch-layout.ts.
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  ATTRIBUTES_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  COMPRESSION_MASK,
  CONTROL_BIT,
  COUNT_AT,
  LAST_DELTA_AT,
  LENGTH_AT,
  LENGTH_COVERS_FROM,
  MAGIC,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
} from './kafka-batch-layout.ts';

const UNCOMPRESSED = 0;
const GZIP = 1;
const ZSTD = 4;
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;

export interface BatchHeader {
  /** Where the batch starts in the record set, and how many bytes it has. */
  start: number;
  bytes: number;
  baseOffset: number;
  lastOffset: number;
  count: number;
  baseTimestamp: number;
  maxTimestamp: number;
  attributes: number;
  control: boolean;
  magic: number;
}

/** Header of the batch at `start`, or null when the rest of the set holds no whole batch. */
export function batchAt(set: Buffer, start: number): BatchHeader | null {
  if (set.length - start < BATCH_HEADER_BYTES) return null;
  const bytes = set.readInt32BE(start + LENGTH_AT) + LENGTH_COVERS_FROM;
  if (bytes < BATCH_HEADER_BYTES || set.length - start < bytes) return null;
  const baseOffset = Number(set.readBigInt64BE(start));
  const attributes = set.readInt16BE(start + ATTRIBUTES_AT);
  return {
    start,
    bytes,
    baseOffset,
    lastOffset: baseOffset + set.readInt32BE(start + LAST_DELTA_AT),
    count: set.readInt32BE(start + COUNT_AT),
    baseTimestamp: Number(set.readBigInt64BE(start + BASE_TIMESTAMP_AT)),
    maxTimestamp: Number(set.readBigInt64BE(start + MAX_TIMESTAMP_AT)),
    attributes,
    control: (attributes & CONTROL_BIT) !== 0,
    magic: set[start + MAGIC_AT] ?? 0,
  };
}

/** Records of a batch as one buffer and where they start in it; null when it cannot be unpacked here. */
function recordsOf(set: Buffer, batch: BatchHeader): { buffer: Buffer; from: number; to: number } | null {
  const from = batch.start + BATCH_HEADER_BYTES;
  const to = batch.start + batch.bytes;
  if (batch.magic !== MAGIC) return null;
  const compression = batch.attributes & COMPRESSION_MASK;
  if (compression === UNCOMPRESSED) return { buffer: set, from, to };
  const unpack = compression === GZIP ? gunzipSync : compression === ZSTD ? zstdDecompressSync : null;
  if (unpack === null) return null;
  try {
    const buffer = unpack(set.subarray(from, to), { maxOutputLength: MAX_UNPACKED_BYTES });
    return { buffer, from: 0, to: buffer.length };
  } catch {
    // Damaged, or a bomb: its records are counted as unreadable like those of a compression nobody here knows.
    return null;
  }
}

/** A batch that cannot be unpacked: the offset of its first record, how many it says it has, and all of its bytes. */
export interface UnreadableBatch {
  offset: number;
  count: number;
  bytes: Buffer;
}

const NONE: UnreadableBatch[] = [];

/**
 * Walks the records of a record set with offsets in [from, until): `next()` moves, the fields tell where the record is.
 * Nothing is allocated per record; key and value are `buffer[start..end)`, start -1 for null. Control batches are left out.
 */
export class RecordCursor {
  buffer: Buffer;
  offset = -1;
  /** Epoch ms. */
  timestamp = 0;
  keyStart = -1;
  keyEnd = -1;
  valueStart = -1;
  valueEnd = -1;
  headerCount = 0;
  /** Records passed over because their batch cannot be read (unknown compression, old format). */
  unreadable = 0;
  #unreadableBatches: UnreadableBatch[] = [];

  #set: Buffer;
  #from: number;
  #until: number;
  #nextBatch = 0;
  #at = 0;
  #left = 0;
  #baseOffset = 0;
  #baseTimestamp = 0;
  #headersAt = 0;

  constructor(set: Buffer, from: number, until = Number.POSITIVE_INFINITY) {
    this.#set = set;
    this.buffer = set;
    this.#from = from;
    this.#until = until;
  }

  next(): boolean {
    for (;;) {
      if (this.#left === 0 && !this.#openBatch()) return false;
      this.#readRecord();
      if (this.offset < this.#from) continue;
      if (this.offset < this.#until) return true;
      this.#left = 0;
      this.#nextBatch = this.#set.length;
      return false;
    }
  }

  key(): string | null {
    return this.keyStart < 0 ? null : this.buffer.toString('utf8', this.keyStart, this.keyEnd);
  }

  value(): string | null {
    return this.valueStart < 0 ? null : this.buffer.toString('utf8', this.valueStart, this.valueEnd);
  }

  /** Headers of the current record, read on demand; a name that occurs twice keeps its last value. */
  headers(): Record<string, string> {
    // As entries: a header may be named "__proto__".
    const headers: [string, string][] = [];
    const nextRecordAt = this.#at;
    this.#at = this.#headersAt;
    for (let i = 0; i < this.headerCount; i++) {
      const nameBytes = this.#varint();
      const name = this.buffer.toString('utf8', this.#at, this.#at + nameBytes);
      this.#at += nameBytes;
      const valueBytes = this.#varint();
      headers.push([
        name,
        valueBytes < 0 ? '' : this.buffer.toString('utf8', this.#at, this.#at + valueBytes),
      ]);
      this.#at += Math.max(0, valueBytes);
    }
    this.#at = nextRecordAt;
    return Object.fromEntries(headers);
  }

  /** One header of the current record whose value is plain ASCII, without the others; null when it has none of that name. */
  header(name: Buffer): string | null {
    const nextRecordAt = this.#at;
    this.#at = this.#headersAt;
    let found: string | null = null;
    for (let i = 0; i < this.headerCount && found === null; i++) {
      const nameBytes = this.#varint();
      const nameAt = this.#at;
      this.#at += nameBytes;
      const valueBytes = this.#varint();
      let same = nameBytes === name.length;
      for (let at = 0; same && at < nameBytes; at++) same = this.buffer[nameAt + at] === name[at];
      if (same) found = valueBytes < 0 ? '' : this.buffer.toString('latin1', this.#at, this.#at + valueBytes);
      this.#at += Math.max(0, valueBytes);
    }
    this.#at = nextRecordAt;
    return found;
  }

  /** Batches passed over since the last call. */
  takeUnreadable(): UnreadableBatch[] {
    if (this.#unreadableBatches.length === 0) return NONE;
    const taken = this.#unreadableBatches;
    this.#unreadableBatches = [];
    return taken;
  }

  #openBatch(): boolean {
    for (;;) {
      const batch = batchAt(this.#set, this.#nextBatch);
      if (batch === null || batch.baseOffset >= this.#until) return false;
      this.#nextBatch = batch.start + batch.bytes;
      if (batch.control || batch.count <= 0 || batch.lastOffset < this.#from) continue;
      const records = recordsOf(this.#set, batch);
      if (records === null) {
        this.unreadable += batch.count;
        const bytes = this.#set.subarray(batch.start, batch.start + batch.bytes);
        this.#unreadableBatches.push({ offset: batch.baseOffset, count: batch.count, bytes });
        continue;
      }
      this.buffer = records.buffer;
      this.#at = records.from;
      this.#left = batch.count;
      this.#baseOffset = batch.baseOffset;
      this.#baseTimestamp = batch.baseTimestamp;
      return true;
    }
  }

  #readRecord(): void {
    const bytes = this.#varint();
    const end = this.#at + bytes;
    this.#at++;
    this.timestamp = this.#baseTimestamp + this.#varlong();
    this.offset = this.#baseOffset + this.#varint();
    const keyBytes = this.#varint();
    this.keyStart = keyBytes < 0 ? -1 : this.#at;
    this.#at += Math.max(0, keyBytes);
    this.keyEnd = this.#at;
    const valueBytes = this.#varint();
    this.valueStart = valueBytes < 0 ? -1 : this.#at;
    this.#at += Math.max(0, valueBytes);
    this.valueEnd = this.#at;
    this.headerCount = this.#varint();
    this.#headersAt = this.#at;
    this.#at = end;
    this.#left--;
  }

  #varint(): number {
    const buffer = this.buffer;
    let byte = buffer[this.#at++] ?? 0;
    let zigzag = byte & 0x7f;
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = buffer[this.#at++] ?? 0;
      zigzag |= (byte & 0x7f) << shift;
    }
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** Timestamp deltas may pass 32 bits; doubles are exact for them up to 2^53. */
  #varlong(): number {
    let byte = this.buffer[this.#at++] ?? 0;
    let zigzag = byte & 0x7f;
    for (let factor = 128; byte >= 0x80 && factor < 2 ** 63; factor *= 128) {
      byte = this.buffer[this.#at++] ?? 0;
      zigzag += (byte & 0x7f) * factor;
    }
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }
}

/** First offset after the whole batches of a record set, or `from` when there is none. */
export function offsetAfter(set: Buffer, from: number): number {
  let next = from;
  for (let batch = batchAt(set, 0); batch !== null; batch = batchAt(set, batch.start + batch.bytes)) {
    next = batch.lastOffset + 1;
  }
  return Math.max(next, from);
}

/** How many records (control batches left out) of a record set have offsets in [from, until). */
export function countRecords(set: Buffer, from: number, until: number): number {
  let records = 0;
  for (let batch = batchAt(set, 0); batch !== null; batch = batchAt(set, batch.start + batch.bytes)) {
    if (batch.control || batch.lastOffset < from || batch.baseOffset >= until) continue;
    if (batch.baseOffset >= from && batch.lastOffset < until) {
      records += batch.count;
      continue;
    }
    const cursor = new RecordCursor(set.subarray(batch.start, batch.start + batch.bytes), from, until);
    while (cursor.next()) records++;
    records += cursor.unreadable;
  }
  return records;
}
