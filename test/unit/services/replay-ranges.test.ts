import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRanges } from '../../../src/main/services/replay-ranges.ts';
import { mergeByTime } from '../../../src/main/services/topic-page.ts';

const partitions = [
  { partition: 0, low: 0, high: 100 },
  { partition: 1, low: 40, high: 50 },
  { partition: 2, low: 7, high: 7 },
];
const none = new Map<number, number>();

test('from the beginning, from a time, from offsets', () => {
  expect(planRanges({ kind: 'beginning' }, partitions, none).ranges.map((r) => r.from)).toEqual([0, 40, 7]);
  const byTime = new Map([
    [0, 60],
    [1, 0],
  ]);
  expect(planRanges({ kind: 'time', at: '' }, partitions, byTime).ranges.map((r) => r.from)).toEqual([
    60, 40, 7,
  ]);
  const asked = planRanges({ kind: 'offsets', offsets: { 0: '99', 1: '3' } }, partitions, none);
  expect(asked.ranges).toEqual([
    { partition: 0, from: 99, to: 100 },
    { partition: 1, from: 40, to: 50 },
  ]);
  expect(asked.notes).toHaveLength(1);
});

test('an offset beyond the end and a partition that does not exist are refused by their path', () => {
  expect(() => planRanges({ kind: 'offsets', offsets: { 0: '101' } }, partitions, none)).toThrow(
    'from.offsets.0',
  );
  expect(() => planRanges({ kind: 'offsets', offsets: { 9: '0' } }, partitions, none)).toThrow(
    'from.offsets.9',
  );
});

test('the last N are N, or all there are, shared out as evenly as it goes', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 200 }), (events, count) => {
      const topic = events.map((size, partition) => ({ partition, low: 10, high: 10 + size }));
      const { ranges } = planRanges({ kind: 'last', count }, topic, none);
      const shares = ranges.map(({ from, to }) => to - from);
      const all = events.reduce((sum, size) => sum + size, 0);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.min(count, all));
      const largest = Math.max(...shares);
      for (const [partition, share] of shares.entries()) {
        expect(share === events[partition] || share >= largest - 1).toBe(true);
      }
    }),
  );
});

test('a page is merged by time and keeps the order of each partition', () => {
  const list = (partition: number) =>
    fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 10 }).map((times) =>
      times.map((timestamp, i) => ({
        partition,
        offset: String(i),
        timestamp,
        key: null,
        value: null,
        headers: {},
      })),
    );
  fc.assert(
    fc.property(list(0), list(1), (a, b) => {
      const merged = mergeByTime([a, b]);
      expect(merged.filter((record) => record.partition === 0)).toEqual(a);
      expect(merged.filter((record) => record.partition === 1)).toEqual(b);
    }),
  );
});
