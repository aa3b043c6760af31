// Finds the first record at or after a time inside one batch, for ListOffsets. Decodes only offsets and times; batches
// in a compression that Node cannot undo (snappy, lz4) answer with their first record, which is never too late.
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Reader } from '../wire/reader.ts';
import { BATCH_HEADER, type BatchHeader } from './batch.ts';

const GZIP = 1;
const ZSTD = 4;
/** A batch that grows beyond this when unpacked is not looked into. */
const MAX_UNPACKED = 64 * 1024 * 1024;

function unpack(records: Buffer, compression: number): Buffer | null {
  if (compression === 0) return records;
  try {
    if (compression === GZIP) return gunzipSync(records, { maxOutputLength: MAX_UNPACKED });
    if (compression === ZSTD) return zstdDecompressSync(records, { maxOutputLength: MAX_UNPACKED });
  } catch {
    // What a producer packed badly is the reader's to refuse; a search by time only needs a place not too late.
    return null;
  }
  return null;
}

export interface TimedOffset {
  offset: number;
  timestamp: number;
}

/** First record of the batch with a time at or after `target` (epoch ms); null when the batch has none. */
export function firstAtOrAfter(buffer: Buffer, header: BatchHeader, target: number): TimedOffset | null {
  if (header.maxTimestamp < target) return null;
  const first = { offset: header.baseOffset, timestamp: header.baseTimestamp };
  if (header.baseTimestamp >= target) return first;
  const packed = buffer.subarray(header.position + BATCH_HEADER, header.position + header.size);
  const records = unpack(packed, header.compression);
  if (records === null) return first;
  const reader = new Reader(records);
  for (let index = 0; index < header.recordCount; index += 1) {
    const length = reader.varint();
    const next = reader.position + length;
    reader.int8();
    const timestamp = header.baseTimestamp + reader.varint();
    const offset = header.baseOffset + reader.varint();
    if (timestamp >= target) return { offset, timestamp };
    reader.position = next;
  }
  return null;
}
