import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  draftOf,
  newDraft,
  type QueryDraft,
  type QueryField,
  specOf,
} from '../../../../src/renderer/panels/query/draft.ts';
import { AGGREGATES, DEFAULT_QUERY, QuerySpec } from '../../../../src/shared/query.ts';

const draft = draftOf(DEFAULT_QUERY);

describe('specOf', () => {
  it('makes each kind of window of what is typed', () => {
    expect(specOf(draft).spec).toEqual(DEFAULT_QUERY);
    expect(specOf({ ...draft, kind: 'hopping', size: '1 min', slide: '10s' }).spec?.window).toEqual({
      kind: 'hopping',
      sizeMs: 60_000,
      slideMs: 10_000,
    });
    expect(specOf({ ...draft, kind: 'session', gap: '2.5 s', size: 'nonsense' }).spec?.window).toEqual({
      kind: 'session',
      gapMs: 2_500,
    });
  });

  it('takes a list without names and an empty amount for no filter', () => {
    const named = { ...draft, orgs: ['alpha'], minAmount: '1,000.50', maxAmount: '' };
    expect(specOf(named).spec?.filter).toEqual({
      orgs: ['alpha'],
      regions: null,
      minAmount: '1000.50',
      maxAmount: null,
      modes: ['normal'],
    });
  });

  it('gives back every query that its own draft was made of', () => {
    const ms = fc.integer({ min: 100, max: 3_600_000 });
    const window = fc.oneof(
      ms.map((sizeMs) => ({ kind: 'tumbling' as const, sizeMs })),
      ms.map((gapMs) => ({ kind: 'session' as const, gapMs })),
      fc
        .tuple(fc.integer({ min: 100, max: 100_000 }), fc.integer({ min: 1, max: 100 }))
        .map(([slideMs, hops]) => ({ kind: 'hopping' as const, sizeMs: slideMs * hops, slideMs })),
    );
    const query = fc.record({
      name: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/),
      window,
      groupBy: fc.subarray(['org', 'region'] as const),
      outOfOrdernessMs: fc.integer({ min: 0, max: 3_600_000 }),
      allowedLatenessMs: fc.integer({ min: 0, max: 86_400_000 }),
      idleTimeoutMs: ms,
      aggregates: fc.subarray([...AGGREGATES]),
      filter: fc.record({
        orgs: fc.option(fc.uniqueArray(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 5 })),
        regions: fc.option(fc.uniqueArray(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 5 })),
        minAmount: fc.option(fc.constantFrom('0', '-5.25', '99.9')),
        maxAmount: fc.option(fc.constantFrom('100', '1234567.89')),
        modes: fc.subarray(['normal', 'replay'] as const, { minLength: 1 }),
      }),
    });
    fc.assert(
      fc.property(query, (raw) => {
        const spec = QuerySpec.parse(raw);
        expect(specOf(draftOf(spec))).toEqual({ spec, faults: {} });
      }),
    );
  });

  it.each<[Partial<QueryDraft>, QueryField, RegExp]>([
    [{ name: '' }, 'name', /needed/],
    [{ name: 'Big Query' }, 'name', /lower-case/],
    [{ name: 'taken' }, 'name', /Another query/],
    [{ size: 'ten' }, 'size', /for example/],
    [{ size: '50 ms' }, 'size', /At least 100 ms/],
    [{ size: '2 d' }, 'size', /At most 1 d/],
    [{ kind: 'hopping', size: '10 s', slide: '3 s' }, 'slide', /whole multiple/],
    [{ kind: 'hopping', size: '1 h', slide: '1 s' }, 'slide', /at most 100/],
    [{ kind: 'hopping', size: '10 s', slide: '' }, 'slide', /for example/],
    [{ kind: 'session', gap: '1 ms' }, 'gap', /At least 100 ms/],
    [{ minAmount: '12.345' }, 'minAmount', /An amount/],
    [{ minAmount: '10', maxAmount: '9' }, 'maxAmount', /below/],
    [{ modes: [] }, 'modes', /./],
    [{ outOfOrderness: '2 h' }, 'outOfOrderness', /At most 1 h/],
    [{ idleTimeout: '' }, 'idleTimeout', /for example/],
  ])('says what is wrong in %o', (change, field, says) => {
    const { spec, faults } = specOf({ ...draft, ...change }, ['taken']);
    expect(spec).toBeNull();
    expect(Object.keys(faults)).toEqual([field]);
    expect(faults[field]).toMatch(says);
    expect(faults[field]).toMatch(/\.$/);
  });
});

it('offers a new query under a name that is free', () => {
  const made = newDraft(DEFAULT_QUERY, ['live', 'query-1', 'query-3']);
  expect(made).toEqual({ ...draft, name: 'query-2' });
});
