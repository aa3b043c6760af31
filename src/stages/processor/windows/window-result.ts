// One group of one window as the result that goes to `db_live_results`. Used by the window core and the replay.
import type { WindowResult } from '../../../shared/event.ts';
import { averageCents, centsText } from '../money.ts';
import type { Accumulator } from './accumulator.ts';

const SHARES = [0.5, 0.95, 0.99] as const;

/** The result in the fixed field order; `final`: its window has been closed by the watermark. */
export function resultOf(accumulator: Accumulator, revision: number, final = true): WindowResult {
  const { owner, group, start } = accumulator;
  const sum = accumulator.sum;
  const [p50 = 0, p95 = 0, p99 = 0] = accumulator.percentiles(SHARES);
  return {
    window: { kind: owner.layout.kind, start: instant(start), end: instant(owner.layout.endOf(start)) },
    group: owner.groupField === 'org' ? { org: group } : { region: group },
    count: accumulator.count,
    sum: centsText(sum),
    avg: centsText(averageCents(sum, accumulator.count)),
    min: centsText(accumulator.min),
    max: centsText(accumulator.max),
    p50: centsText(p50),
    p95: centsText(p95),
    p99: centsText(p99),
    revision,
    final,
    query: owner.spec.name,
  };
}

/** Key of its record: window start, end and group. */
export function resultKey(result: WindowResult): string {
  return `${result.window.start}/${result.window.end}/${result.group.org ?? result.group.region ?? ''}`;
}

// All groups of a window share its start and end: the last texts are kept.
const instants = new Map<number, string>();
const KEPT_INSTANTS = 64;

function instant(at: number): string {
  let text = instants.get(at);
  if (text === undefined) {
    if (instants.size >= KEPT_INSTANTS) instants.clear();
    text = new Date(at).toISOString();
    instants.set(at, text);
  }
  return text;
}
