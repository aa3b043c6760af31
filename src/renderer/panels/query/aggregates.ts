// How the aggregates of a query are called, and how they are read from a result. Pure.
import type { WindowResult } from '../../../shared/event.ts';
import type { Aggregate } from '../../../shared/query.ts';
import type { Unit } from '../../charts/units.ts';

export const AGGREGATE_WORDS: Readonly<Record<Aggregate, string>> = {
  count: 'count',
  sum: 'sum',
  avg: 'average',
  min: 'minimum',
  max: 'maximum',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  distinctOrgs: 'distinct orgs',
};

export function unitOf(aggregate: Aggregate): Unit {
  return aggregate === 'count' || aggregate === 'distinctOrgs' ? 'count' : 'money';
}

/** null when the query did not ask for it. */
export function figureOf(result: WindowResult, aggregate: Aggregate): number | null {
  const value = result[aggregate];
  return value === undefined ? null : Number(value);
}
