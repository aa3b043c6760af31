import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockOf, LedgerBlocks, missingIn, rangesOf } from '../../../src/main/control/ledger-blocks.ts';
import type { IdBlockDigest } from '../../../src/shared/link.ts';

const low = (id: bigint) => Number(BigInt.asUintN(12, id));

/** Digests of a set of ids, made the slow way. */
function digests(ids: Iterable<bigint>): IdBlockDigest[] {
  const blocks = new Map<string, IdBlockDigest>();
  for (const id of ids) {
    const block = blockOf(String(id));
    const known = blocks.get(block) ?? { block, count: 0, s1: 0, s2: 0 };
    const l = low(id);
    blocks.set(block, { block, count: known.count + 1, s1: known.s1 + l, s2: known.s2 + l * l });
  }
  return [...blocks.values()];
}

const anId = fc.oneof(
  fc.bigInt({ min: 1n, max: 20_000n }),
  fc.bigInt({ min: -9_000n, max: 9_000n }),
  fc.bigInt({ min: 2n ** 53n - 5_000n, max: 2n ** 53n + 5_000n }),
);
const idSet = fc.uniqueArray(anId, { maxLength: 80 });

describe('the books of the ledger', () => {
  it('count every row once and find exactly the blocks that differ', () => {
    fc.assert(
      fc.property(idSet, fc.infiniteStream(fc.boolean()), (ids, lost) => {
        const table = new Set(ids);
        const processed = new Set(ids.filter(() => !lost.next().value));
        const books = new LedgerBlocks();
        for (const digest of digests(table)) books.set(digest);
        expect(books.rows).toBe(table.size);

        const theirs = digests(processed);
        const different = new Set(books.compare(books.unequal('9223372036854775807', 1_000), theirs));
        for (const block of different) {
          const ofBlock = ids.filter((id) => blockOf(String(id)) === block);
          const lows = ofBlock.filter((id) => processed.has(id)).map(low);
          books.setMissing(block, missingIn(ofBlock.map(String), lows));
        }
        const missing = ids.filter((id) => !processed.has(id)).sort((a, b) => (a < b ? -1 : 1));
        expect(books.missing).toBe(missing.length);
        expect(books.missingIds(1_000)).toEqual(missing.map(String));
        expect(different).toEqual(new Set(missing.map((id) => blockOf(String(id)))));
      }),
    );
  });

  it('come to the same whether rows are added as they come or counted anew', () => {
    fc.assert(
      fc.property(fc.array(idSet, { maxLength: 5 }), (batches) => {
        const all = new Set(batches.flat());
        const added = new LedgerBlocks();
        const seen = new Set<bigint>();
        for (const batch of batches) {
          const fresh = batch.filter((id) => !seen.has(id));
          for (const id of fresh) seen.add(id);
          for (const digest of digests(fresh)) added.add(digest);
        }
        expect(added.rows).toBe(all.size);
        const asked = added.unequal('9223372036854775807', 1_000);
        expect(added.compare(asked, digests(all))).toEqual([]);
        expect(added.unequal('9223372036854775807', 1_000)).toEqual([]);
      }),
    );
  });

  it('look again at a block whose rows changed after it was equal', () => {
    const books = new LedgerBlocks();
    const [digest] = digests([1n, 2n, 3n]);
    if (digest === undefined) throw new Error('no digest');
    books.set(digest);
    expect(books.compare(['0'], [digest])).toEqual([]);
    books.add({ block: '0', count: 1, s1: 9, s2: 81 });
    expect(books.unequal('0', 10)).toEqual(['0']);
    expect(books.rows).toBe(4);
  });

  it('forget what was missing once the processor has it', () => {
    const books = new LedgerBlocks();
    const whole = digests([1n, 2n]);
    for (const digest of whole) books.set(digest);
    books.setMissing('0', ['2']);
    expect(books.missing).toBe(1);
    books.compare(['0'], whole);
    expect(books.missing).toBe(0);
    expect(books.missingIds(5)).toEqual([]);
  });

  it('do not compare above the producer', () => {
    const books = new LedgerBlocks();
    for (const digest of digests([1n, 5_000n, 9_000n])) books.set(digest);
    expect(books.unequal('1', 10)).toEqual(['0', '1']);
  });

  it('name ids as ranges', () => {
    expect(rangesOf(['5', '6', '7', '12', '-1'])).toBe('5-7, 12, -1');
    expect(rangesOf([])).toBe('');
  });

  it('go round all blocks, a few at a time', () => {
    const books = new LedgerBlocks();
    for (const digest of digests([1n, 5_000n, 9_000n])) books.set(digest);
    const seen: string[] = [];
    let cursor = 0;
    for (let look = 0; look < 3; look += 1) {
      const round = books.round(cursor, 2);
      cursor = round.next;
      seen.push(...round.blocks);
    }
    expect(seen).toEqual(['0', '1', '2', '0', '1']);
  });
});
