import { expect, it } from 'vitest';
import { DEFAULT_QUERY, type QuerySpec, type WindowSpec } from '../../../src/shared/query.ts';
import { countedBy, type LateCounted, runsOf } from '../../../src/shared/side-records.ts';
import { RecomputedWindows } from '../../../src/stages/processor/recomputed-windows.ts';
import { WindowCore } from '../../../src/stages/processor/windows/window-core.ts';

const T0 = 1_795_428_000_000;

/** The whole windows of some events, of which those from `from` on were gone back to. */
function recomputed(window: WindowSpec, events: readonly number[], from: number) {
  const query: QuerySpec = { ...DEFAULT_QUERY, window };
  const [touching, whole] = [new WindowCore(query, T0), new WindowCore(query, T0)];
  const number = (core: WindowCore) => [core.org.ofText('a'), core.region.ofText('eu')] as const;
  for (const at of events) {
    whole.add(at, ...number(whole), 100);
    if (at >= from) touching.add(at, ...number(touching), 100);
  }
  const [org, region] = number(whole);
  const counts = new RecomputedWindows(touching, whole).counting();
  return (at: number) => counts({ at, org, region, cents: 100, replay: false });
}

it('a rewind counts a late event in those of its windows that it touches', () => {
  const tumbling = recomputed({ kind: 'tumbling', sizeMs: 10_000 }, [T0 + 5_000, T0 + 15_000], T0 + 10_000);
  expect([T0 + 9_999, T0 + 10_000].map(tumbling)).toEqual(['none', 'all']);
  const hops = recomputed(
    { kind: 'hopping', sizeMs: 10_000, slideMs: 5_000 },
    [T0, T0 + 12_000],
    T0 + 10_000,
  );
  // Touched are the windows that start at 5 s and at 10 s.
  expect([T0 + 4_000, T0 + 5_500, T0 + 12_500, T0 + 16_000].map(hops)).toEqual([
    'none',
    T0 + 5_000,
    'all',
    'none',
  ]);
  const session = recomputed({ kind: 'session', gapMs: 1_000 }, [T0, T0 + 5_000, T0 + 5_800], T0 + 5_000);
  expect([T0 + 500, T0 + 5_500, T0 + 6_799, T0 + 6_801].map(session)).toEqual(['none', 'all', 'all', 'none']);
});

it('late records are found again by their places, under the rewind that counts them in most windows', () => {
  expect(runsOf([1, 2, 3, 7, 9, 10])).toEqual([1, 4, 7, 8, 9, 11]);
  const of = (rewind: string, runs: number[], partly: [number, number][] = []): LateCounted => ({
    rewind,
    at: T0,
    runs: { '0': runs },
    partly: { '0': partly },
  });
  const counted = [of('one', [1, 4, 7, 8], [[5, T0]]), of('two', [3, 4], [[5, T0 + 10]])];
  const found = (partition: number, offset: number) => {
    const { by, from } = countedBy(counted, partition, offset) ?? {};
    return by === undefined ? null : [by.rewind, from];
  };
  expect([0, 1, 3, 4, 5, 7, 8].map((offset) => found(0, offset))).toEqual([
    null,
    ['one', null],
    ['two', null],
    null,
    ['one', T0],
    ['one', null],
    null,
  ]);
  expect(found(1, 1)).toBeNull();
});
