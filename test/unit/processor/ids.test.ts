import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockOf, ID_BLOCK, IdSet, idOf, isRowId, lowOf } from '../../../src/shared/ids.ts';

const id = fc.oneof(
  fc.integer({ min: -10_000, max: 10_000 }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

function digestOf(ids: Iterable<bigint>, block: number) {
  let count = 0;
  let s1 = 0;
  let s2 = 0;
  for (const one of ids) {
    if (one >> 12n !== BigInt(block)) continue;
    const low = Number(one - BigInt(block) * 4096n);
    count++;
    s1 += low;
    s2 += low * low;
  }
  return { count, s1, s2 };
}

describe('id set', () => {
  it('holds exactly what was added, whatever the ids, and digests every block', () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 300 }), (ids) => {
        const set = new IdSet();
        const plain = new Set<bigint>();
        for (const one of ids) {
          expect(set.add(one)).toBe(!plain.has(BigInt(one)));
          plain.add(BigInt(one));
        }
        expect(set.size).toBe(plain.size);
        for (const one of plain) {
          expect(set.has(one)).toBe(true);
          const block = blockOf(one);
          expect(idOf(block, lowOf(one))).toBe(one);
          expect(set.digest(block)).toEqual(digestOf(plain, block));
        }
      }),
    );
  });

  it('comes back from its changed blocks, taken at any moments', () => {
    fc.assert(
      fc.property(fc.array(fc.array(id, { maxLength: 80 }), { maxLength: 6 }), (rounds) => {
        const set = new IdSet();
        const copy = new IdSet();
        for (const ids of rounds) {
          for (const one of ids) set.add(one);
          for (const block of set.takeChanged()) copy.restore(block, set.bytesOf(block));
        }
        expect(copy.size).toBe(set.size);
        expect([...copy.indexes()].sort()).toEqual([...set.indexes()].sort());
        for (const block of set.indexes()) expect(copy.lows(block)).toEqual(set.lows(block));
      }),
    );
  });

  it('compacts a full block to a marker', () => {
    const set = new IdSet();
    for (let one = 0; one < ID_BLOCK; one++) set.add(one);
    expect(set.bytesOf(0).length).toBe(1);
    expect(set.add(17)).toBe(false);
    expect(set.has(4095)).toBe(true);
    const s2 = Array.from({ length: ID_BLOCK }, (_, low) => low * low).reduce((a, b) => a + b);
    expect(set.digest(0)).toEqual({ count: 4096, s1: (4095 * 4096) / 2, s2 });
    const copy = new IdSet();
    copy.restore(0, set.bytesOf(0));
    expect(copy.size).toBe(4096);
    expect(copy.lows(0).length).toBe(4096);
  });

  it('keeps a million ids in little memory', () => {
    const set = new IdSet();
    for (let one = 1; one <= 1_000_000; one++) set.add(one * 2);
    let bytes = 0;
    for (const block of set.indexes()) bytes += set.bytesOf(block).length;
    expect(bytes).toBeLessThan(260 * 1024);
  });

  it('knows the bounds of a row id and refuses bytes of another kind', () => {
    expect(isRowId(2n ** 63n)).toBe(false);
    expect(isRowId(-(2n ** 63n))).toBe(true);
    expect(isRowId(1.5)).toBe(false);
    expect(() => new IdSet().restore(0, Uint8Array.of(9))).toThrow(RangeError);
  });
});
