import { describe, expect, it } from 'vitest';
import {
  branchModel,
  groupsOf,
  spanOf,
  TOGETHER,
} from '../../../../src/renderer/panels/replay/branch-series.ts';
import {
  differenceOf,
  differing,
  measured,
  verdictOf,
} from '../../../../src/renderer/panels/replay/difference.ts';
import type { Group, WindowResult } from '../../../../src/shared/event.ts';
import type { ReplayComparison } from '../../../../src/shared/replay.ts';

const START = Date.parse('2026-11-23T10:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();

function result(seconds: number, group: Group, count: number, sum?: string): WindowResult {
  return {
    window: { kind: 'tumbling', start: at(seconds), end: at(seconds + 10) },
    group,
    count,
    ...(sum === undefined ? {} : { sum }),
    revision: 0,
    final: true,
    query: 'live',
  };
}

function pair(replay: WindowResult, live: WindowResult | null, cut = false): ReplayComparison {
  return { replay, live, equal: JSON.stringify(replay) === JSON.stringify(live), cut };
}

const org = (name: string): Group => ({ org: name });

describe('differenceOf', () => {
  it('subtracts to the cent, with a sign', () => {
    const of = (mine: string, theirs: string) =>
      differenceOf(pair(result(0, {}, 1, mine), result(0, {}, 1, theirs)), 'sum');
    expect(of('100.10', '100.00')).toBe('+0.10');
    expect(of('0.10', '100.00')).toBe('−99.90');
    expect(of('-5.00', '5')).toBe('−10.00');
    expect(of('12.00', '12.00')).toBe('0');
    // Above what a double can hold to the cent.
    expect(of('90071992547409.93', '90071992547409.92')).toBe('+0.01');
    expect(of('1234567.80', '0.00')).toBe('+1,234,567.80');
  });

  it('counts in whole numbers', () => {
    expect(differenceOf(pair(result(0, {}, 1_200), result(0, {}, 2)), 'count')).toBe('+1,198');
  });

  it('is not known where one of the two has no such figure', () => {
    expect(differenceOf(pair(result(0, {}, 1, '1.00'), null), 'sum')).toBeNull();
    expect(differenceOf(pair(result(0, {}, 1, '1.00'), result(0, {}, 1)), 'sum')).toBeNull();
  });
});

it('names every measure that differs', () => {
  const differ = pair(result(0, {}, 2, '3.00'), result(0, {}, 1, '3.00'));
  expect(differing(differ, ['count', 'sum', 'avg'])).toEqual(['count']);
});

it('tells the verdicts apart: a window cut by the range is never called different', () => {
  const one = result(0, {}, 1);
  expect(verdictOf(pair(one, one))).toBe('equal');
  expect(verdictOf(pair(one, result(0, {}, 2)))).toBe('different');
  expect(verdictOf(pair(one, null))).toBe('branch only');
  expect(verdictOf({ ...pair(one, one), replay: null, equal: false })).toBe('live only');
  expect(verdictOf(pair(one, result(0, {}, 2), true))).toBe('cut');
});

it('writes figures, and what is not there', () => {
  expect(measured(result(0, {}, 1_234), 'count')).toBe('1,234');
  expect(measured(result(0, {}, 1, '1234.50'), 'sum')).toBe('1,234.50');
  expect(measured(result(0, {}, 1), 'p99')).toBe('–');
  expect(measured(null, 'count')).toBe('–');
});

describe('branchModel', () => {
  const rows = [
    pair(result(0, org('a'), 10, '1.00'), result(0, org('a'), 12, '1.00')),
    pair(result(0, org('b'), 5, '2.00'), result(0, org('b'), 5, '2.00')),
    pair(result(10, org('a'), 30, '4.00'), null),
    // Nothing at 20 s: a gap.
    pair(result(30, org('b'), 7, '2.50'), result(30, org('b'), 7, '2.50')),
  ];
  const samples = (group: string) =>
    branchModel(rows, 'count', group).series.map(({ key, samples }) => [
      key,
      samples.map(([time, value]) => [(time - START) / 1_000, value]),
    ]);

  it('adds the groups up, and breaks the line where there is no window', () => {
    expect(samples(TOGETHER)).toEqual([
      [
        'live',
        [
          [0, 17],
          [10, null],
          [30, 7],
        ],
      ],
      [
        'branch',
        [
          [0, 15],
          [10, 30],
          [20, null],
          [30, 7],
        ],
      ],
    ]);
  });

  it('draws one group alone', () => {
    expect(samples('a')).toEqual([
      ['live', [[0, 12]]],
      [
        'branch',
        [
          [0, 10],
          [10, 30],
        ],
      ],
    ]);
  });

  it('lists the largest group first, and reaches from the first window to the end of the last', () => {
    expect(groupsOf(rows)).toEqual(['a', 'b']);
    expect(spanOf(rows)).toEqual({ from: START, to: START + 40_000 });
    expect(spanOf([])).toBeNull();
  });
});
