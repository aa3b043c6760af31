// Builds record batches of format v2 as bytes, without an object per record. Called by the adapter's producer.
// Layout: kafka-batch-layout.ts.
import { crc32c } from '@node-rs/crc32';

import {
  ATTRIBUTES_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  COUNT_AT,
  CRC_AT,
  LAST_DELTA_AT,
  LENGTH_AT,
  LENGTH_COVERS_FROM,
  MAGIC,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
} from './kafka-batch-layout.ts';

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

/** What a record carries as key or value: a text is written as UTF-8, bytes as they are; null is Kafka's null. */
export type RecordContent = string | Uint8Array | null;

const contentBytes = (content: RecordContent) =>
  typeof content === 'string' ? Buffer.byteLength(content) : (content?.length ?? -1);

/** With its length before it; -1 for null. */
function writeContent(buffer: Buffer, at: number, content: RecordContent, bytes: number): number {
  const from = writeVarint(buffer, at, bytes);
  if (typeof content === 'string') return writeText(buffer, from, content);
  if (content !== null) buffer.set(content, from);
  return from + Math.max(0, bytes);
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

  append(key: RecordContent, value: RecordContent, headers: readonly RecordHeader[]): void {
    const keyBytes = contentBytes(key);
    const valueBytes = contentBytes(value);
    // attributes (1) and timestamp delta 0 (1)
    let body = 2 + varintBytes(this.#count) + varintBytes(keyBytes) + Math.max(0, keyBytes);
    body += varintBytes(valueBytes) + Math.max(0, valueBytes) + varintBytes(headers.length);
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
    at = writeContent(buffer, at, key, keyBytes);
    at = writeContent(buffer, at, value, valueBytes);
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
