// Record batches v2 made by hand, for tests of the embedded broker's log.
import { sealChecksum } from '../../src/broker/log/batch.ts';
import { Writer } from '../../src/broker/wire/writer.ts';

export interface BatchSpec {
  values: string[];
  /** Epoch ms of the first record; each next one is a millisecond later. */
  timestamp?: number;
  producerId?: number;
  epoch?: number;
  sequence?: number;
  transactional?: boolean;
}

export function recordBatch(spec: BatchSpec): Buffer {
  const { values, timestamp = 1_000, producerId = -1, epoch = -1, sequence = -1 } = spec;
  const records = new Writer();
  for (const [index, value] of values.entries()) {
    const record = new Writer();
    record.int8(0);
    record.varint(index);
    record.varint(index);
    record.varint(-1);
    record.varint(Buffer.byteLength(value));
    record.raw(Buffer.from(value));
    record.varint(0);
    records.varint(record.length);
    records.raw(record.toBuffer());
  }
  const batch = new Writer();
  batch.int64(0);
  batch.int32(49 + records.length);
  batch.int32(-1);
  batch.int8(2);
  batch.int32(0);
  batch.int16(spec.transactional === true ? 0x10 : 0);
  batch.int32(values.length - 1);
  batch.int64(timestamp);
  batch.int64(timestamp + values.length - 1);
  batch.int64(producerId);
  batch.int16(epoch);
  batch.int32(sequence);
  batch.int32(values.length);
  batch.raw(records.toBuffer());
  const bytes = Buffer.from(batch.toBuffer());
  sealChecksum(bytes);
  return bytes;
}
