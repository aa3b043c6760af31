import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRateEstimator } from '../../../src/main/control/rates.ts';

/** Bursts of `rows` each `pauseMs`, for `forMs`; gives back the rate just after the last burst. */
function steady(rows: number, pauseMs: number, bursts: number) {
  const rate = createRateEstimator();
  rate.observe(0, 0);
  let at = 0;
  for (let burst = 1; burst <= bursts; burst += 1) {
    at = burst * pauseMs;
    rate.observe(at, burst * rows);
  }
  return { rate, at };
}

describe('rate of a counter', () => {
  it('is exact for regular bursts of any pause', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000 }),
        fc.integer({ min: 25, max: 120_000 }),
        fc.integer({ min: 3, max: 60 }),
        (rows, pauseMs, bursts) => {
          const { rate, at } = steady(rows, pauseMs, bursts);
          expect(rate.rate(at)).toBeCloseTo((rows * 1000) / pauseMs, 6);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('shows 2 rows each 60 s between the bursts as well', () => {
    const { rate, at } = steady(2, 60_000, 3);
    for (const later of [1_000, 20_000, 59_000, 100_000]) {
      expect(rate.rate(at + later)).toBeCloseTo(2 / 60, 3);
    }
  });

  it('follows a change of pace within 3 s', () => {
    const rate = createRateEstimator();
    let value = 0;
    for (let at = 0; at <= 13_000; at += 100) {
      value += at <= 10_000 ? 5 : 500;
      rate.observe(at, value);
    }
    expect(rate.rate(13_000)).toBeCloseTo(5_000, 0);
  });

  it('falls to 0 when the counter stands still', () => {
    const { rate, at } = steady(5, 100, 50);
    expect(rate.rate(at + 150)).toBeCloseTo(50, 3);
    expect(rate.rate(at + 1_500)).toBeLessThan(45);
    expect(rate.rate(at + 3_000)).toBe(0);
  });

  it('does not take the first burst after a start for a rush', () => {
    const rate = createRateEstimator();
    rate.observe(0, 1_000_000);
    rate.observe(20, 1_000_002);
    expect(rate.rate(20)).toBeLessThan(1);
  });

  it('starts afresh when the counter went back', () => {
    const { rate, at } = steady(500, 100, 50);
    rate.observe(at + 100, 7);
    expect(rate.rate(at + 100)).toBe(0);
  });

  it('keeps few steps whatever the report rate', () => {
    const rate = createRateEstimator();
    for (let at = 0; at < 60_000; at += 1) rate.observe(at, at * 5);
    expect(rate.rate(59_999)).toBeCloseTo(5_000, -2);
  });
});
