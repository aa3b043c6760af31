import { describe, expect, it } from 'vitest';
import type { WindowResult } from '../../../src/shared/event.ts';
import type { AuditQuery } from '../../../src/shared/link.ts';
import { DEFAULT_QUERY, type QuerySpec } from '../../../src/shared/query.ts';
import type { LineState } from '../../../src/shared/states.ts';
import { ResultLines } from '../../../src/stages/audit/result-lines.ts';
import { agrees } from '../../../src/stages/audit/windows.ts';

const T0 = Date.parse('2026-11-23T10:00:00Z');
const BORN = T0 - 1_000;

function query(
  spec: Partial<QuerySpec>,
  change: Partial<AuditQuery> = {},
  state: Partial<LineState> = {},
): AuditQuery {
  const now = { spec: { ...DEFAULT_QUERY, name: 'q', ...spec }, from: null, skippedAt: 0, ...state };
  return { name: 'q', paused: false, born: BORN, state: now, lateCounted: [], ...change };
}

function result(change: Partial<WindowResult> = {}, start = T0, sizeMs = 10_000): WindowResult {
  const window = {
    kind: 'tumbling' as const,
    start: new Date(start).toISOString(),
    end: new Date(start + sizeMs).toISOString(),
  };
  return { window, group: { org: 'a' }, count: 1, revision: 0, final: true, query: 'q', ...change };
}

/** Why a result is left out; else whether windows that were never published are missed. */
function sorted(of: AuditQuery, one = result(), publishedAt = T0 + 60_000): string | boolean {
  const found = new ResultLines([of], 1_000_000).sort(one, publishedAt);
  return 'left' in found ? found.left : found.line.strict;
}

const hops = { kind: 'hopping' as const, sizeMs: 10_000, slideMs: 5_000 };
const hop = result({ window: { ...result().window, kind: 'hopping' } });

describe('results are held against SQL', () => {
  it('of the query as it runs, whatever its windows, groups and filter', () => {
    expect(sorted(query({}))).toBe(true);
    expect(sorted(query({ window: hops }), hop)).toBe(true);
    expect(sorted(query({ groupBy: [] }), result({ group: {} }))).toBe(true);
    const filter = { ...DEFAULT_QUERY.filter, minAmount: '10' };
    expect(sorted(query({ filter }), result({ filtered: true }))).toBe(true);
    const session = result({ window: { ...result().window, kind: 'session' } }, T0, 7_123);
    expect(sorted(query({ window: { kind: 'session', gapMs: 1_000 } }), session)).toBe(true);
  });

  it('of its form before it was changed only as far as the results themselves tell that form', () => {
    const changed = query({ window: { kind: 'tumbling', sizeMs: 5_000 } }, {}, { from: T0 + 10_000 });
    expect(sorted(changed)).toBe(false);
    for (const before of [hop, result({ filtered: true })]) {
      expect(sorted(changed, before)).toBe('they are of windows from before the query was changed');
    }
  });

  it('and are left out, with the reason, where SQL could not know', () => {
    expect(sorted(query({}, { name: 'other' }))).toMatch(/no query of this name/);
    expect(sorted(query({}), result(), BORN - 1)).toMatch(/older query of this name/);
    expect(sorted(query({}, { paused: true }))).toMatch(/paused/);
    expect(sorted(query({}, { state: null }))).toMatch(/no checkpoint/);
    expect(sorted(query({}, {}, { skippedAt: T0 + 1 }))).toMatch(/went on from now/);
    const filter = { ...DEFAULT_QUERY.filter, modes: ['normal' as const, 'replay' as const] };
    expect(sorted(query({ filter }), result({ filtered: true }))).toMatch(/replayed/);
    const many = { ...hops, slideMs: 500 };
    expect(sorted(query({ window: many }), hop)).toMatch(/too long/);
  });
});

it('a revision may be there twice only where two queries of one name published it', () => {
  const own = (of: AuditQuery, publishedAt: number) => {
    const found = new ResultLines([of], 10).sort(result(), publishedAt);
    return 'line' in found || found.own;
  };
  expect(own(query({}), T0)).toBe(true);
  expect(own(query({}, { paused: true }), T0)).toBe(true);
  expect(own(query({}), BORN - 1)).toBe(false);
});

it('figures agree to the cent; percentiles of large groups within the error of their sketch', () => {
  const of = (count: number, change: Partial<WindowResult>) => result({ count, ...change });
  expect(agrees({ count: 2, sum: '3.00' }, of(2, { sum: '3.00' }))).toBe(true);
  expect(agrees({ count: 2, sum: '3.00' }, of(2, { sum: '3.01' }))).toBe(false);
  expect(agrees({ count: 2, sum: '3.00' }, of(3, { sum: '3.00' }))).toBe(false);
  // Not asked for.
  expect(agrees({ count: 2, sum: '3.00' }, of(2, {}))).toBe(true);
  expect(agrees({ count: 1_000, p95: '100.00' }, of(1_000, { p95: '100.50' }))).toBe(false);
  expect(agrees({ count: 1_001, p95: '100.00' }, of(1_001, { p95: '100.99' }))).toBe(true);
  expect(agrees({ count: 1_001, p95: '100.00' }, of(1_001, { p95: '101.50' }))).toBe(false);
  expect(agrees({ count: 9, distinctOrgs: '4' }, of(9, { distinctOrgs: 3 }))).toBe(false);
  expect(agrees({ count: 9, distinctOrgs: '4' }, of(9, { distinctOrgs: 3, distinctOrgsAtLeast: true }))).toBe(
    true,
  );
});
