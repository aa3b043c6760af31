import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldIn, groupResults, OTHER } from '../../../../src/renderer/charts/group-series.ts';
import type { Group, WindowResult } from '../../../../src/shared/event.ts';

const WINDOW = 10_000;

function result(start: number, group: Group, count: number, sum = `${count}.00`): WindowResult {
  return {
    window: {
      kind: 'tumbling',
      start: new Date(start).toISOString(),
      end: new Date(start + WINDOW).toISOString(),
    },
    group,
    count,
    sum,
    avg: '1.00',
    min: '1.00',
    max: '1.00',
    p50: '1.00',
    p95: '1.00',
    p99: '1.00',
    revision: 0,
    final: true,
    query: 'live',
  };
}

const options = { field: 'org', measure: 'count', from: 0, to: 600_000, maxBuckets: 1_000 } as const;

describe('groupResults', () => {
  it('shows totals as one series, and a field added up over the other where both are grouped', () => {
    const totals = [result(0, {}, 4), result(WINDOW, {}, 6)];
    expect(fieldIn(totals, 'org', 0, 600_000)).toBeNull();
    expect(groupResults(totals, { ...options, field: null }).series).toMatchObject([
      {
        name: 'total',
        samples: [
          [0, 4],
          [WINDOW, 6],
        ],
      },
    ]);
    const both = [result(0, { org: 'a', region: 'eu' }, 1), result(0, { org: 'a', region: 'us' }, 2)];
    expect(fieldIn(both, 'region', 0, 600_000)).toBe('region');
    expect(groupResults(both, options).series).toMatchObject([{ name: 'a', samples: [[0, 3]] }]);
  });

  it('gives each of the windows that overlap a sample of its own', () => {
    const hopping = [0, 1, 2, 3].map((index): WindowResult => {
      const made = result(index * 2_000, { org: 'a' }, index + 1);
      return { ...made, window: { ...made.window, kind: 'hopping' } };
    });
    const { windowMs, bucketMs, single, series } = groupResults(hopping, options);
    expect({ windowMs, bucketMs, single }).toEqual({ windowMs: WINDOW, bucketMs: 2_000, single: true });
    expect(series[0]?.samples).toEqual([
      [0, 1],
      [2_000, 2],
      [4_000, 3],
      [6_000, 4],
    ]);
  });

  it('gives a session to its own group alone, and leaves out what was taken back', () => {
    const session = (start: number, org: string, count: number): WindowResult => {
      const made = result(start, { org }, count);
      return { ...made, window: { ...made.window, kind: 'session' } };
    };
    const sessions = [
      session(0, 'a', 4),
      session(3_000, 'b', 7),
      session(4_000, 'b', 0),
      session(20_000, 'a', 2),
      session(21_000, 'a', 6),
    ];
    const { series } = groupResults(sessions, { ...options, maxBuckets: 60 });
    expect(series.map(({ name, mean, samples }) => [name, mean, samples])).toEqual([
      [
        'a',
        4,
        [
          [0, 4],
          [20_000, 4],
        ],
      ],
      ['b', 7, [[0, 7]]],
    ]);
  });

  it('has no sums where the query did not ask for them', () => {
    const { sum: _, ...without } = result(0, { org: 'a' }, 1);
    expect(groupResults([without], { ...options, measure: 'sum' }).series).toEqual([]);
    expect(groupResults([without], options).series).toHaveLength(1);
  });

  it('makes one series a group, largest first, with 0 where a group had no event', () => {
    const results = [result(0, { org: 'a' }, 1), result(0, { org: 'b' }, 5), result(WINDOW, { org: 'b' }, 7)];
    const { series, bucketMs } = groupResults(results, options);
    expect(bucketMs).toBe(WINDOW);
    expect(series.map(({ name, samples }) => [name, samples])).toEqual([
      [
        'b',
        [
          [0, 5],
          [WINDOW, 7],
        ],
      ],
      [
        'a',
        [
          [0, 1],
          [WINDOW, 0],
        ],
      ],
    ]);
  });

  it('shows a stretch without any window as a gap', () => {
    const results = [0, 1, 2, 8, 9].map((index) => result(index * WINDOW, { org: 'a' }, 1));
    expect(groupResults(results, options).series[0]?.samples).toEqual([
      [0, 1],
      [WINDOW, 1],
      [2 * WINDOW, 1],
      [3 * WINDOW, null],
      [8 * WINDOW, 1],
      [9 * WINDOW, 1],
    ]);
  });

  it('shows the mean of windows put together, so that a part-filled bucket is no fall', () => {
    const results = Array.from({ length: 15 }, (_, index) => result(index * WINDOW, { org: 'a' }, 4));
    const { series, bucketMs } = groupResults(results, { ...options, maxBuckets: 5 });
    expect(bucketMs).toBeGreaterThan(WINDOW);
    expect(series[0]?.samples.every(([, value]) => value === 4)).toBe(true);
  });

  it('has no false gaps and the same figures when only every k-th window is given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 2, max: 30 }), (every, count) => {
        const results = Array.from({ length: count }, (_, index) =>
          result(index * every * WINDOW, { org: 'a' }, 3),
        );
        const to = count * every * WINDOW;
        const { series } = groupResults(results, { ...options, to });
        expect(series[0]?.samples.every(([, value]) => value === 3)).toBe(true);
      }),
    );
  });

  it('gathers groups past the palette under one name and keeps the total', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 9, maxLength: 40 }), (counts) => {
        const results = counts.map((count, index) => result(0, { org: `org-${index}` }, count));
        const { series } = groupResults(results, options);
        expect(series).toHaveLength(8);
        expect(series.at(-1)).toMatchObject({ name: OTHER, slot: -1 });
        const slots = series.map(({ slot }) => slot);
        expect(new Set(slots).size).toBe(slots.length);
        const shown = series.reduce((sum, { samples }) => sum + (samples[0]?.[1] ?? 0), 0);
        expect(shown).toBe(counts.reduce((sum, count) => sum + count, 0));
      }),
    );
  });

  it('lets a group keep its colour while the visible range moves', () => {
    const results = [result(0, { org: 'a' }, 9), result(0, { org: 'b' }, 1), result(60_000, { org: 'b' }, 1)];
    const slotOf = (from: number) =>
      groupResults(results, { ...options, from }).series.find(({ name }) => name === 'b')?.slot;
    expect(slotOf(60_000)).toBe(slotOf(0));
  });
});

describe('fieldIn', () => {
  const byRegion = [result(0, { region: 'eu' }, 1)];
  it('takes the wanted field where any result has it', () => {
    expect(fieldIn([...byRegion, result(0, { org: 'a' }, 1)], 'org', 0, WINDOW)).toBe('org');
  });
  it('takes the other one where the query groups by it', () => {
    expect(fieldIn(byRegion, 'org', 0, WINDOW)).toBe('region');
  });
  it('keeps the wanted one where there is nothing', () => {
    expect(fieldIn(byRegion, 'org', WINDOW, 2 * WINDOW)).toBe('org');
  });
});
