import { describe, expect, it } from 'vitest';
import { comparisonSays, isComparable, liveWindows } from '../../../src/main/control/replay-comparison.ts';
import { DEFAULT_QUERY, QuerySpec } from '../../../src/shared/query.ts';

const asking = (change: object) => QuerySpec.parse({ ...DEFAULT_QUERY, name: 'branch', ...change });
const says = (change: object) => comparisonSays(asking(change), DEFAULT_QUERY);

describe('what of a branch can be compared', () => {
  it('is all of it when both ask the same', () => {
    expect(isComparable(asking({}), DEFAULT_QUERY)).toBe(true);
    expect(says({})).toBeNull();
  });

  it('is nothing when the windows or the groups are others', () => {
    const hopping = { window: { kind: 'hopping', sizeMs: 10_000, slideMs: 2_500 } };
    expect(isComparable(asking(hopping), DEFAULT_QUERY)).toBe(false);
    expect(says(hopping)).toContain('hopping windows of 10 s every 2.5 s, "live" tumbling windows of 10 s');
    for (const groupBy of [[], ['region'], ['org', 'region']]) {
      expect(isComparable(asking({ groupBy }), DEFAULT_QUERY)).toBe(false);
      expect(says({ groupBy })).toContain('"live" by org: no group');
    }
  });

  it('is everything with another filter, other bounds of time or other aggregates, and it says so', () => {
    const filter = { filter: { regions: ['eu-1'] } };
    expect(isComparable(asking(filter), DEFAULT_QUERY)).toBe(true);
    expect(says(filter)).toContain('filters otherwise');
    expect(says({ allowedLatenessMs: 0 })).toContain('late events otherwise');
    expect(says({ aggregates: ['sum', 'distinctOrgs'] })).toBe(
      'Only what both compute is compared: count, sum.',
    );
  });

  it('takes the live windows that events of the range may lie in', () => {
    expect(liveWindows(DEFAULT_QUERY, { from: 100_000, to: 200_000 })).toEqual({
      kind: 'tumbling',
      lengthMs: 10_000,
      org: true,
      region: false,
      from: 90_000,
      to: 210_000,
    });
  });
});
