import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRanges, type RangePlan, type RangeQuestion } from '../../../src/main/services/replay-ranges.ts';
import { mergeByTime } from '../../../src/main/services/topic-page.ts';
import type { ProcessorFrom, ProcessorTo } from '../../../src/shared/replay.ts';

const partitions = [
  { partition: 0, low: 0, high: 100 },
  { partition: 1, low: 40, high: 50 },
  { partition: 2, low: 7, high: 7 },
];
const none = new Map<number, number>();
const place = new Map([
  [0, 80],
  [1, 50],
  [2, 7],
]);

function plan(from: ProcessorFrom, to: ProcessorTo | null = null, times: Partial<RangeQuestion> = {}) {
  return planRanges({ from, to, partitions, fromByTime: none, toByTime: none, place, ...times });
}
const bounds = ({ ranges }: RangePlan) => ranges.map(({ from, to }) => [from, to]);

test('from the beginning, from a time, from offsets', () => {
  expect(bounds(plan({ kind: 'beginning' }))).toEqual([
    [0, 100],
    [40, 50],
    [7, 7],
  ]);
  const fromByTime = new Map([
    [0, 60],
    [1, 0],
  ]);
  for (const from of [{ kind: 'time', at: '' } as const, { kind: 'duration', ms: 1 } as const]) {
    expect(bounds(plan(from, null, { fromByTime }))).toEqual([
      [60, 100],
      [40, 50],
      [7, 7],
    ]);
  }
  const asked = plan({ kind: 'offsets', offsets: { 0: '99', 1: '3' } });
  expect(asked.ranges).toEqual([
    { partition: 0, from: 99, to: 100 },
    { partition: 1, from: 40, to: 50 },
  ]);
  expect(asked.gone).toEqual(['Partition 1 starts at offset 40: what was before it is gone.']);
});

test('up to a time or to offsets, and never from behind the end', () => {
  const toByTime = new Map([
    [0, 70],
    [1, 45],
  ]);
  expect(bounds(plan({ kind: 'beginning' }, { kind: 'time', at: '' }, { toByTime }))).toEqual([
    [0, 70],
    [40, 45],
    [7, 7],
  ]);
  expect(
    bounds(plan({ kind: 'last', count: 10 }, { kind: 'offsets', offsets: { 0: '30', 1: '40' } })),
  ).toEqual([
    [20, 30],
    [40, 40],
    [7, 7],
  ]);
  expect(
    bounds(plan({ kind: 'offsets', offsets: { 0: '90' } }, { kind: 'offsets', offsets: { 0: '30' } })),
  ).toEqual([[30, 30]]);
});

test('a shift counts from where the line stands, in each partition or in those named', () => {
  expect(bounds(plan({ kind: 'shift', by: -10 }))).toEqual([
    [70, 100],
    [40, 50],
    [7, 7],
  ]);
  expect(plan({ kind: 'shift', by: -10 }).gone).toHaveLength(1);
  expect(bounds(plan({ kind: 'shift', by: { 0: 15 } }))).toEqual([
    [95, 100],
    [50, 50],
    [7, 7],
  ]);
  expect(() => plan({ kind: 'shift', by: { 7: -1 } })).toThrow('from.by.7');
});

test('an offset beyond the end and a partition that does not exist are refused by their path', () => {
  expect(() => plan({ kind: 'offsets', offsets: { 0: '101' } })).toThrow('from.offsets.0');
  expect(() => plan({ kind: 'offsets', offsets: { 9: '0' } })).toThrow('from.offsets.9');
  expect(() => plan({ kind: 'beginning' }, { kind: 'offsets', offsets: { 9: '0' } })).toThrow('to.offsets.9');
});

test('the last N are N, or all there are, shared out as evenly as it goes', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 200 }), (events, count) => {
      const topic = events.map((size, partition) => ({ partition, low: 10, high: 10 + size }));
      const { ranges } = planRanges({
        from: { kind: 'last', count },
        to: null,
        partitions: topic,
        fromByTime: none,
        toByTime: none,
        place: none,
      });
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
