import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXACT_VALUES, GroupTable } from '../../../src/stages/processor/windows/group-table.ts';
import { SKETCH_ERROR, Sketch } from '../../../src/stages/processor/windows/sketch.ts';

const cents = fc.oneof(
  fc.integer({ min: -100_000, max: 100_000 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  // Plus 0: a whole number has no sign of its own at 0.
  fc.maxSafeInteger().map((value) => Math.trunc(value / 4) + 0),
);

describe('percentiles', () => {
  it('come from the sketch within its stated error, merged or not', () => {
    fc.assert(
      fc.property(fc.array(cents, { minLength: 1 }), fc.array(cents), (left, right) => {
        const sketch = new Sketch();
        const other = new Sketch();
        for (const value of left) sketch.add(value);
        for (const value of right) other.add(value);
        sketch.merge(other);
        const sorted = [...left, ...right].sort((a, b) => a - b);
        expect(sketch.total).toBe(sorted.length);
        sorted.forEach((value, at) => {
          const found = sketch.valueAt(at + 1);
          // Half a cent of rounding beside the relative error.
          expect(Math.abs(found - value)).toBeLessThanOrEqual(
            Math.abs(value) * SKETCH_ERROR * 1.000001 + 0.5,
          );
        });
      }),
    );
  });

  it('come from buckets with the numbers that checkpoints hold, and can be put together from them', () => {
    const gamma = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
    fc.assert(
      fc.property(fc.array(cents, { minLength: 1 }), (values) => {
        const sketch = new Sketch();
        for (const value of values) sketch.add(value);
        const again = new Sketch();
        again.addZeros(sketch.zeros);
        for (const side of [1, -1] as const) {
          const magnitudes = values.map((value) => side * value).filter((value) => value > 0);
          const buckets = sketch.buckets(side);
          expect(buckets.reduce((sum, [, count]) => sum + count, 0)).toBe(magnitudes.length);
          for (const [bucket, count] of buckets) {
            const held = magnitudes.filter(
              (value) =>
                value > gamma ** (bucket - 1) * 0.999_999_999 && value <= gamma ** bucket * 1.000_000_001,
            );
            expect(held.length).toBeGreaterThanOrEqual(count);
            again.addBucket(side, bucket, count);
          }
          expect(again.buckets(side)).toEqual(buckets);
        }
        expect([again.total, again.zeros]).toEqual([sketch.total, sketch.zeros]);
        for (let rank = 1; rank <= values.length; rank++)
          expect(again.valueAt(rank)).toBe(sketch.valueAt(rank));
      }),
    );
  });

  it('are exact nearest ranks up to the bound, then from the sketch, whatever the order', () => {
    const table = new GroupTable();
    for (const count of [1, 2, 19, 20, 100, EXACT_VALUES, EXACT_VALUES + 1, 5_000]) {
      const up = table.take(1, 0, 1, 0, true);
      const down = table.take(1, 0, 1, 0, true);
      for (let value = 1; value <= count; value++) {
        table.add(up, value);
        table.add(down, count + 1 - value);
      }
      const shares = [0.5, 0.95, 0.99];
      expect(table.percentiles(down, shares)).toEqual(table.percentiles(up, shares));
      for (const [at, percent] of [50, 95, 99].entries()) {
        const exact = Math.ceil((percent * count) / 100);
        const found = table.percentiles(up, shares)[at] ?? 0;
        if (count <= EXACT_VALUES) expect(found).toBe(exact);
        else expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * SKETCH_ERROR + 0.5);
      }
    }
  });

  it('keep every value of a small group, however large and however it was joined', () => {
    const values = fc.array(cents, { maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), (parts) => {
        const table = new GroupTable();
        const slots = parts.map((part) => {
          const slot = table.take(1, 0, 1, 0, true);
          for (const value of part) table.add(slot, value);
          return slot;
        });
        const [first = 0, ...others] = slots;
        for (const other of others) table.absorb(first, other);
        const all = parts.flat().sort((a, b) => a - b);
        expect(table.count[first]).toBe(all.length);
        expect(table.sum(first)).toBe(all.reduce((sum, value) => sum + BigInt(value), 0n));
        if (all.length > 0) expect([table.min[first], table.max[first]]).toEqual([all[0], all.at(-1)]);
        if (all.length <= EXACT_VALUES) {
          expect([...(table.values(first) ?? [])].sort((a, b) => a - b)).toEqual(all);
        } else {
          expect(table.sketch(first)?.total).toBe(all.length);
        }
        // What was left empty can be used again.
        for (const slot of slots) table.give(slot);
        const again = table.take(1, 0, 1, 0, true);
        table.add(again, 7);
        expect(table.percentiles(again, [0.5])).toEqual([7]);
        expect(table.size).toBe(1);
      }),
    );
  });

  it('sum exactly far beyond 2^53', () => {
    const table = new GroupTable();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 })), (values) => {
        const group = table.take(1, 0, 1, 0, true);
        for (const value of values) table.add(group, value);
        expect(table.sum(group)).toBe(values.reduce((sum, value) => sum + BigInt(value), 0n));
      }),
    );
  });
});
