import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KEEP_MS, mergePoints, mergeResults, resultKey } from '../../../../src/renderer/store/series.ts';
import type { WindowResult } from '../../../../src/shared/event.ts';
import type { MetricPoint } from '../../../../src/shared/history.ts';
import { aResult } from '../../../support/samples.ts';

const pointAt = (seconds: number, writerRate = 1): MetricPoint => ({
  at: seconds * 1_000,
  stepMs: 1_000,
  values: { writerRate },
});

const second = fc.integer({ min: 0, max: 2 * 3_600 });

test('points merge in any order to one per second, in order of time, an hour at most', () => {
  fc.assert(
    fc.property(fc.array(fc.array(second, { maxLength: 40 }), { maxLength: 6 }), (batches) => {
      let kept: readonly MetricPoint[] = [];
      const all = new Set<number>();
      for (const batch of batches) {
        kept = mergePoints(
          kept,
          batch.map((at) => pointAt(at)),
        );
        for (const at of batch) all.add(at * 1_000);
        const newest = Math.max(...all);
        for (const at of all) if (at <= newest - KEEP_MS) all.delete(at);
      }
      expect(kept.map(({ at }) => at)).toEqual([...all].sort((a, b) => a - b));
    }),
  );
});

test('the later of two points of the same second wins', () => {
  const merged = mergePoints([pointAt(1, 10), pointAt(2, 20)], [pointAt(1, 11)]);
  expect(merged.map(({ values }) => values.writerRate)).toEqual([11, 20]);
});

test('nothing new keeps the very same list', () => {
  const kept = [pointAt(1)];
  expect(mergePoints(kept, [])).toBe(kept);
  const results = [aResult()];
  expect(mergeResults(results, [])).toBe(results);
});

const START = Date.UTC(2026, 0, 1);
const windowed = fc.record({
  slot: fc.integer({ min: 0, max: 500 }),
  org: fc.constantFrom('a', 'b', 'c'),
  revision: fc.integer({ min: 0, max: 3 }),
});

function resultOf({ slot, org, revision }: { slot: number; org: string; revision: number }): WindowResult {
  const start = START + slot * 10_000;
  return aResult({
    window: {
      kind: 'tumbling',
      start: new Date(start).toISOString(),
      end: new Date(start + 10_000).toISOString(),
    },
    group: { org },
    revision,
  });
}

test('results keep the highest revision of each window and group, in order of time, an hour at most', () => {
  fc.assert(
    fc.property(fc.array(fc.array(windowed, { maxLength: 30 }), { maxLength: 6 }), (batches) => {
      let kept: readonly WindowResult[] = [];
      const best = new Map<string, number>();
      for (const batch of batches) {
        const results = batch.map(resultOf);
        kept = mergeResults(kept, results);
        for (const result of results) {
          best.set(resultKey(result), Math.max(result.revision, best.get(resultKey(result)) ?? 0));
        }
        const starts = [...best.keys()].map((key) => Date.parse(key.split('|')[1] ?? ''));
        const oldest = Math.max(...starts) - KEEP_MS;
        for (const key of best.keys()) if (Date.parse(key.split('|')[1] ?? '') < oldest) best.delete(key);
      }
      expect(new Map(kept.map((result) => [resultKey(result), result.revision]))).toEqual(best);
      const starts = kept.map((result) => result.window.start);
      expect(starts).toEqual([...starts].sort());
    }),
  );
});
