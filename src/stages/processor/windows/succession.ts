// One query after another in a running window core: what becomes of the windows that are open when it changes. Used by
// the window core alone.
import { differences, MAX_QUESTIONS, type QuerySpec } from '../../../shared/query.ts';
import { FixedWindows } from './fixed-windows.ts';
import type { GroupTable } from './group-table.ts';
import { ALL_TIME, QueryState } from './query-state.ts';
import type { SessionHost } from './sessions.ts';

export interface Succession {
  table: GroupTable;
  host: SessionHost;
  /** Oldest first. */
  states: readonly QueryState[];
  /** Largest event time so far, epoch ms; null before the first event. */
  seen: number | null;
  watermark: number | null;
  /** Open windows are thrown away, and what falls into them counts nowhere. */
  fresh: boolean;
}

/** The states from now on, and how many events were let go of with windows of the far future. */
export function succeed(
  query: QuerySpec,
  { table, host, states: before, seen, watermark, fresh }: Succession,
): { states: QueryState[]; letGo: number } {
  const states = [...before];
  const current = newestOf(states);
  if (!fresh && sameWindows(current.spec, query)) {
    current.spec = query;
    return { states, letGo: 0 };
  }
  const id = current.id + 1;
  if (seen === null && table.size === 0) {
    const from = states[0]?.from ?? current.from;
    return { states: [new QueryState(id, query, { ...ALL_TIME, from }, table)], letGo: 0 };
  }
  if (fresh) dropOpen(states, table, host, watermark ?? Number.NEGATIVE_INFINITY);
  let last = current;
  while (states.length > 1 && last.windows.empty && last.from > (seen ?? Number.NEGATIVE_INFINITY)) {
    states.pop();
    last = newestOf(states);
  }
  if (!fresh) {
    last.until = Number.POSITIVE_INFINITY;
    if (sameWindows(last.spec, query)) {
      last.spec = query;
      return { states, letGo: 0 };
    }
  }
  const cut = Math.max(seen ?? Number.NEGATIVE_INFINITY, last.from);
  const from = new QueryState(id, query, ALL_TIME, table).nextStart(Number.isFinite(cut) ? cut : 0);
  // Only windows of events far in the future can start beyond the cut.
  let letGo = 0;
  for (const slot of takeOpen(last, table, host, (start) => start >= from)) {
    letGo += table.count[slot] ?? 0;
    host.give(slot);
  }
  last.until = Math.min(last.until, from);
  states.push(new QueryState(id, query, { ...ALL_TIME, from }, table));
  // Only made anew again and again (`fresh`): the older ones no longer keep their windows for late records.
  for (const state of states.slice(0, -MAX_QUESTIONS)) state.spec = { ...state.spec, allowedLatenessMs: 0 };
  return { states, letGo };
}

export function newestOf(states: readonly QueryState[]): QueryState {
  const newest = states.at(-1);
  if (newest === undefined) throw new Error('A window core has no query.');
  return newest;
}

/** Throws away every open window; they are not made again. */
function dropOpen(
  states: readonly QueryState[],
  table: GroupTable,
  host: SessionHost,
  watermark: number,
): void {
  for (const state of states) {
    for (const slot of takeOpen(state, table, host, () => true)) host.give(slot);
    state.endBy = Math.min(state.endBy, watermark);
  }
}

/** Takes out the open windows that start as `drops` says. */
function* takeOpen(
  { windows }: QueryState,
  table: GroupTable,
  host: SessionHost,
  drops: (start: number) => boolean,
): Generator<number> {
  if (windows instanceof FixedWindows) {
    for (const window of windows.drop(({ start }) => drops(start))) yield* windows.slots(window);
  } else yield* windows.drop(host, (slot) => drops(table.start[slot] ?? 0));
}

/** True when two queries compute the same under the same name. */
function sameWindows(a: QuerySpec, b: QuerySpec): boolean {
  return a.name === b.name && differences(a, b).length === 0;
}
