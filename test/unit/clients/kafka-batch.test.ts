import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import createDefaultPartitioner from 'kafkajs/src/producer/partitioners/default/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import RecordBatchDecoder from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { expect, test } from 'vitest';
import { BatchBuilder } from '../../../src/clients/kafka-batch.ts';
import { BATCH_HEADER_BYTES } from '../../../src/clients/kafka-batch-layout.ts';
import { partitionOf } from '../../../src/clients/kafka-partition.ts';
import { batchAt, countRecords, offsetAfter, RecordCursor } from '../../../src/clients/kafka-records.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ minLength: 100, maxLength: 3_000 }),
);
const header = fc.record({ name: fc.string({ minLength: 1, unit: 'grapheme' }), value: text });
const record = fc.record({ key: text, value: text, headers: fc.array(header, { maxLength: 3 }) });
const producer = { id: 77n, epoch: 3, sequence: 12 };

function build(
  records: { key: string; value: string; headers: { name: string; value: string }[] }[],
  base = 0,
) {
  const builder = new BatchBuilder(64);
  for (const { key, value, headers } of records) builder.append(key, value, headers);
  const batch = Buffer.from(builder.finish(1_700_000_000_123, producer));
  batch.writeBigInt64BE(BigInt(base), 0);
  return batch;
}

test('what is built is read back by the cursor, and by kafkajs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (records) => {
      const batch = build(records, 1_000);
      const cursor = new RecordCursor(batch, 1_000);
      for (const [index, { key, value, headers }] of records.entries()) {
        expect(cursor.next()).toBe(true);
        expect(cursor.offset).toBe(1_000 + index);
        expect(cursor.timestamp).toBe(1_700_000_000_123);
        expect(cursor.headers()).toEqual(Object.fromEntries(headers.map((one) => [one.name, one.value])));
        expect([cursor.key(), cursor.value()]).toEqual([key, value]);
      }
      expect(cursor.next()).toBe(false);
      const read = await RecordBatchDecoder(new Decoder(batch));
      expect(read.records.map(({ key, value }) => [String(key), String(value)])).toEqual(
        records.map(({ key, value }) => [key, value]),
      );
      expect([read.producerId, read.producerEpoch, read.firstSequence]).toEqual(['77', 3, 12]);
    }),
    { numRuns: 50 },
  );
});

test('bytes that are no text, and null, are carried as they are', () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
  const builder = new BatchBuilder(64);
  builder.append(null, bytes, [{ name: 'h', value: 'v' }]);
  builder.append('k', null, []);
  builder.append(bytes, '', []);
  const cursor = new RecordCursor(Buffer.from(builder.finish(1, producer)), 0);
  expect(cursor.next()).toBe(true);
  expect(cursor.key()).toBeNull();
  expect(cursor.buffer.subarray(cursor.valueStart, cursor.valueEnd)).toEqual(bytes);
  expect(cursor.headers()).toEqual({ h: 'v' });
  expect(cursor.next()).toBe(true);
  expect([cursor.key(), cursor.value()]).toEqual(['k', null]);
  expect(cursor.next()).toBe(true);
  expect(cursor.buffer.subarray(cursor.keyStart, cursor.keyEnd)).toEqual(bytes);
  expect(cursor.value()).toBe('');
  expect(cursor.next()).toBe(false);
});

test('a header may have any name', () => {
  const headers = [
    { name: '__proto__', value: 'one' },
    { name: 'constructor', value: 'two' },
  ];
  const cursor = new RecordCursor(build([{ key: 'k', value: 'v', headers }]), 0);
  expect(cursor.next()).toBe(true);
  expect(Object.entries(cursor.headers())).toEqual([
    ['__proto__', 'one'],
    ['constructor', 'two'],
  ]);
});

test('a cut-off batch at the end of a record set is left for the next fetch, wherever it is cut', () => {
  const one = { key: 'k', value: 'v', headers: [] };
  const set = Buffer.concat([build([one, one], 10), build([one, one, one], 12)]);
  const first = batchAt(set, 0)?.bytes ?? 0;
  for (let bytes = 0; bytes < set.length; bytes++) {
    const part = set.subarray(0, bytes);
    expect(offsetAfter(part, 10)).toBe(bytes < first ? 10 : 12);
    const cursor = new RecordCursor(part, 10);
    let records = 0;
    while (cursor.next()) records++;
    expect(records).toBe(bytes < first ? 0 : 2);
  }
  expect(offsetAfter(set, 10)).toBe(15);
});

test('records outside [from, until) are passed over, and counted the same way', () => {
  const one = { key: 'k', value: 'v', headers: [] };
  const set = Buffer.concat([build([one, one, one], 10), build([one, one], 13), build([one], 20)]);
  const offsets = [10, 11, 12, 13, 14, 20];
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 25 }), fc.integer({ min: 5, max: 25 }), (from, until) => {
      const cursor = new RecordCursor(set, from, until);
      const seen: number[] = [];
      while (cursor.next()) seen.push(cursor.offset);
      expect(seen).toEqual(offsets.filter((offset) => offset >= from && offset < until));
      expect(countRecords(set, from, until)).toBe(seen.length);
    }),
  );
});

test('control batches are no events; gzip is read; other compressions are counted as unreadable', () => {
  const one = { key: 'k', value: 'v', headers: [] };
  const control = build([one], 0);
  control.writeInt16BE(0x20 | 0x10, 21);
  const plain = build([one, one], 1);
  const packed = gzipSync(plain.subarray(BATCH_HEADER_BYTES));
  const gzipped = Buffer.concat([plain.subarray(0, BATCH_HEADER_BYTES), packed]);
  gzipped.writeInt32BE(gzipped.length - 12, 8);
  gzipped.writeInt16BE(1, 21);
  const snappy = build([one, one, one], 3);
  snappy.writeInt16BE(2, 21);
  const damaged = Buffer.from(gzipped);
  damaged.writeBigInt64BE(7n, 0);
  damaged.fill(0xff, BATCH_HEADER_BYTES);
  const set = Buffer.concat([control, gzipped, snappy, build([one], 6), damaged]);
  const cursor = new RecordCursor(set, 0);
  const seen: number[] = [];
  while (cursor.next()) seen.push(cursor.offset);
  expect(seen).toEqual([1, 2, 6]);
  expect(cursor.unreadable).toBe(5);
  expect(countRecords(set, 0, 9)).toBe(8);
});

test('keys go to the partition that Java and kafkajs send them to', () => {
  const partitioner = createDefaultPartitioner();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
        fc.string({ unit: 'grapheme' }),
      ),
      fc.integer({ min: 1, max: 64 }),
      (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 1,
        }));
        expect(partitionOf(key, count)).toBe(
          partitioner({ topic: 't', partitionMetadata, message: { key } }),
        );
      },
    ),
  );
  // org.apache.kafka.common.utils.UtilsTest: murmur2("21") = -973932308, ("foobar") = -790332482
  expect(partitionOf('21', 1_000)).toBe((-973932308 & 0x7fffffff) % 1_000);
  expect(partitionOf('foobar', 1_000)).toBe((-790332482 & 0x7fffffff) % 1_000);
});
