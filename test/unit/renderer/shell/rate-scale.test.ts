import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  describePace,
  FASTEST,
  FLAT_OUT,
  paceFor,
  positionOf,
  rateAt,
} from '../../../../src/renderer/panels/station/rate-scale.ts';
import { targetRate, WRITER_PRESETS, WriterSettings } from '../../../../src/shared/settings.ts';

const position = fc.integer({ min: 0, max: FLAT_OUT });

test('every position gives settings that the writer accepts, and their rate is the one on the slider', () => {
  fc.assert(
    fc.property(position, (at) => {
      const rate = rateAt(at);
      const pace = paceFor(rate);
      expect(WriterSettings.shape.rowsPerBurst.safeParse(pace.rowsPerBurst).success).toBe(true);
      expect(WriterSettings.shape.intervalMs.safeParse(pace.intervalMs).success).toBe(true);
      const target = targetRate(pace);
      if (rate === null) expect(target).toBeNull();
      // A whole number of rows and of milliseconds: within two percent.
      else expect(Math.abs((target ?? 0) - rate) / rate).toBeLessThan(0.02);
    }),
  );
});

test('the scale only rises, from two rows a minute to flat out', () => {
  fc.assert(
    fc.property(position, position, (a, b) => {
      const [low, high] = [rateAt(Math.min(a, b)) ?? Infinity, rateAt(Math.max(a, b)) ?? Infinity];
      expect(low).toBeLessThanOrEqual(high);
    }),
  );
  expect(rateAt(0)).toBeCloseTo(2 / 60);
  expect(rateAt(FLAT_OUT)).toBeNull();
  expect(positionOf(FASTEST)).toBeLessThan(FLAT_OUT);
});

test('a rate finds its position again, and what is beyond the scale its end', () => {
  for (const { rowsPerBurst, intervalMs } of WRITER_PRESETS) {
    const rate = targetRate({ rowsPerBurst, intervalMs });
    const back = rateAt(positionOf(rate));
    if (rate === null) expect(back).toBeNull();
    else expect(back).toBeCloseTo(rate, 5);
  }
  expect(positionOf(1e9)).toBe(positionOf(FASTEST));
  expect(positionOf(0)).toBe(0);
});

test('every stop is its own, so that each press of an arrow key changes the rate', () => {
  for (let at = 0; rateAt(at) !== null; at += 1) expect(positionOf(rateAt(at))).toBe(at);
});

test('a pace is said in words', () => {
  const said = WRITER_PRESETS.map((preset) => describePace(preset));
  expect(said).toEqual(['2 rows/min', '50 rows/s', '5,000 rows/s', 'flat out']);
});
