// Record batches of format v2 as bytes: built without an object per record, read with one reused cursor.
// Called by the adapter's producer and reader. Layout: Kafka documentation, "Record Batch" (KIP-98).
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';

/** Bytes before the first record: base offset, length, leader epoch, magic, crc, attributes … record count. */
export const BATCH_HEADER_BYTES = 61;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_DELTA_AT = 23;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const PRODUCER_EPOCH_AT = 51;
const BASE_SEQUENCE_AT = 53;
const COUNT_AT = 57;
/** Bytes counted by the length field start after it. */
const LENGTH_COVERS_FROM = 12;
const MAGIC = 2;
const COMPRESSION_MASK = 0x07;
const CONTROL_BIT = 0x20;
/** Longer texts are written natively; for short ones the call costs more than the loop. */
const SHORT_TEXT = 48;

export interface RecordHeader {
  name: string;
  value: string;
}

function varintBytes(value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let bytes = 1;
  while (zigzag >= 0x80) {
    zigzag >>>= 7;
    bytes++;
  }
  return bytes;
}

function writeVarint(buffer: Buffer, at: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  while (zigzag >= 0x80) {
    buffer[at++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  buffer[at++] = zigzag;
  return at;
}

function writeText(buffer: Buffer, at: number, text: string): number {
  if (text.length > SHORT_TEXT) return at + buffer.write(text, at, 'utf8');
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return at + buffer.write(text, at, 'utf8');
    buffer[at + i] = unit;
  }
  return at + text.length;
}

/** Builds one batch; reusable after `reset`. All records of a batch carry the same timestamp. */
export class BatchBuilder {
  #buffer: Buffer;
  #length = BATCH_HEADER_BYTES;
  #count = 0;

  constructor(initialBytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of the batch as it stands. */
  get bytes(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = BATCH_HEADER_BYTES;
    this.#count = 0;
  }

  append(key: string, value: string, headers: readonly RecordHeader[]): void {
    const keyBytes = Buffer.byteLength(key);
    const valueBytes = Buffer.byteLength(value);
    // attributes (1) and timestamp delta 0 (1)
    let body = 2 + varintBytes(this.#count) + varintBytes(keyBytes) + keyBytes;
    body += varintBytes(valueBytes) + valueBytes + varintBytes(headers.length);
    for (const { name, value: text } of headers) {
      const nameBytes = Buffer.byteLength(name);
      const textBytes = Buffer.byteLength(text);
      body += varintBytes(nameBytes) + nameBytes + varintBytes(textBytes) + textBytes;
    }
    const buffer = this.#room(varintBytes(body) + body);
    let at = writeVarint(buffer, this.#length, body);
    buffer[at++] = 0;
    buffer[at++] = 0;
    at = writeVarint(buffer, at, this.#count);
    at = writeText(buffer, writeVarint(buffer, at, keyBytes), key);
    at = writeText(buffer, writeVarint(buffer, at, valueBytes), value);
    at = writeVarint(buffer, at, headers.length);
    for (const { name, value: text } of headers) {
      at = writeText(buffer, writeVarint(buffer, at, Buffer.byteLength(name)), name);
      at = writeText(buffer, writeVarint(buffer, at, Buffer.byteLength(text)), text);
    }
    this.#length = at;
    this.#count++;
  }

  /** The finished batch; valid until the next `append` or `reset`. */
  finish(timestampMs: number, producer: { id: bigint; epoch: number; sequence: number }): Buffer {
    const batch = this.#buffer.subarray(0, this.#length);
    batch.writeBigInt64BE(0n, 0);
    batch.writeInt32BE(this.#length - LENGTH_COVERS_FROM, LENGTH_AT);
    batch.writeInt32BE(-1, LENGTH_COVERS_FROM);
    batch[MAGIC_AT] = MAGIC;
    batch.writeInt16BE(0, ATTRIBUTES_AT);
    batch.writeInt32BE(this.#count - 1, LAST_DELTA_AT);
    batch.writeBigInt64BE(BigInt(timestampMs), BASE_TIMESTAMP_AT);
    batch.writeBigInt64BE(BigInt(timestampMs), MAX_TIMESTAMP_AT);
    batch.writeBigInt64BE(producer.id, PRODUCER_ID_AT);
    batch.writeInt16BE(producer.epoch, PRODUCER_EPOCH_AT);
    batch.writeInt32BE(producer.sequence, BASE_SEQUENCE_AT);
    batch.writeInt32BE(this.#count, COUNT_AT);
    batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CRC_AT);
    return batch;
  }

  #room(bytes: number): Buffer {
    if (this.#length + bytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    return this.#buffer;
  }
}

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

/** Records of a batch as one buffer and where they start in it; null when its compression is not known here. */
function recordsOf(set: Buffer, batch: BatchHeader): { buffer: Buffer; from: number; to: number } | null {
  const from = batch.start + BATCH_HEADER_BYTES;
  const to = batch.start + batch.bytes;
  if (batch.magic !== MAGIC) return null;
  switch (batch.attributes & COMPRESSION_MASK) {
    case 0:
      return { buffer: set, from, to };
    case 1: {
      const buffer = gunzipSync(set.subarray(from, to));
      return { buffer, from: 0, to: buffer.length };
    }
    case 4: {
      const buffer = zstdDecompressSync(set.subarray(from, to));
      return { buffer, from: 0, to: buffer.length };
    }
    default:
      return null;
  }
}

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
    const headers: Record<string, string> = {};
    const nextRecordAt = this.#at;
    this.#at = this.#headersAt;
    for (let i = 0; i < this.headerCount; i++) {
      const nameBytes = this.#varint();
      const name = this.buffer.toString('utf8', this.#at, this.#at + nameBytes);
      this.#at += nameBytes;
      const valueBytes = this.#varint();
      headers[name] = valueBytes < 0 ? '' : this.buffer.toString('utf8', this.#at, this.#at + valueBytes);
      this.#at += Math.max(0, valueBytes);
    }
    this.#at = nextRecordAt;
    return headers;
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
