import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatBytes,
  formatClockDuration,
  formatCount,
  formatDuration,
  formatLatency,
  formatMoney,
  formatRate,
  formatShort,
} from '../../../../src/renderer/components/format.ts';
import { parseCount, parseDuration, parseRate } from '../../../../src/renderer/components/quantities.ts';
import { sparklinePath } from '../../../../src/renderer/components/sparkline.tsx';
import { formatFlow, streamSpeed } from '../../../../src/renderer/panels/pipeline/flow-figures.ts';

test('figures are written for narrow places', () => {
  expect([950, 999.7, 5002, 1204332, 2.5e9, null].map(formatShort)).toEqual([
    '950',
    '1.00k',
    '5.00k',
    '1.20M',
    '2.50G',
    '–',
  ]);
  expect([0, 0.0333, 9.999, 5002.4].map(formatRate)).toEqual(['0', '0.03', '10', '5,002']);
  expect([8.97, 31.4, 1234, null].map(formatLatency)).toEqual(['9 ms', '31 ms', '1.2 s', '–']);
  expect([12, 214e6, 1.5e12].map(formatBytes)).toEqual(['12 B', '214 MB', '1.50 TB']);
  expect(formatClockDuration(2_467_000)).toBe('00:41:07');
  expect(formatClockDuration(90_000_000)).toBe('1 d 01:00:00');
});

test('money is grouped without being made a float', () => {
  expect(formatMoney('12345678901234567890.10')).toBe('12,345,678,901,234,567,890.10');
  expect(formatMoney('-1234.50')).toBe('-1,234.50');
});

test('the figure of a flow never takes more than five characters', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9e8, noNaN: true }), (value) => {
      expect(formatFlow(value).length).toBeLessThanOrEqual(5);
    }),
  );
});

test('a flow moves the faster the higher its rate, and stands at none', () => {
  expect(streamSpeed(0)).toBe(0);
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1e5, noNaN: true }), (rate) => {
      expect(streamSpeed(rate)).toBeGreaterThan(0);
      expect(streamSpeed(rate * 1.5)).toBeGreaterThan(streamSpeed(rate));
    }),
  );
});

test('what a field shows, it also reads', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), (count) => {
      expect(parseCount(formatCount(count))).toBe(count);
    }),
  );
  for (const ms of [0, 1, 20, 999, 1_000, 2_500, 60_000, 90_000, 3_600_000, 86_400_000]) {
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  }
});

test('quantities are read with their units, and refused without sense', () => {
  expect(['5k', '5 000', '1.5k'].map(parseCount)).toEqual([5_000, 5_000, 1_500]);
  expect(['2.5', 'many', '', '-1'].map(parseCount)).toEqual([null, null, null, null]);
  expect(['100', '2 s', '1 min 30 s', '1.5h'].map(parseDuration)).toEqual([100, 2_000, 90_000, 5_400_000]);
  expect(['soon', '5 parsecs', '', '-3 s'].map(parseDuration)).toEqual([null, null, null, null]);
  expect(['0.5', '5k', '.25'].map(parseRate)).toEqual([0.5, 5_000, 0.25]);
  expect(parseRate('fast')).toBeNull();
});

test('a sparkline lifts its pen over a gap', () => {
  const points = [0, 1, 2, 10, 11].map((second) => ({
    at: second * 1_000,
    stepMs: 1_000,
    values: { writerRate: second === 2 ? null : 5 },
  }));
  const path = sparklinePath(points, 'writerRate', 11_000, 10);
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path.match(/L/g)).toHaveLength(2);
  expect(path).toMatch(/L240\.0 /);
});
