// Transaction markers: the control batch that ends a transaction on one partition (KIP-98). Written by the transaction
// coordinator, read again when a log is recovered.
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { BATCH_HEADER, BATCH_PREFIX, type BatchHeader, sealChecksum } from './batch.ts';

const TRANSACTIONAL_CONTROL = 0x30;
const ABORT = 0;
const COMMIT = 1;

/** One control batch with one marker; its offset is set on append. */
export function markerBatch(producerId: number, producerEpoch: number, commit: boolean, now: number): Buffer {
  const record = new Writer(32);
  record.int8(0); // attributes
  record.varint(0); // timestamp delta
  record.varint(0); // offset delta
  record.varint(4); // key: version int16, type int16
  record.int16(0);
  record.int16(commit ? COMMIT : ABORT);
  record.varint(6); // value: version int16, coordinator epoch int32
  record.int16(0);
  record.int32(0);
  record.varint(0); // headers
  const body = record.toBuffer();

  const batch = new Writer(96);
  const framed = new Writer(4);
  framed.varint(body.length);
  const prefix = framed.toBuffer();
  batch.int64(0);
  batch.int32(BATCH_HEADER - BATCH_PREFIX + prefix.length + body.length);
  batch.int32(0);
  batch.int8(2);
  batch.int32(0); // checksum, below
  batch.int16(TRANSACTIONAL_CONTROL);
  batch.int32(0);
  batch.int64(now);
  batch.int64(now);
  batch.int64(producerId);
  batch.int16(producerEpoch);
  batch.int32(-1);
  batch.int32(1);
  batch.raw(prefix);
  batch.raw(body);
  const bytes = batch.toBuffer();
  sealChecksum(bytes);
  return bytes;
}

/** What the marker in a control batch says; null when it is no end-of-transaction marker. */
export function markerOf(buffer: Buffer, header: BatchHeader): 'commit' | 'abort' | null {
  const reader = new Reader(buffer.subarray(header.position, header.position + header.size), BATCH_HEADER);
  reader.varint(); // length
  reader.int8();
  reader.varint();
  reader.varint();
  if (reader.varint() < 4) return null;
  reader.int16();
  const kind = reader.int16();
  if (kind === COMMIT) return 'commit';
  return kind === ABORT ? 'abort' : null;
}
