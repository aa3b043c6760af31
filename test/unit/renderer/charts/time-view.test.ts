import { describe, expect, it } from 'vitest';
import { tickStep } from '../../../../src/renderer/charts/plot-option.ts';
import { outlinePath } from '../../../../src/renderer/panels/charts/outline.tsx';
import { joined, stepFor } from '../../../../src/renderer/panels/charts/past.ts';
import { liveEnd, look, timeView, usualRange } from '../../../../src/renderer/panels/charts/time-view.ts';
import type { WindowResult } from '../../../../src/shared/event.ts';

describe('the view', () => {
  it('holds the stretch that was dragged', () => {
    look({ from: 1_000_000, to: 1_060_000 });
    expect(timeView.getState()).toEqual({ rangeMs: 60_000, end: 1_060_000 });
  });

  it('widens a stretch too short to show anything around its middle', () => {
    look({ from: 1_000_000, to: 1_001_000 });
    expect(timeView.getState()).toEqual({ rangeMs: 10_000, end: 1_005_500 });
  });

  it('begins with a minute as long as there is little to show, then with five', () => {
    expect(usualRange(undefined, undefined)).toBe(60_000);
    expect(usualRange(1_000, 179_000)).toBe(60_000);
    expect(usualRange(1_000, 181_000)).toBe(300_000);
  });

  it('moves a live end on by about a pixel, never more than 5 s', () => {
    expect(liveEnd(1_200, 60_000)).toBe(2_000);
    expect(liveEnd(1_200, 86_400_000)).toBe(5_000);
  });
});

describe('the points asked for', () => {
  it.each([
    [60_000, 1_000],
    [3_600_000, 1_000],
    [6 * 3_600_000, 10_000],
    [24 * 3_600_000, 60_000],
    [30 * 86_400_000, 3_600_000],
  ])('over %i ms have a step of %i ms', (range, step) => {
    expect(stepFor(range)).toBe(step);
  });

  it('are followed by the live ones that came after them', () => {
    const point = (at: number, stepMs: number) => ({ at, stepMs, values: {} });
    const { points } = joined(
      { points: [point(0, 10_000), point(10_000, 10_000)], results: [] },
      [point(19_000, 1_000), point(20_000, 1_000), point(21_000, 1_000)],
      [],
    );
    expect(points.map(({ at }) => at)).toEqual([0, 10_000, 20_000, 21_000]);
  });

  it('and each query goes on from its own last window', () => {
    const result = (query: string, start: number): WindowResult => ({
      window: {
        kind: 'tumbling',
        start: new Date(start).toISOString(),
        end: new Date(start + 10_000).toISOString(),
      },
      group: {},
      count: 1,
      revision: 0,
      final: true,
      query,
    });
    const past = { points: [], results: [result('long', 0), result('short', 20_000)] };
    const live = [
      result('long', 0),
      result('long', 10_000),
      result('short', 20_000),
      result('short', 30_000),
    ];
    const { results } = joined(past, [], live);
    expect(results).toEqual([result('long', 0), result('short', 20_000), live[1], live[3]]);
  });
});

it.each([
  [60_000, 240, 30_000],
  [60_000, 300, 15_000],
  [60_000, 400, 10_000],
  [300_000, 240, 60_000],
  [86_400_000, 200, 21_600_000],
])('a range of %i ms on %i px has a tick each %i ms, so that labels stand apart', (range, width, step) => {
  expect(tickStep(range, width)).toBe(step);
});

it('draws the outline as one closed shape a stretch', () => {
  const extent = { from: 0, to: 10_000 };
  const at = (index: number, value: number | null) => ({ at: index * 1_000, stepMs: 1_000, value });
  const path = outlinePath({ extent, outline: [at(0, 1), at(1, 2), at(2, null), at(5, 2)] });
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path.match(/Z/g)).toHaveLength(2);
  expect(outlinePath({ extent, outline: [at(0, 0)] })).toBe('');
});
