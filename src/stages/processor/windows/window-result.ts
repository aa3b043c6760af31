// One group of one window as the result that goes to `db_live_results`. Used by the window core and the replay.
import { distinctOrgs, type Group, type WindowResult } from '../../../shared/event.ts';
import { isFiltered, type QuerySpec } from '../../../shared/query.ts';
import { averageCents, centsText } from '../money.ts';
import { type GroupTable, WITHDRAWN } from './group-table.ts';

const SHARES = [0.5, 0.95, 0.99] as const;

/** The result in the fixed field order, with what the query asks for; of a withdrawn session a count of 0. */
export function resultOf(
  table: GroupTable,
  slot: number,
  spec: QuerySpec,
  group: Group,
  revision: number,
): WindowResult {
  const count = table.count[slot] ?? 0;
  return {
    window: {
      kind: spec.window.kind,
      start: instant(table.start[slot] ?? 0),
      end: instant(table.end[slot] ?? 0),
    },
    group,
    count,
    ...(table.has(slot, WITHDRAWN) ? {} : figuresOf(table, slot, spec, count)),
    revision,
    final: true,
    query: spec.name,
    ...(isFiltered(spec) ? { filtered: true as const } : {}),
  };
}

function figuresOf(table: GroupTable, slot: number, spec: QuerySpec, count: number): Partial<WindowResult> {
  const asked = spec.aggregates;
  const figures: Partial<WindowResult> = {};
  const sum = table.sum(slot);
  const percentiles =
    asked.includes('p50') || asked.includes('p95') || asked.includes('p99')
      ? table.percentiles(slot, SHARES)
      : [];
  for (const one of asked) {
    switch (one) {
      case 'sum':
        figures.sum = centsText(sum);
        break;
      case 'avg':
        figures.avg = centsText(averageCents(sum, count));
        break;
      case 'min':
        figures.min = centsText(table.min[slot] ?? 0);
        break;
      case 'max':
        figures.max = centsText(table.max[slot] ?? 0);
        break;
      case 'p50':
        figures.p50 = centsText(percentiles[0] ?? 0);
        break;
      case 'p95':
        figures.p95 = centsText(percentiles[1] ?? 0);
        break;
      case 'p99':
        figures.p99 = centsText(percentiles[2] ?? 0);
        break;
      case 'distinctOrgs':
        Object.assign(
          figures,
          distinctOrgs(spec.groupBy.includes('org') ? 1 : (table.orgs(slot)?.size ?? 0)),
        );
        break;
      case 'count':
        break;
    }
  }
  return figures;
}

// All groups of a window share its start and end: the last texts are kept.
const instants = new Map<number, string>();
const KEPT_INSTANTS = 256;

function instant(at: number): string {
  let text = instants.get(at);
  if (text === undefined) {
    if (instants.size >= KEPT_INSTANTS) instants.clear();
    text = new Date(at).toISOString();
    instants.set(at, text);
  }
  return text;
}
