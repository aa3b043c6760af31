import { describe, expect, it } from 'vitest';
import { previewModel } from '../../../../src/renderer/panels/query/preview-model.ts';
import type { Group, WindowResult } from '../../../../src/shared/event.ts';

const START = Date.UTC(2026, 10, 23, 10);
function result(from: number, length: number, group: Group, count: number, revision = 0): WindowResult {
  const iso = (offset: number) => new Date(START + offset).toISOString();
  return {
    window: { kind: 'tumbling', start: iso(from), end: iso(from + length) },
    group,
    count,
    sum: `${count}.50`,
    revision,
    final: true,
    query: 'q',
  };
}

describe('previewModel', () => {
  it('draws a line for each group, with gaps where no window was, the newest revision of each', () => {
    const results = [
      result(0, 10_000, { org: 'a', region: 'eu' }, 1),
      result(10_000, 10_000, { org: 'a', region: 'eu' }, 2),
      result(30_000, 10_000, { org: 'a', region: 'eu' }, 3),
      result(0, 10_000, { org: 'b' }, 9),
      result(0, 10_000, { org: 'b' }, 10, 1),
    ];
    const { series, unit, stepMs } = previewModel(
      results,
      { window: { kind: 'tumbling', sizeMs: 10_000 }, groupBy: ['org', 'region'] },
      'sum',
    );
    expect({ unit, stepMs }).toEqual({ unit: 'money', stepMs: 10_000 });
    expect(series.map(({ name, samples }) => [name, samples])).toEqual([
      ['b', [[START, 10.5]]],
      [
        'a · eu',
        [
          [START, 1.5],
          [START + 10_000, 2.5],
          [START + 20_000, null],
          [START + 30_000, 3.5],
        ],
      ],
    ]);
  });

  it('draws a session as a level line over its stretch, and leaves out one that was absorbed', () => {
    const results = [result(0, 7_000, {}, 4), result(20_000, 1_000, {}, 0, 1)];
    const { series } = previewModel(
      results,
      { window: { kind: 'session', gapMs: 5_000 }, groupBy: [] },
      'count',
    );
    expect(series).toMatchObject([
      {
        name: 'total',
        samples: [
          [START, 4],
          [START + 6_999, 4],
          [START + 7_000, null],
        ],
      },
    ]);
  });

  it('draws the largest groups and says that there are more', () => {
    const results = Array.from({ length: 12 }, (_, index) =>
      result(0, 10_000, { org: `o${index}` }, index + 1),
    );
    const { series, subtitle } = previewModel(
      results,
      { window: { kind: 'hopping', sizeMs: 10_000, slideMs: 2_000 }, groupBy: ['org'] },
      'count',
    );
    expect(series.map(({ name }) => name)).toEqual(['o11', 'o10', 'o9', 'o8', 'o7', 'o6', 'o5', 'o4']);
    expect(subtitle).toBe('10 s each 2 s, the 8 largest of 12 groups');
  });
});
