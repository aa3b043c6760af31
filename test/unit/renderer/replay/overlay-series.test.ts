import { expect, it } from 'vitest';
import { amountByGroup } from '../../../../src/renderer/panels/charts/result-charts.ts';
import { withBranch } from '../../../../src/renderer/panels/replay/overlay-series.ts';
import type { WindowResult } from '../../../../src/shared/event.ts';

const START = Date.parse('2026-11-23T10:00:00Z');
const view = { from: START, to: START + 60_000 };

function result(second: number, org: string, sum: string): WindowResult {
  return {
    window: {
      kind: 'tumbling',
      start: new Date(START + second * 1_000).toISOString(),
      end: new Date(START + (second + 10) * 1_000).toISOString(),
    },
    group: { org },
    count: 1,
    sum,
    revision: 0,
    final: true,
    query: 'live',
  };
}

const live = amountByGroup([result(0, 'a', '5.00'), result(0, 'b', '3.00'), result(10, 'a', '6.00')], view);

it('lays the branch over the live lines: dashed, by its name, in the colour of its group', () => {
  const model = withBranch(
    live,
    { name: 'what if', results: [result(0, 'b', '4.00'), result(10, 'b', '2.00')] },
    view,
  );
  expect(model.series.slice(0, -1)).toEqual(live.series);
  expect(model.series.at(-1)).toEqual({
    key: 'branch b',
    name: 'what if: b',
    slot: live.series.find(({ name }) => name === 'b')?.slot,
    dashed: true,
    samples: [
      [START, 4],
      [START + 10_000, 2],
    ],
  });
});

it('leaves the chart alone without a branch', () => {
  expect(withBranch(live, null, view)).toBe(live);
});
