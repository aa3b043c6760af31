import { expect, it } from 'vitest';
import { changeOf, compared, figuresOf, overlaid } from '../../../../src/renderer/panels/past/comparison.ts';
import type { MetricPoint } from '../../../../src/shared/history.ts';

const points = (from: number, rates: readonly (number | null)[]): MetricPoint[] =>
  rates.map((writerRate, index) => ({ at: from + index * 1_000, stepMs: 1_000, values: { writerRate } }));

const A = { from: 10_000, to: 13_000 };
const B = { from: 60_000, to: 63_000 };

it('compares means and p99 of what both stretches recorded, gaps left out', () => {
  const rows = compared(points(9_000, [999, 10, 20, 30, 999]), A, points(60_000, [40, null, 20]), B);
  expect(rows).toEqual([
    {
      key: 'writerRate',
      name: 'Written',
      unit: 'per-second',
      a: { mean: 20, p99: 30 },
      b: { mean: 30, p99: 40 },
    },
  ]);
});

it('takes p99 by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(figuresOf(hundred)).toEqual({ mean: 50.5, p99: 99 });
  expect(figuresOf([...hundred, ...hundred.map((n) => n + 100)]).p99).toBe(198);
  expect(figuresOf([])).toEqual({ mean: null, p99: null });
});

it('tells a change as a share of A, where that says something', () => {
  expect(changeOf(20, 30)).toBe(0.5);
  expect(changeOf(0, 0)).toBe(0);
  expect(changeOf(0, 3)).toBeNull();
  expect(changeOf(null, 3)).toBeNull();
});

it('lays both over the same time', () => {
  const model = overlaid(
    { key: 'writerRate', name: 'Written', unit: 'per-second' },
    points(10_000, [1, 2, 3]),
    A,
    points(60_000, [4, 5, 6]),
    B,
  );
  expect(model.axis).toBe('relative');
  expect(model.series.map(({ samples }) => samples)).toEqual([
    [
      [0, 1],
      [1_000, 2],
      [2_000, 3],
    ],
    [
      [0, 4],
      [1_000, 5],
      [2_000, 6],
    ],
  ]);
});
