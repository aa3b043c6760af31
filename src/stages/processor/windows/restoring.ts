// Puts groups back into their windows: from a checkpoint, and under new numbers. Used by the checkpoints and the core.
import { FixedWindows } from './fixed-windows.ts';
import { GroupNames } from './group-names.ts';
import { DUE, type GroupFigures, PUBLISHED, WITHDRAWN } from './group-table.ts';
import type { QueryState } from './query-state.ts';
import type { WindowCore } from './window-core.ts';

export interface SavedGroup {
  start: number;
  end: number;
  /** Its number by the core's present names. */
  group: number;
  due: boolean;
  published: boolean;
  withdrawn: boolean;
  figures: GroupFigures;
  /** Which of the checkpoints it comes from, counted from the oldest. */
  body: number;
}

/** Puts back one group, in place of an older state of it; not when its window is gone since. */
export function restoreGroup(core: WindowCore, state: QueryState, saved: SavedGroup): void {
  const { start, end, group } = saved;
  const { windows } = state;
  const { table } = core;
  const watermark = core.clock.watermark;
  if (end > state.endBy || start >= state.until) return;
  if (windows instanceof FixedWindows) {
    if (start < windows.floor) return;
    const window = windows.make(start, watermark);
    const known = windows.find(window, group);
    const slot = known < 0 ? table.take(state.id, start, end, group, state.valued) : known;
    put(core, slot, saved);
    if (known < 0) windows.put(window, slot);
    return;
  }
  if (end <= windows.floor) return;
  const known = saved.withdrawn ? windows.restoredWithdrawn(start, end, group) : -1;
  const slot = known < 0 ? table.take(state.id, start, end, group, state.valued) : known;
  put(core, slot, saved);
  if (known < 0) windows.restore(core.host, slot, watermark);
}

function put({ table }: WindowCore, slot: number, saved: SavedGroup): void {
  table.unmark(slot, DUE | PUBLISHED | WITHDRAWN);
  if (saved.due) table.mark(slot, DUE);
  if (saved.published) table.mark(slot, PUBLISHED);
  if (saved.withdrawn) table.mark(slot, WITHDRAWN);
  // Below every round there is: it is unchanged, and slots of one checkpoint know each other by it.
  table.round[slot] = -2 - saved.body;
  table.restore(slot, saved.figures);
}

/** Gives the groups that are there new numbers, so that texts nobody needs are forgotten; returns the new names. */
export function renumber(core: WindowCore): GroupNames {
  const { table, names: old } = core;
  const names = new GroupNames();
  for (const slot of core.slots()) {
    const { grouping } = core.stateOf(slot);
    table.group[slot] = names.numberOf(grouping, old.group(grouping, table.group[slot] ?? 0));
    const orgs = table.orgs(slot);
    if (orgs === undefined) continue;
    table.setOrgs(slot, new Set([...orgs].map((org) => names.org.ofText(old.org.text(org)))));
  }
  for (const { windows } of core.states) {
    if (!(windows instanceof FixedWindows)) windows.renumbered();
    else for (const window of windows.windows.values()) windows.reindex(window);
  }
  return names;
}
