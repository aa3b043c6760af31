import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkProduced, headerAt } from '../../../src/broker/log/batch.ts';
import { type LogSettings, PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { Reader } from '../../../src/broker/wire/reader.ts';
import { recordBatch } from '../../support/record-batch.ts';
import { tempDir } from '../../support/temp-dir.ts';

const KEEP: LogSettings = { segmentBytes: 1 << 20, retentionBytes: -1, retentionMs: -1 };

function append(log: PartitionLog, batch: Buffer) {
  const checked = checkProduced(batch, 1 << 20);
  if (!checked.ok) throw new Error(checked.message);
  const appended = log.append(batch, checked.batches);
  if (!appended.ok) throw new Error(`refused with ${appended.error}`);
  return appended;
}

/** Offset and value of every record from an offset on, read as a consumer does. */
function readAll(log: PartitionLog, from: number, maxBytes: number): [number, string][] {
  const found: [number, string][] = [];
  for (let offset = from; offset < log.endOffset; ) {
    const bytes = log.read(offset, maxBytes, log.endOffset, true);
    if (bytes === null) throw new Error(`nothing at ${offset}`);
    for (let at = 0; at < bytes.length; ) {
      const header = headerAt(bytes, at);
      if (header === null || at + header.size > bytes.length) throw new Error('a batch is cut');
      const reader = new Reader(bytes, at + 61);
      for (let index = 0; index < header.recordCount; index += 1) {
        reader.varint();
        reader.int8();
        reader.varint();
        const own = header.baseOffset + reader.varint();
        reader.varint();
        const length = reader.varint();
        const value = bytes.toString('utf8', reader.position, reader.position + length);
        reader.position += length + 1;
        if (own >= offset) found.push([own, value]);
      }
      at += header.size;
      offset = Math.max(offset, header.lastOffset + 1);
    }
  }
  return found;
}

describe('reading', () => {
  test('gives every record from any offset, whatever batches, segments and read sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 200, max: 2_000 }),
        fc.integer({ min: 1, max: 3_000 }),
        fc.nat(),
        fc.boolean(),
        async (sizes, segmentBytes, maxBytes, seed, reopen) => {
          using dir = tempDir('log');
          const settings = { ...KEEP, segmentBytes };
          let log = new PartitionLog('t', 0, dir.path, settings);
          const expected: [number, string][] = [];
          for (const size of sizes) {
            const values = Array.from({ length: size }, (_, index) => `value ${expected.length + index}`);
            const { baseOffset } = append(log, recordBatch({ values }));
            for (const [index, value] of values.entries()) expected.push([baseOffset + index, value]);
          }
          if (reopen) {
            if (seed % 2 === 0) await log.checkpoint();
            await log.close();
            log = new PartitionLog('t', 0, dir.path, settings);
          }
          const from = seed % expected.length;
          expect(readAll(log, from, maxBytes)).toEqual(expected.slice(from));
          await log.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test('stops below a given offset and gives a big first batch whole when asked to', async () => {
    using dir = tempDir('log');
    const log = new PartitionLog('t', 0, dir.path, KEEP);
    append(log, recordBatch({ values: ['a'.repeat(5_000)] }));
    append(log, recordBatch({ values: ['b'] }));
    expect(log.read(0, 100, 2, false)).toBeNull();
    expect(headerAt(log.read(0, 100, 2, true) ?? Buffer.alloc(0), 0)?.lastOffset).toBe(0);
    expect(log.read(0, 1 << 20, 1, true)?.length).toBe(log.read(0, 100, 2, true)?.length);
    expect(log.read(2, 100, 2, true)).toBeNull();
    await log.close();
  });

  test('finds the first record at or after a time', async () => {
    using dir = tempDir('log');
    const log = new PartitionLog('t', 0, dir.path, { ...KEEP, segmentBytes: 400 });
    for (let base = 0; base < 20; base += 1) {
      append(log, recordBatch({ values: ['x', 'y', 'z'], timestamp: 1_000 + base * 10 }));
    }
    for (let time = 990; time <= 1_192; time += 1) {
      const step = Math.max(0, time - 1_000);
      const inBatch = step % 10;
      const offset = Math.floor(step / 10) * 3 + (inBatch > 2 ? 3 : inBatch);
      expect(log.offsetAtTime(time)?.offset, `time ${time}`).toBe(offset);
    }
    expect(log.offsetAtTime(1_193)).toBeNull();
    expect(log.newestByTime()).toEqual({ offset: 59, timestamp: 1_192 });
    await log.close();
  });
});

describe('recovery', () => {
  test('cuts a tail torn at any byte and keeps all before it', async () => {
    using dir = tempDir('log');
    const whole = join(dir.path, 'whole');
    const log = new PartitionLog('t', 0, whole, KEEP);
    append(log, recordBatch({ values: ['one', 'two'] }));
    append(log, recordBatch({ values: ['three'] }));
    const kept = log.bytes;
    append(log, recordBatch({ values: ['four', 'five'] }));
    const size = log.bytes;
    await log.close();
    const file = readdirSync(whole).find((name) => name.endsWith('.log')) ?? '';
    for (let cut = kept; cut < size; cut += 1) {
      const torn = join(dir.path, `torn-${cut}`);
      mkdirSync(torn);
      copyFileSync(join(whole, file), join(torn, file));
      truncateSync(join(torn, file), cut);
      const opened = new PartitionLog('t', 0, torn, KEEP);
      expect(opened.endOffset).toBe(3);
      expect(opened.recovered.cutBytes).toBe(cut - kept);
      expect(append(opened, recordBatch({ values: ['new'] })).baseOffset).toBe(3);
      expect(readAll(opened, 0, 1 << 20).map(([, value]) => value)).toEqual(['one', 'two', 'three', 'new']);
      await opened.close();
      rmSync(torn, { recursive: true });
    }
  });

  test('any flipped byte of the tail is found by its checksum', async () => {
    using dir = tempDir('log');
    const log = new PartitionLog('t', 0, dir.path, KEEP);
    append(log, recordBatch({ values: ['one'] }));
    const kept = log.bytes;
    append(log, recordBatch({ values: ['two'] }));
    await log.close();
    const file = join(dir.path, readdirSync(dir.path).find((name) => name.endsWith('.log')) ?? '');
    const good = readFileSync(file);
    // The leader epoch (bytes 12 to 15) is the broker's own and outside the checksum.
    for (let at = kept; at < good.length; at += 1) {
      if (at - kept >= 12 && at - kept < 16) continue;
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x11;
      writeFileSync(file, bad);
      const opened = new PartitionLog('t', 0, dir.path, KEEP);
      expect(opened.endOffset, `byte ${at}`).toBe(1);
      await opened.close();
    }
  });

  test('trusts the checkpoint, and only up to it, over several segments', async () => {
    using dir = tempDir('log');
    const settings = { ...KEEP, segmentBytes: 500 };
    let log = new PartitionLog('t', 0, dir.path, settings);
    for (let index = 0; index < 20; index += 1) append(log, recordBatch({ values: [`v${index}`] }));
    await log.checkpoint();
    for (let index = 20; index < 40; index += 1) append(log, recordBatch({ values: [`v${index}`] }));
    const files = readdirSync(dir.path).filter((name) => name.endsWith('.log'));
    expect(files.length).toBeGreaterThan(3);
    // As after a kill: nothing is closed in order, and something half-written stands at the end.
    appendFileSync(join(dir.path, files.at(-1) ?? ''), Buffer.alloc(30, 7));
    log = new PartitionLog('t', 0, dir.path, settings);
    expect(log.recovered.cutBytes).toBe(30);
    expect(readAll(log, 0, 300).map(([, value]) => value)).toEqual(
      Array.from({ length: 40 }, (_, i) => `v${i}`),
    );
    await log.close();
  });

  test('sets files behind a damaged place aside instead of throwing them away', async () => {
    using dir = tempDir('log');
    const settings = { ...KEEP, segmentBytes: 200 };
    const log = new PartitionLog('t', 0, dir.path, settings);
    for (let index = 0; index < 9; index += 1) append(log, recordBatch({ values: [`value ${index}`] }));
    await log.close();
    const files = readdirSync(dir.path).filter((name) => name.endsWith('.log'));
    truncateSync(join(dir.path, files[1] ?? ''), 20);
    const opened = new PartitionLog('t', 0, dir.path, settings);
    expect(opened.recovered.setAside.length).toBe(files.length - 2);
    expect(readdirSync(dir.path).filter((name) => name.endsWith('.damaged')).length).toBe(files.length - 2);
    expect(readAll(opened, 0, 1_000).length).toBe(opened.endOffset);
    await opened.close();
  });
});

describe('retention', () => {
  test('drops the oldest whole segments by bytes and by time', async () => {
    using dir = tempDir('log');
    const log = new PartitionLog('t', 0, dir.path, {
      segmentBytes: 300,
      retentionBytes: 900,
      retentionMs: -1,
    });
    for (let index = 0; index < 40; index += 1)
      append(log, recordBatch({ values: ['x'.repeat(50)], timestamp: index }));
    log.enforceRetention(100);
    expect(log.startOffset).toBeGreaterThan(20);
    expect(log.bytes).toBeLessThan(1_300);
    expect(readAll(log, log.startOffset, 500)[0]?.[0]).toBe(log.startOffset);
    log.settings = { segmentBytes: 300, retentionBytes: -1, retentionMs: 10 };
    log.enforceRetention(1_000_000);
    expect(log.bytes).toBeLessThan(300);
    await log.close();
  });

  test('a deleted start stays deleted after a restart', async () => {
    using dir = tempDir('log');
    const log = new PartitionLog('t', 0, dir.path, KEEP);
    append(log, recordBatch({ values: ['a', 'b', 'c'] }));
    await log.deleteBefore(2);
    await log.close();
    const opened = new PartitionLog('t', 0, dir.path, KEEP);
    expect([opened.startOffset, opened.endOffset]).toEqual([2, 3]);
    await opened.close();
  });
});

describe('what is produced is checked', () => {
  const good = recordBatch({ values: ['a', 'b'] });
  test.each([
    ['a flipped byte', (b: Buffer) => b.writeUInt8(1, b.length - 1), 2],
    ['an old message format', (b: Buffer) => b.writeInt8(1, 16), 43],
    ['a length beyond the end', (b: Buffer) => b.writeInt32BE(b.length, 8), 2],
    ['a negative length', (b: Buffer) => b.writeInt32BE(-5, 8), 2],
  ])('%s is refused', (_what, spoil, error) => {
    const batch = Buffer.from(good);
    spoil(batch);
    expect(checkProduced(batch, 1 << 20)).toMatchObject({ ok: false, error });
  });

  test('nothing, too much, and two idempotent batches at once are refused', () => {
    expect(checkProduced(null, 1_000)).toMatchObject({ ok: false, error: 87 });
    expect(checkProduced(good, 50)).toMatchObject({ ok: false, error: 10 });
    const one = recordBatch({ values: ['a'], producerId: 1, epoch: 0, sequence: 0 });
    expect(checkProduced(Buffer.concat([one, one]), 1_000)).toMatchObject({ ok: false, error: 87 });
    expect(checkProduced(Buffer.concat([good, good]), 1_000)).toMatchObject({ ok: true });
  });
});
