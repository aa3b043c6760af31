import { describe, expect, it } from 'vitest';
import { DEFAULT_QUERY, QueryChange, QuerySpec } from '../../../src/shared/query.ts';
import { WindowCore } from '../../../src/stages/processor/windows/window-core.ts';

const T0 = Date.parse('2026-11-23T10:00:00.000Z');

function feed(core: WindowCore, at: number, org = 'a'): string {
  const taken = core.add(at, core.org.ofText(org), core.region.ofText('r'), 100);
  core.clock.observe(0, at, at);
  core.advance(at);
  return taken;
}

const counts = (core: WindowCore) =>
  core.take(99).map(({ result }) => [Date.parse(result.window.start) - T0, result.count]);

describe('a query that begins anew', () => {
  it('throws open windows away, counts from its next window, and keeps closed ones for late records', () => {
    const core = new WindowCore(DEFAULT_QUERY, T0);
    feed(core, T0 + 1_000);
    feed(core, T0 + 14_000);
    expect(counts(core)).toEqual([[0, 1]]);
    core.configure(DEFAULT_QUERY, true);
    // The window of 10 to 20 s is gone, also for events that still come; it is nobody's loss.
    expect(feed(core, T0 + 15_000)).toBe('outside');
    expect(feed(core, T0 + 21_000)).toBe('on-time');
    expect(feed(core, T0 + 2_000)).toBe('late');
    core.fireCorrections();
    expect(counts(core)).toEqual([[0, 2]]);
    feed(core, T0 + 33_000);
    expect(counts(core)).toEqual([[20_000, 1]]);
    expect(core.dropped).toBe(0);
  });

  it('does so with sessions and hopping windows too', () => {
    for (const window of [
      { kind: 'session' as const, gapMs: 5_000 },
      { kind: 'hopping' as const, sizeMs: 10_000, slideMs: 5_000 },
    ]) {
      const core = new WindowCore({ ...DEFAULT_QUERY, window }, T0);
      feed(core, T0 + 1_000);
      core.configure({ ...DEFAULT_QUERY, window }, true);
      expect(core.groups).toBe(0);
      expect(feed(core, T0 + 900)).toBe('outside');
      expect(feed(core, T0 + 20_000)).toBe('on-time');
      core.finish();
      expect(core.take(99).every(({ result }) => Date.parse(result.window.start) > T0 + 1_000)).toBe(true);
    }
  });

  it('leaves events out that the filter does not want, yet they move the watermark', () => {
    const filter = { ...DEFAULT_QUERY.filter, orgs: ['a'] };
    const core = new WindowCore({ ...DEFAULT_QUERY, filter, groupBy: [] }, T0);
    feed(core, T0 + 1_000);
    expect(feed(core, T0 + 12_000, 'b')).toBe('filtered');
    expect(core.take(9).map(({ result }) => [result.group, result.count, result.filtered])).toEqual([
      [{}, 1, true],
    ]);
  });
});

describe('a query as it is asked for', () => {
  it('fills in what older settings do not name, and puts fields and aggregates in order', () => {
    const { filter: _filter, aggregates: _aggregates, ...old } = DEFAULT_QUERY;
    expect(QuerySpec.parse(old)).toEqual(DEFAULT_QUERY);
    const asked = QuerySpec.parse({ ...old, groupBy: ['region', 'org'], aggregates: ['max', 'sum'] });
    expect([asked.groupBy, asked.aggregates]).toEqual([
      ['org', 'region'],
      ['count', 'sum', 'max'],
    ]);
  });

  it('is refused with the place of the fault', () => {
    const fault = (change: object) =>
      QuerySpec.safeParse({ ...DEFAULT_QUERY, ...change }).error?.issues[0]?.path.join('.');
    expect(fault({ window: { kind: 'hopping', sizeMs: 10_000, slideMs: 3_000 } })).toBe('window.slideMs');
    expect(fault({ window: { kind: 'hopping', sizeMs: 60_000, slideMs: 100 } })).toBe('window.slideMs');
    expect(fault({ window: { kind: 'session', sizeMs: 10 } })).toMatch(/^window/);
    expect(fault({ groupBy: ['org', 'org'] })).toBe('groupBy');
    expect(fault({ filter: { minAmount: '2', maxAmount: '1' } })).toBe('filter.maxAmount');
    expect(fault({ filter: { minAmount: '1.234' } })).toBe('filter.minAmount');
  });

  it('changes only in what is named', () => {
    expect(QueryChange.parse({ groupBy: [] })).toEqual({ groupBy: [] });
    expect(QueryChange.parse({ filter: { orgs: ['a'] } })).toEqual({ filter: { orgs: ['a'] } });
  });
});
