// pgoutput's messages as captured rows, and the numbers of transactions that come with them.
import { describe, expect, test } from 'vitest';
import type { CapturedRow } from '../../../src/stages/producer/event-encoding.ts';
import { LogDecoder, readLsn, widenXid } from '../../../src/stages/producer/log-decoding.ts';
import { pollPauseMs } from '../../../src/stages/producer/poll-pace.ts';

const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const text = (value: string) => Buffer.from(`${value}\0`);
const join = (...parts: (Buffer | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

/** Oid of text, for all of them: what pgoutput sends is text anyway. */
const relation = (names: readonly string[]) =>
  join(
    'R',
    u32(77),
    text('public'),
    text('livedb'),
    'd',
    u16(names.length),
    ...names.map((name) => join(Buffer.from([0]), text(name), u32(25), u32(0xffffffff))),
  );
const tuple = (values: readonly (string | null)[]) =>
  join(
    u16(values.length),
    ...values.map((value) =>
      value === null ? Buffer.from('n') : join('t', u32(Buffer.byteLength(value)), Buffer.from(value)),
    ),
  );

const insert = (values: readonly (string | null)[]) => join('I', u32(77), 'N', tuple(values));

describe('the log', () => {
  test('rows keep the text of the server, whatever the order of columns', () => {
    const names = ['region', 'id', 'note', 'amount', 'org', 'created_at', 'tx'];
    const values = [
      '\ufeff\ufeffeu ünï\ufeff',
      '9007199254740993',
      'x',
      '1500.50',
      'a "quoted" 漢字',
      '2026-11-23 10:00:00.123456',
      null,
    ];
    const seen: CapturedRow[] = [];
    const begun: [number, bigint][] = [];
    const changed: string[] = [];
    let commits = 0;
    const decoder = new LogDecoder({
      begin: (xid, lsn) => begun.push([xid, lsn]),
      row: (row) => seen.push(row),
      commit: () => commits++,
      changed: (kind) => changed.push(kind),
    });
    const begin = join('B', u64(0x16_b374d848n), u64(0n), u32(4_000_000_123));
    const commit = join('C', Buffer.from([0]), u64(1n), u64(2n), u64(0n));
    for (const message of [begin, relation(names), insert(values), commit]) decoder.decode(message);
    for (const message of [
      join('U', u32(77), 'N', tuple(values)),
      join('D', u32(77), 'K', tuple(values)),
      join('T', u32(1), Buffer.from([0]), u32(77)),
      join('Y', u32(99), text('public'), text('mood')),
      join('O', u64(1n), text('elsewhere')),
      join('M', Buffer.from([0]), u64(1n), text('x'), u32(0)),
    ]) {
      decoder.decode(message);
    }
    expect(begun).toEqual([[4_000_000_123, readLsn('16/B374D848')]]);
    expect(commits).toBe(1);
    expect(changed).toEqual(['updates', 'deletes', 'truncates']);

    const [region, id, , amount, org, createdAt, tx] = values;
    expect(seen).toEqual([[id, org, amount, region, createdAt, tx]]);
  });

  test('a transaction number gets its epoch back, on both sides of a wraparound', () => {
    const epoch = 7n << 32n;
    expect(widenXid(100, epoch + 90n)).toBe(epoch + 100n);
    expect(widenXid(0xffff_fff0, epoch + 5n)).toBe(epoch - 16n);
    expect(widenXid(3, epoch - 2n)).toBe(epoch + 3n);
  });

  test('polling backs off only after a while, up to eightfold, and never goes below its interval', () => {
    expect(pollPauseMs(20, 0, false)).toBe(20);
    expect(pollPauseMs(20, 7, false)).toBe(20);
    expect(pollPauseMs(20, 1_000, false)).toBe(160);
    expect(pollPauseMs(20, 1_000, true)).toBe(5_000);
    expect(pollPauseMs(60_000, 1_000, false)).toBe(60_000);
  });
});
