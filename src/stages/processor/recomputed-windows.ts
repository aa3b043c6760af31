// Windows that were computed again from the log, on their way into the state of the line: which of them are meant, what
// stands published of them, and how they are written over what the line holds. Used by the rewind.
import { setImmediate as breathe } from 'node:timers/promises';
import type { WindowResult } from '../../shared/event.ts';
import { ByteWriter } from './checkpoint/bytes.ts';
import { writeGroup } from './checkpoint/group-bytes.ts';
import type { CoreMeta } from './checkpoint/state-snapshot.ts';
import { nameOf } from './publish/known-results.ts';
import { FixedWindows } from './windows/fixed-windows.ts';
import { DUE, LIVE, PUBLISHED, WITHDRAWN } from './windows/group-table.ts';
import { QueryState } from './windows/query-state.ts';
import type { WindowCore } from './windows/window-core.ts';

/** Ids of states for windows that the line had let go of: beyond those that a change of the query gives. */
const FIRST_ASIDE_ID = 1_000_000_000;
const WRITE_AT_ONCE = 500;

export interface CountedEvent {
  /** Event time, epoch ms. */
  at: number;
  org: number;
  region: number;
  cents: number;
  replay: boolean;
}

export class RecomputedWindows {
  /** Windows of the events gone back to, and the same windows whole, among others. */
  readonly #touching: WindowCore;
  readonly #whole: WindowCore;
  readonly #byName = new Map<string, number>();
  /** Newest results of sessions that were published, by name. */
  readonly #standing = new Map<string, WindowResult>();
  #indexed = 0;

  constructor(touching: WindowCore, whole: WindowCore) {
    this.#touching = touching;
    this.#whole = whole;
  }

  /** Finds windows by their names, also those that came since the last call. */
  index(): void {
    const { table } = this.#whole;
    // Sessions grow and join: their names change.
    if (!this.#fixed) {
      this.#byName.clear();
      this.#indexed = 0;
    }
    for (; this.#indexed < table.top; this.#indexed++) {
      const slot = this.#indexed;
      if (table.has(slot, LIVE)) this.#byName.set(nameOf(this.#whole.result(slot)), slot);
    }
  }

  /** This result was published. */
  published(result: WindowResult): void {
    const name = nameOf(result);
    const { revision } = result;
    const slot = this.#byName.get(name);
    const { table } = this.#whole;
    if (!this.#fixed && (this.#standing.get(name)?.revision ?? -1) < revision)
      this.#standing.set(name, result);
    if (slot !== undefined && (table.revision[slot] ?? -1) < revision) table.revision[slot] = revision;
  }

  /** Windows touched, and their groups; of sessions also those that are part of another one now. */
  size(): { windows: number; results: number } {
    const { table } = this.#whole;
    const windows = new Set<number>();
    let results = 0;
    for (const slot of this.#touched()) {
      results++;
      windows.add(table.start[slot] ?? 0);
    }
    if (this.#fixed) return { windows: windows.size, results };
    return { windows: results, results: results + this.#outgrown().length };
  }

  /**
   * Tells of an event, its texts numbered by the whole core, which of its windows the touched ones count it in: `all`,
   * `none`, or of hopping ones those from that start on.
   */
  counting(): (event: CountedEvent) => 'all' | 'none' | number {
    const whole = this.#whole;
    const [state] = whole.states;
    if (state === undefined) throw new Error('A window core has no query.');
    const { table } = whole;
    const { windows, grouping, filter } = state;
    const passes = ({ org, region, cents, replay }: CountedEvent) =>
      filter.passes(whole.names, org, region, cents, replay);
    if (windows instanceof FixedWindows) {
      const starts = new Set<number>();
      for (const slot of this.#touched()) starts.add(table.start[slot] ?? 0);
      return (event) => {
        if (!passes(event)) return 'none';
        let from: number | null = null;
        const last = windows.lastStart(event.at);
        for (let start = last; start > event.at - windows.sizeMs; start -= windows.slideMs) {
          if (!starts.has(start)) return from ?? 'none';
          from = start;
        }
        return 'all';
      };
    }
    const spans = new Map<number, [start: number, end: number][]>();
    for (const slot of this.#touched()) {
      const group = table.group[slot] ?? 0;
      const known = spans.get(group) ?? [];
      known.push([table.start[slot] ?? 0, table.end[slot] ?? 0]);
      spans.set(group, known);
    }
    return (event) => {
      const group = whole.names.number(grouping, event.org, event.region);
      const own = spans.get(group) ?? [];
      const counted = passes(event) && own.some(([start, end]) => event.at >= start && event.at < end);
      return counted ? 'all' : 'none';
    };
  }

  /**
   * As bytes that stand for them in a checkpoint of `live` when put behind its own, and the states that they belong to.
   * What is closed is due, as the revision after the one that stands published.
   */
  async over(
    live: WindowCore,
    states: CoreMeta['states'],
  ): Promise<{ states: CoreMeta['states']; body: Buffer }> {
    const whole = this.#whole;
    const { table } = whole;
    const newest = live.states.at(-1);
    const saved = states.at(-1);
    const [scanned] = whole.states;
    if (newest === undefined || saved === undefined || scanned === undefined)
      throw new Error('A window core has no query.');
    const watermark = live.clock.watermark ?? Number.NEGATIVE_INFINITY;
    const asideId = Math.max(FIRST_ASIDE_ID, ...states.map(({ id }) => id + 1));
    const nowhere = { from: 0, until: 0, endBy: 0 };
    const aside = new QueryState(asideId, newest.spec, nowhere, table);
    // A slot is written under the state that it belongs to.
    whole.restoreStates([scanned, aside, new QueryState(newest.id, newest.spec, nowhere, table)]);
    const out = new ByteWriter();
    // No ids.
    out.unsigned(0);
    let last = Number.NEGATIVE_INFINITY;
    let written = 0;
    for (const slot of [...this.#touched(), ...this.#withdrawn()]) {
      const [start, end] = [table.start[slot] ?? 0, table.end[slot] ?? 0];
      const closed = end <= watermark;
      if ((table.revision[slot] ?? -1) >= 0) table.mark(slot, PUBLISHED);
      if (closed) table.mark(slot, DUE);
      const kept = holds(newest, start, end, closed, watermark);
      table.owner[slot] = kept ? newest.id : asideId;
      if (!kept) last = Math.max(last, start);
      writeGroup(out, whole, slot);
      if (++written % WRITE_AT_ONCE === 0) await breathe();
    }
    if (!Number.isFinite(last)) return { states, body: out.take() };
    // Takes in no events: those of its windows are late for it, or belong to the query of before.
    const span = {
      id: asideId,
      spec: newest.spec,
      from: last + 1,
      until: last + 1,
      floor: null,
      endBy: null,
    };
    return { states: [...states.slice(0, -1), span, saved], body: out.take() };
  }

  /** Slots that take back what stands published of sessions which are part of another one now. */
  #withdrawn(): number[] {
    const { table, host, names } = this.#whole;
    const [state] = this.#whole.states;
    return this.#outgrown().map(({ window, group, revision }) => {
      const number = state === undefined ? 0 : names.numberOf(state.grouping, group);
      const slot = host.make(Date.parse(window.start), Date.parse(window.end), number);
      table.revision[slot] = revision;
      table.mark(slot, PUBLISHED | WITHDRAWN | DUE);
      return slot;
    });
  }

  #outgrown(): WindowResult[] {
    if (this.#fixed) return [];
    const { table } = this.#whole;
    const spans = new Map<string, [start: number, end: number][]>();
    for (const slot of this.#touched()) {
      const group = groupKey(this.#whole, slot);
      const known = spans.get(group) ?? [];
      known.push([table.start[slot] ?? 0, table.end[slot] ?? 0]);
      spans.set(group, known);
    }
    return [...this.#standing].flatMap(([name, result]) => {
      if (result.count === 0 || this.#byName.has(name)) return [];
      const [from, to] = [Date.parse(result.window.start), Date.parse(result.window.end)];
      const own = spans.get(JSON.stringify([result.group.org, result.group.region])) ?? [];
      return own.some(([start, end]) => from >= start && to <= end) ? [result] : [];
    });
  }

  get #fixed(): boolean {
    return this.#whole.states[0]?.windows instanceof FixedWindows;
  }

  /** Slots of the windows touched: all groups of a fixed window, of sessions those that hold an event gone back to. */
  *#touched(): Generator<number> {
    const { table } = this.#whole;
    const touching = this.#touching.table;
    if (this.#fixed) {
      const starts = new Set<number>();
      for (const slot of this.#touching.slots()) starts.add(touching.start[slot] ?? 0);
      for (const slot of this.#whole.slots()) if (starts.has(table.start[slot] ?? 0)) yield slot;
      return;
    }
    const starts = new Map<string, number[]>();
    for (const slot of this.#touching.slots()) {
      const group = groupKey(this.#touching, slot);
      const list = starts.get(group);
      if (list === undefined) starts.set(group, [touching.start[slot] ?? 0]);
      else list.push(touching.start[slot] ?? 0);
    }
    for (const slot of this.#whole.slots()) {
      const [start, end] = [table.start[slot] ?? 0, table.end[slot] ?? 0];
      const list = starts.get(groupKey(this.#whole, slot));
      if (list?.some((at) => at >= start && at < end)) yield slot;
    }
  }
}

function groupKey(core: WindowCore, slot: number): string {
  const { org, region } = core.groupOf(slot);
  return JSON.stringify([org, region]);
}

/** Whether the state still keeps windows of these bounds. */
function holds(state: QueryState, start: number, end: number, closed: boolean, watermark: number): boolean {
  if (start < state.from || start >= state.until || end > state.endBy) return false;
  if (!closed) return true;
  const { windows, spec } = state;
  if (end + spec.allowedLatenessMs <= watermark) return false;
  return windows instanceof FixedWindows ? start >= windows.floor : end > windows.floor;
}
