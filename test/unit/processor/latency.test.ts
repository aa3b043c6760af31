// Whose created_at says when it was written: what the latency and the lag in seconds are measured by.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WrittenOrder } from '../../../src/stages/processor/latency.ts';

const NOW = 1_000_000;
const HORIZON = NOW + 1_000;

describe('the order in which rows were written', () => {
  it('takes what comes in order, also long after it was written, and leaves out what is dated back', () => {
    const order = new WrittenOrder();
    const times = [100_000, 100_010, 100_005, 40_000, 99_000, 100_020];
    expect(times.map((at) => order.takes(at, NOW, HORIZON))).toEqual([true, true, true, false, false, true]);
    expect(order.latest).toBe(100_020);
  });

  it('is not moved by events dated ahead, nor stopped for long by a clock that was set back', () => {
    const order = new WrittenOrder();
    expect(order.takes(NOW + 3_600_000, NOW, HORIZON)).toBe(false);
    expect(order.takes(NOW + 500, NOW, HORIZON)).toBe(true);
    expect(order.takes(NOW - 80, NOW, HORIZON)).toBe(true);
    const back = Array.from({ length: 1_500 }, (_, n) => order.takes(NOW - 3_600_000 + n, NOW, HORIZON));
    expect(back.filter(Boolean).length).toBe(500);
  });

  it('never takes a time further behind than the latency of the rows that tell the truth', () => {
    const late = fc.array(fc.record({ back: fc.integer({ min: 0, max: 900_000 }), dated: fc.boolean() }));
    fc.assert(
      fc.property(late, (rows) => {
        const order = new WrittenOrder();
        order.takes(NOW - 50, NOW, HORIZON);
        rows.forEach(({ back, dated }, index) => {
          const [now, written] = [NOW + index, NOW + index - 50];
          const at = dated ? written - back : written;
          if (order.takes(at, now, now + 1_000)) expect(now - at).toBeLessThanOrEqual(150);
        });
      }),
    );
  });
});
