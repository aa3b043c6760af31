import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastValue, type Sample, samplesOf, thin, valueAt } from '../../../../src/renderer/charts/samples.ts';
import type { MetricPoint } from '../../../../src/shared/history.ts';

const point = (at: number, value: number | null): MetricPoint => ({
  at,
  stepMs: 1_000,
  values: { writerRate: value },
});

describe('samplesOf', () => {
  it('keeps points in range and one step before it, so that a line reaches the edge', () => {
    const points = [0, 1_000, 2_000, 3_000, 4_000].map((at) => point(at, at));
    expect(samplesOf(points, 'writerRate', 2_000, 4_000)).toEqual([
      [1_000, 1_000],
      [2_000, 2_000],
      [3_000, 3_000],
    ]);
  });

  it('breaks the line where recording paused, but not where one tick was missed', () => {
    const points = [point(0, 1), point(2_000, 2), point(10_000, 3)];
    expect(samplesOf(points, 'writerRate', 0, 20_000)).toEqual([
      [0, 1],
      [2_000, 2],
      [3_000, null],
      [10_000, 3],
    ]);
  });

  it('shows a series that was not recorded as a gap', () => {
    expect(samplesOf([{ at: 0, stepMs: 1_000, values: {} }], 'latencyP50', 0, 1_000)).toEqual([[0, null]]);
  });
});

describe('valueAt', () => {
  const samples: Sample[] = [
    [0, 1],
    [1_000, 2],
    [2_000, null],
    [9_000, 4],
  ];
  it.each([
    [0, 1],
    [999, 1],
    [1_000, 2],
    [2_500, null],
    [9_500, 4],
    [20_000, null],
    [-1, null],
  ])('at %i stands %s', (at, value) => {
    expect(valueAt(samples, at, 2_500)).toBe(value);
  });
});

it('finds the newest value behind trailing gaps', () => {
  expect(
    lastValue([
      [0, 3],
      [1, null],
    ]),
  ).toBe(3);
  expect(lastValue([[0, null]])).toBeNull();
});

const line = fc
  .array(fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: null, freq: 12 }), {
    maxLength: 600,
  })
  .map((values) => values.map((value, index): Sample => [index * 1_000, value]));

describe('thin', () => {
  it('leaves a line alone that is short enough', () => {
    fc.assert(fc.property(line, (samples) => thin(samples, 600) === samples));
  });

  it('gives only samples of the line, in order, with the ends of each stretch and every gap', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 10, max: 200 }), (samples, limit) => {
        const thinned = thin(samples, limit);
        const known = new Set(samples);
        expect(thinned.every((sample) => known.has(sample))).toBe(true);
        const times = thinned.map(([at]) => at);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(stretchEnds(thinned)).toEqual(stretchEnds(samples));
      }),
    );
  });

  it('comes close to the limit on one long stretch', () => {
    const samples = Array.from({ length: 5_000 }, (_, index): Sample => [index, Math.sin(index / 50)]);
    const thinned = thin(samples, 300);
    expect(thinned.length).toBe(300);
  });

  it('keeps a lone peak', () => {
    const samples = Array.from({ length: 5_000 }, (_, index): Sample => [index, index === 3_217 ? 100 : 1]);
    expect(thin(samples, 100)).toContainEqual([3_217, 100]);
  });
});

/** First and last time of each unbroken stretch. */
function stretchEnds(samples: readonly Sample[]): [number, number][] {
  const ends: [number, number][] = [];
  let open = false;
  for (const [at, value] of samples) {
    const last = ends[ends.length - 1];
    if (value === null) open = false;
    else if (open && last !== undefined) last[1] = at;
    else {
      ends.push([at, at]);
      open = true;
    }
  }
  return ends;
}
