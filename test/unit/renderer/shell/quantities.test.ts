import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatShare, parseDecimal, parseShare } from '../../../../src/renderer/components/quantities.ts';
import { scheduleSays } from '../../../../src/renderer/panels/station/schedule-words.ts';
import { NO_BURSTS, NO_SCHEDULE } from '../../../../src/shared/disorder.ts';

test('shares are read and written as percents', () => {
  expect(['5', '5 %', '0.2%', ' 100 % ', '.5%'].map(parseShare)).toEqual([0.05, 0.05, 0.002, 1, 0.005]);
  expect(['', '%', 'five', '5%%', '-1'].map(parseShare)).toEqual([null, null, null, null, null]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000 }), (n) => {
      const share = n / 100_000;
      expect(parseShare(formatShare(share))).toBe(share);
    }),
  );
});

test('decimals', () => {
  expect(['1.2', '0', '.5', 'x', '1,2', '1e3'].map(parseDecimal)).toEqual([1.2, 0, 0.5, null, null, null]);
});

test('a schedule says how many stages it has, and the bursts beside it', () => {
  const stage = { rowsPerBurst: 1, intervalMs: 1, seconds: 1 };
  expect(scheduleSays(NO_SCHEDULE, NO_BURSTS)).toBe('');
  expect(scheduleSays({ stages: [stage, stage], loop: true }, { rows: 500, everySeconds: 2.5 })).toBe(
    '2 stages, 500 rows each 2.5 s',
  );
});
