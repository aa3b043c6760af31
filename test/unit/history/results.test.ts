import { describe, expect, it } from 'vitest';
import type { WindowResult } from '../../../src/shared/event.ts';
import { distinctOrgs, EXACT_DISTINCT } from '../../../src/shared/event.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { ask, openAt, result, T0 } from './fixtures.ts';

const iso = (seconds: number) => new Date(T0 + seconds * 1_000).toISOString();

describe('window results', () => {
  it('keeps the highest revision of a window, in whatever order they come', () => {
    using dir = tempDir('results');
    const store = openAt(dir.path, { at: T0 + 60_000 });
    store.recordResults([result(T0, 'alpha', { revision: 1, count: 4 })]);
    store.flush();
    store.recordResults([result(T0, 'alpha', { revision: 0, count: 3 })]);
    store.recordResults([result(T0, 'beta'), result(T0, 'beta', { revision: 2, sum: '31.00' })]);
    const { results } = store.query(ask({ from: T0, include: ['results'] }));
    expect(results).toEqual([
      result(T0, 'alpha', { revision: 1, count: 4 }),
      result(T0, 'beta', { revision: 2, sum: '31.00' }),
    ]);
    store.close();
  });

  it('keeps the count of distinct orgs, and that there may be more', () => {
    using dir = tempDir('results');
    const store = openAt(dir.path, { at: T0 + 60_000 });
    const recorded = [7, EXACT_DISTINCT, EXACT_DISTINCT + 1].map((orgs, n) =>
      result(T0 + n * 10_000, 'alpha', distinctOrgs(orgs)),
    );
    store.recordResults(recorded);
    expect(store.query(ask({ from: T0, include: ['results'] })).results).toEqual(recorded);
    expect(recorded.map(({ distinctOrgsAtLeast }) => distinctOrgsAtLeast)).toEqual([
      undefined,
      undefined,
      true,
    ]);
    store.close();
  });

  it('gives windows that start in the range, whole; too many are thinned evenly, not cut', () => {
    using dir = tempDir('results');
    const store = openAt(dir.path, { at: T0 + 10_000_000 });
    for (let n = 0; n < 1000; n += 1) {
      store.recordResults([result(T0 + n * 10_000, 'alpha'), result(T0 + n * 10_000, 'beta')]);
    }
    const all = store.query(ask({ from: T0 + 10_000, to: T0 + 40_000, include: ['results'] })).results;
    expect(all.map((r) => [r.window.start, r.group.org])).toEqual(
      [1, 2, 3].flatMap((n) =>
        ['alpha', 'beta'].map((org) => [new Date(T0 + n * 10_000).toISOString(), org]),
      ),
    );
    const thin = store.query(
      ask({ from: T0, to: T0 + 10_000_000, include: ['results'], maxPoints: 100 }),
    ).results;
    expect(thin).toHaveLength(200);
    const starts = [...new Set(thin.map((r) => Date.parse(r.window.start)))];
    expect(new Set(starts.slice(1).map((start, i) => start - (starts[i] ?? 0)))).toEqual(new Set([100_000]));
    store.close();
  });

  it('gives the windows of several queries together, oldest first', () => {
    using dir = tempDir('results');
    const store = openAt(dir.path, { at: T0 + 60_000 });
    for (const query of ['live', 'by-region']) {
      for (const n of [0, 1, 2]) store.recordResults([result(T0 + n * 10_000, 'alpha', { query })]);
    }
    const { results } = store.query(ask({ from: T0, include: ['results'] }));
    const starts = results.map(({ window }) => Date.parse(window.start));
    expect(starts).toEqual([0, 0, 1, 1, 2, 2].map((n) => T0 + n * 10_000));
    expect(new Set(results.map(({ query }) => query))).toEqual(new Set(['live', 'by-region']));
    store.close();
  });

  it('puts a replay beside the live line: different first, then windows the live line lacks, then equal', () => {
    using dir = tempDir('results');
    const store = openAt(dir.path, { at: T0 + 60_000 });
    store.recordResults([result(T0, 'alpha', { revision: 3 }), result(T0 + 10_000, 'alpha')]);
    const replayed = [
      result(T0, 'alpha'),
      result(T0 + 10_000, 'alpha', { sum: '30.01' }),
      result(T0 + 20_000, 'alpha'),
    ];
    store.recordReplayResults('r1', replayed);
    store.recordReplayResults('r2', [result(T0, 'alpha')]);
    const question = { line: 'live', settled: false, limit: 10, order: 'difference' as const };
    const rows = store.comparisons.results('r1', question);
    expect(rows.map((row) => [row.replay?.window.start, row.live === null, row.equal])).toEqual([
      [new Date(T0 + 10_000).toISOString(), false, false],
      [new Date(T0 + 20_000).toISOString(), true, false],
      [new Date(T0).toISOString(), false, true],
    ]);
    expect(rows[0]?.live).toEqual(result(T0 + 10_000, 'alpha'));
    expect(store.comparisons.summary('r1', 'live', false)).toEqual({
      windows: 3,
      compared: 2,
      different: 1,
      cut: 0,
      liveOnly: 0,
    });
    expect(store.comparisons.summary('nobody', 'live', false).windows).toBe(0);
    expect(store.comparisons.results('r1', { ...question, limit: 1 })).toHaveLength(1);
    const byTime = store.comparisons.results('r1', { ...question, order: 'time' });
    expect(byTime.map((row) => Date.parse(row.replay?.window.start ?? '') - T0)).toEqual([20_000, 10_000, 0]);
    store.close();
  });

  it('compares with the live line as it stood at the end, and leaves out what the range cut', () => {
    using dir = tempDir('results');
    const store = openAt(dir.path, { at: T0 + 60_000 });
    store.recordResults([result(T0, 'alpha'), result(T0, 'beta', { count: 9 })]);
    store.recordReplayResults('r1', [result(T0, 'alpha'), result(T0, 'beta')]);
    const windows = { kind: 'tumbling' as const, lengthMs: 10_000, org: true, region: false };
    store.comparisons.settle('r1', 'live', { ...windows, from: T0 - 10_000, to: T0 + 10_000 });
    store.recordResults([result(T0, 'alpha', { revision: 1, count: 77 })]);
    expect(store.comparisons.summary('r1', 'live', false)).toMatchObject({ compared: 2, different: 2 });
    expect(store.comparisons.summary('r1', 'live', true)).toMatchObject({ compared: 2, different: 1 });
    const { window, group } = result(T0, 'beta');
    store.comparisons.cut('r1', [{ window, group }], null);
    expect(store.comparisons.summary('r1', 'live', true)).toEqual({
      windows: 2,
      compared: 1,
      different: 0,
      cut: 1,
      liveOnly: 0,
    });
    const rows = store.comparisons.results('r1', {
      line: 'live',
      settled: true,
      limit: 9,
      order: 'difference',
    });
    expect(rows.map((row) => [row.replay?.group.org, row.equal, row.cut, row.live?.count])).toEqual([
      ['alpha', true, false, result(T0, 'alpha').count],
      ['beta', false, true, 9],
    ]);
    store.comparisons.drop('r1');
    expect(store.comparisons.summary('r1', 'live', true).windows).toBe(0);
    store.close();
  });

  it('lists live windows of the same kind in the range that the branch lacks, but for those the range cut', () => {
    using dir = tempDir('results');
    const store = openAt(dir.path, { at: T0 + 60_000 });
    const at = (seconds: number, org: string, change: Partial<WindowResult> = {}) =>
      result(T0 + seconds * 1_000, org, change);
    const other = { kind: 'hopping' as const, start: iso(10), end: iso(20) };
    store.recordResults([
      at(0, 'alpha'),
      at(10, 'alpha'),
      at(10, 'beta'),
      at(10, 'gone'),
      at(10, 'withdrawn', { count: 0 }),
      // Not held against it: outside, of other windows, by other groups, of another query.
      at(40, 'beta'),
      at(0, 'hop', { window: other }),
      at(0, 'long', { window: { kind: 'tumbling', start: iso(0), end: iso(20) } }),
      at(10, '', { group: { region: 'eu' } }),
      at(10, 'beta', { query: 'side' }),
    ]);
    store.recordReplayResults('r1', [at(10, 'alpha')]);
    const windows = { kind: 'tumbling' as const, lengthMs: 10_000, org: true, region: false };
    store.comparisons.settle('r1', 'live', { ...windows, from: T0 - 5_000, to: T0 + 30_000 });
    const listed = (settled: boolean) =>
      store.comparisons
        .results('r1', { line: 'live', settled, limit: 9, order: 'difference' })
        .map(({ replay, live }) => [replay?.group.org ?? null, live?.group.org ?? null, live?.window.start]);
    expect(listed(true)).toEqual([
      [null, 'beta', iso(10)],
      [null, 'gone', iso(10)],
      [null, 'alpha', iso(0)],
      ['alpha', 'alpha', iso(10)],
    ]);
    expect(store.comparisons.summary('r1', 'live', true)).toMatchObject({
      windows: 1,
      compared: 1,
      liveOnly: 3,
    });
    expect(listed(false)).toEqual([['alpha', 'alpha', iso(10)]]);
    expect(store.comparisons.summary('r1', 'live', false)).toMatchObject({ liveOnly: 0 });
    // Events outside the range belong to the one; what lies before the other was not looked through.
    store.comparisons.cut('r1', [at(10, 'gone')], T0 + 5_000);
    expect(listed(true)).toEqual([
      [null, 'beta', iso(10)],
      ['alpha', 'alpha', iso(10)],
    ]);
    store.close();
  });

  it('lets go of every live session that events outside the range touch', () => {
    using dir = tempDir('results');
    const store = openAt(dir.path, { at: T0 + 60_000 });
    const session = (from: number, to: number) =>
      result(T0, 'alpha', { window: { kind: 'session', start: iso(from), end: iso(to) } });
    store.recordResults([session(0, 4), session(10, 14)]);
    const windows = { kind: 'session' as const, lengthMs: null, org: true, region: false };
    store.comparisons.settle('r1', 'live', { ...windows, from: T0 - 5_000, to: T0 + 30_000 });
    expect(store.comparisons.summary('r1', 'live', true).liveOnly).toBe(2);
    store.comparisons.cut('r1', [session(-2, 1)], null);
    expect(store.comparisons.summary('r1', 'live', true).liveOnly).toBe(1);
    store.close();
  });
});
