// Record batch v2 as it stands on the wire and on disk: its header's fields, its checks and the walk over a buffer of
// batches. Batches are stored as they come; only baseOffset and partitionLeaderEpoch, which the CRC leaves out, are set.
// https://kafka.apache.org/documentation/#recordbatch
//   batch => baseOffset:int64 batchLength:int32 partitionLeaderEpoch:int32 magic:int8 crc:uint32 attributes:int16
//     lastOffsetDelta:int32 baseTimestamp:int64 maxTimestamp:int64 producerId:int64 producerEpoch:int16
//     baseSequence:int32 recordCount:int32 records
import { crc32c } from '@node-rs/crc32';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';

/** Bytes in front of the records. */
export const BATCH_HEADER = 61;
/** baseOffset and batchLength, which batchLength does not count. */
export const BATCH_PREFIX = 12;
/** The CRC covers everything from the attributes on. */
const CRC_FROM = 21;
const TWO_32 = 4_294_967_296;

const COMPRESSION_MASK = 0x07;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** none, gzip, snappy, lz4, zstd */
const LAST_COMPRESSION = 4;

function int64At(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4);
}

export interface BatchHeader {
  /** Where the batch begins in its buffer, and its whole size there. */
  position: number;
  size: number;
  baseOffset: number;
  lastOffset: number;
  magic: number;
  compression: number;
  transactional: boolean;
  control: boolean;
  /** Epoch ms; -1 when the producer gave none. */
  baseTimestamp: number;
  maxTimestamp: number;
  /** -1 when the producer is not idempotent. */
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  recordCount: number;
}

/** Whole size of the batch at `position`; 0 when not even its length is there. */
export function batchSizeAt(buffer: Buffer, position: number): number {
  if (position + BATCH_PREFIX > buffer.length) return 0;
  return buffer.readInt32BE(position + 8) + BATCH_PREFIX;
}

export function baseOffsetAt(buffer: Buffer, position: number): number {
  return int64At(buffer, position);
}

/** Header of the batch at `position`; null when the header is not wholly there or its length is impossible. */
export function headerAt(buffer: Buffer, position: number): BatchHeader | null {
  if (position + BATCH_HEADER > buffer.length) return null;
  const size = batchSizeAt(buffer, position);
  if (size < BATCH_HEADER) return null;
  const attributes = buffer.readInt16BE(position + 21);
  const baseOffset = int64At(buffer, position);
  return {
    position,
    size,
    baseOffset,
    lastOffset: baseOffset + buffer.readInt32BE(position + 23),
    magic: buffer.readInt8(position + 16),
    compression: attributes & COMPRESSION_MASK,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    baseTimestamp: int64At(buffer, position + 27),
    maxTimestamp: int64At(buffer, position + 35),
    producerId: int64At(buffer, position + 43),
    producerEpoch: buffer.readInt16BE(position + 51),
    baseSequence: buffer.readInt32BE(position + 53),
    recordCount: buffer.readInt32BE(position + 57),
  };
}

export function lastSequence(header: BatchHeader): number {
  // Sequences wrap around after 2^31 - 1.
  return (header.baseSequence + header.recordCount - 1) % 2_147_483_648;
}

/** True when the batch is wholly there and its checksum is right. */
export function isIntact(buffer: Buffer, header: BatchHeader): boolean {
  const end = header.position + header.size;
  if (end > buffer.length) return false;
  const stored = buffer.readUInt32BE(header.position + 17);
  return crc32c(buffer.subarray(header.position + CRC_FROM, end)) === stored;
}

/** Sets what only the broker knows. */
export function placeAt(buffer: Buffer, header: BatchHeader, baseOffset: number, leaderEpoch: number): void {
  const high = Math.floor(baseOffset / TWO_32);
  buffer.writeInt32BE(high, header.position);
  buffer.writeUInt32BE(baseOffset - high * TWO_32, header.position + 4);
  buffer.writeInt32BE(leaderEpoch, header.position + 12);
}

/** Recomputes the checksum of a batch that the broker itself has written. */
export function sealChecksum(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), 17);
}

export type CheckedBatches =
  | { ok: true; batches: BatchHeader[] }
  | { ok: false; error: ErrorCode; message: string };

function refuse(error: ErrorCode, message: string): CheckedBatches {
  return { ok: false, error, message };
}

/** The batches of one partition of a Produce request, or why they are refused. Records are not decoded. */
export function checkProduced(records: Buffer | null, maxBatchBytes: number): CheckedBatches {
  if (records === null || records.length === 0) return refuse(ERROR.INVALID_RECORD, 'There are no records.');
  const batches: BatchHeader[] = [];
  for (let position = 0; position < records.length; ) {
    const header = headerAt(records, position);
    if (header === null) return refuse(ERROR.CORRUPT_MESSAGE, 'A record batch is cut short.');
    if (header.magic !== 2) {
      return refuse(
        ERROR.UNSUPPORTED_FOR_MESSAGE_FORMAT,
        'Only record batches v2 are taken (Kafka 0.11 and later).',
      );
    }
    if (header.size > maxBatchBytes) {
      return refuse(
        ERROR.MESSAGE_TOO_LARGE,
        `A record batch of ${header.size} bytes passes max.message.bytes (${maxBatchBytes}).`,
      );
    }
    if (!isIntact(records, header))
      return refuse(ERROR.CORRUPT_MESSAGE, 'A record batch has a wrong checksum.');
    if (header.control) return refuse(ERROR.INVALID_RECORD, 'Clients may not write control batches.');
    if (header.compression > LAST_COMPRESSION) {
      return refuse(
        ERROR.UNSUPPORTED_COMPRESSION_TYPE,
        `Compression type ${header.compression} is not known.`,
      );
    }
    if (header.recordCount < 1 || header.lastOffset - header.baseOffset !== header.recordCount - 1) {
      return refuse(ERROR.INVALID_RECORD, 'A record batch has a wrong number of records.');
    }
    if (header.producerId >= 0 && (header.producerEpoch < 0 || header.baseSequence < 0)) {
      return refuse(ERROR.INVALID_RECORD, 'An idempotent batch needs an epoch and a sequence.');
    }
    batches.push(header);
    position += header.size;
  }
  if (batches.length > 1 && batches.some((batch) => batch.producerId >= 0)) {
    return refuse(ERROR.INVALID_RECORD, 'An idempotent producer sends one batch per partition and request.');
  }
  return { ok: true, batches };
}
