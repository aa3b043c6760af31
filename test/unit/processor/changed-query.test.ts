// A query that is changed while it runs, its open windows kept: at the change windows of both questions overlap, and each of
// them is whole.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { WindowResult } from '../../../src/shared/event.ts';
import { DEFAULT_QUERY, QuerySpec } from '../../../src/shared/query.ts';
import { WindowCore } from '../../../src/stages/processor/windows/window-core.ts';
import { inOrder, standing } from '../../support/standing.ts';
import { type ScriptEvent, windowOracle } from '../../support/window-oracle.ts';

const T0 = Date.parse('2026-11-23T10:00:00.000Z');

const question = fc
  .record({
    window: fc.oneof(
      fc.constantFrom(1_000, 7_000, 10_000).map((sizeMs) => ({ kind: 'tumbling' as const, sizeMs })),
      fc
        .constantFrom([4_000, 1_000], [10_000, 5_000], [9_000, 3_000])
        .map(([sizeMs = 0, slideMs = 0]) => ({ kind: 'hopping' as const, sizeMs, slideMs })),
    ),
    groupBy: fc.constantFrom([], ['org'], ['region'], ['org', 'region']),
    aggregates: fc.constantFrom(['count', 'sum'], ['count', 'max', 'p50'], ['count', 'distinctOrgs']),
    filter: fc.constantFrom(DEFAULT_QUERY.filter, { ...DEFAULT_QUERY.filter, orgs: ['a'] }),
  })
  .map((asked) => QuerySpec.parse({ ...DEFAULT_QUERY, ...asked, outOfOrdernessMs: 500 }));

const event = fc.record({
  gap: fc.oneof({ weight: 9, arbitrary: fc.nat(900) }, { weight: 1, arbitrary: fc.nat(12_000) }),
  late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  org: fc.constantFrom('a', 'b'),
  region: fc.constantFrom('r1', 'r2'),
  cents: fc.nat(100_000),
});

it('has whole windows of the old question up to the change and of the new one from it, each under its own name', () => {
  const seen = { overlaps: 0 };
  fc.assert(
    fc.property(
      question,
      question,
      fc.array(event, { minLength: 20, maxLength: 80 }),
      fc.nat(),
      (old, next, drawn, at) => {
        let now = T0;
        const script = drawn.map(({ gap, late, ...rest }): ScriptEvent => {
          now += gap;
          return { kind: 'event', partition: 0, at: now - late, now, replay: false, ...rest };
        });
        const core = new WindowCore(old, T0);
        const topic: WindowResult[] = [];
        const publish = () => topic.push(...core.take(10_000).map(({ result }) => result));
        const changeAt = at % script.length;
        script.forEach(({ at: time, now: arrived, org, region, cents }, index) => {
          if (index === changeAt) expect(core.configure(next)).toBe(0);
          core.add(time, core.org.ofText(org), core.region.ofText(region), cents);
          core.clock.observe(0, arrived, time);
          core.advance(arrived);
          core.fireCorrections();
          publish();
        });
        core.finish();
        publish();
        expect(core.dropped).toBe(0);

        const windows = (spec: QuerySpec) => windowOracle(spec, script, 1, T0).windows;
        const before = Math.max(...script.slice(0, changeAt).map(({ at: time }) => time));
        const step = next.window.kind === 'hopping' ? next.window.slideMs : windowSize(next);
        // The first window of the new question that begins after everything seen.
        const cut = Number.isFinite(before) ? Math.floor(before / step) * step + step : -Infinity;
        const same = JSON.stringify(old) === JSON.stringify(next);
        const expected = same
          ? windows(next)
          : [
              ...windows(old).filter(({ start }) => start < cut),
              ...windows(next).filter(({ start }) => start >= cut),
            ];
        expect(inOrder(standing(topic))).toEqual(inOrder(expected));
        if (!same && windows(old).some(({ start, end }) => start < cut && end > cut)) seen.overlaps++;
      },
    ),
    { numRuns: 150 },
  );
  expect(seen.overlaps).toBeGreaterThan(10);
});

function windowSize({ window }: QuerySpec): number {
  return window.kind === 'session' ? window.gapMs : window.sizeMs;
}
