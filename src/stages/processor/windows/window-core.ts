// The window core: events in, results due out, by event time. Pure: no IO and no wall clock inside, time comes in. The
// live processor and the processor replay run the same core; checkpoints read and restore it.
import type { WindowResult } from '../../../shared/event.ts';
import { type QuerySpec, windowLength } from '../../../shared/query.ts';
import { Interner } from '../decode/interner.ts';
import type { Accumulator } from './accumulator.ts';
import { EventClock } from './event-clock.ts';
import { layoutOf } from './layout.ts';
import { QueryState, type WindowGroups } from './query-state.ts';
import { resultOf } from './window-result.ts';

/** Groups x windows held at once; beyond it the oldest closed windows go early, then new groups are left out. */
export const MAX_GROUPS = 1_000_000;
/** So many queries in a row keep their windows for late records while the newest takes over. */
const MAX_STATES = 8;
const SPARE_TEXTS = 100_000;

export interface Emission {
  accumulator: Accumulator;
  result: WindowResult;
}

/** What one event did: counted in time, counted as a correction of a closed window, or not counted. */
export type Taken = 'on-time' | 'late' | 'dropped';

export class WindowCore {
  readonly clock: EventClock;
  org = new Interner();
  region = new Interner();
  late = 0;
  dropped = 0;
  /** Events left out because MAX_GROUPS was reached; part of `dropped`. */
  overflow = 0;
  /** Called with every group that is forgotten. */
  onPurge: ((accumulator: Accumulator) => void) | null = null;
  /** Called before a group changes for the first time in a checkpoint round. */
  onTouch: ((accumulator: Accumulator) => void) | null = null;
  #states: QueryState[];
  #due: Accumulator[] = [];
  #dueAt = 0;
  #corrections: Accumulator[] = [];
  #round = 0;
  #dirty: Accumulator[] = [];
  #closed: WindowGroups | null = null;
  readonly #maxGroups: number;

  constructor(query: QuerySpec, now: number, maxGroups = MAX_GROUPS) {
    this.clock = new EventClock(now);
    this.#states = [new QueryState(1, query, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)];
    this.#maxGroups = maxGroups;
  }

  /** The query that new windows are computed by. */
  get query(): QuerySpec {
    return this.#newest.spec;
  }

  get states(): readonly QueryState[] {
    return this.#states;
  }

  get openWindows(): number {
    return this.#states.reduce((sum, state) => sum + state.openWindows, 0);
  }

  get groups(): number {
    return this.#states.reduce((sum, state) => sum + state.size, 0);
  }

  /** Results that `take` would give now. */
  get waiting(): number {
    return this.#due.length - this.#dueAt;
  }

  get corrections(): number {
    return this.#corrections.length;
  }

  /** The window that closed last, for the picture of its amounts. */
  get lastClosed(): WindowGroups | null {
    return this.#closed;
  }

  /** Takes in one event: time in epoch ms, numbers of its texts by `org` and `region`, amount in cents. */
  add(at: number, org: number, region: number, cents: number): Taken {
    const states = this.#states;
    const watermark = this.clock.watermark;
    let taken: Taken = 'dropped';
    for (let index = 0; index < states.length; index++) {
      const state = states[index];
      if (state === undefined) continue;
      const start = state.layout.startOf(at);
      if (start < state.from || start >= state.until) continue;
      const closed = watermark !== null && state.layout.endOf(start) <= watermark;
      if (closed && state.tooLate(start, watermark)) continue;
      const group = state.groupField === 'org' ? org : region;
      const accumulator = state.find(start, group) ?? this.#make(state, start, group);
      if (accumulator === null) continue;
      if (accumulator.round !== this.#round) this.#touch(accumulator);
      accumulator.add(cents);
      if (!closed) {
        if (taken === 'dropped') taken = 'on-time';
        continue;
      }
      taken = 'late';
      if (!accumulator.due) {
        accumulator.due = true;
        this.#corrections.push(accumulator);
      }
    }
    if (taken === 'late') this.late++;
    else if (taken === 'dropped') this.dropped++;
    return taken;
  }

  /** Moves event time on; windows it passes become due. Returns the watermark. */
  advance(now: number): number | null {
    const { spec } = this.#newest;
    const before = this.clock.watermark;
    const watermark = this.clock.advance(
      now,
      spec.outOfOrdernessMs,
      spec.idleTimeoutMs,
      this.#lastOpenEnd(now - spec.outOfOrdernessMs),
    );
    if (watermark !== null && watermark !== before) this.#close(watermark);
    return watermark;
  }

  /** Ends a bounded input: closes every window, whatever its end. */
  finish(): void {
    this.#close(this.clock.finish(Number.MAX_SAFE_INTEGER));
    this.fireCorrections();
  }

  /** Makes the corrections of late records due; called now and then, so that one result stands for many records. */
  fireCorrections(): void {
    for (const accumulator of this.#corrections) this.#due.push(accumulator);
    this.#corrections = [];
  }

  /** Up to `max` due results, oldest first, each with the next revision of its window and group. */
  take(max: number): Emission[] {
    const emissions: Emission[] = [];
    while (emissions.length < max && this.#dueAt < this.#due.length) {
      const accumulator = this.#due[this.#dueAt++];
      if (accumulator === undefined || !accumulator.due) continue;
      this.settle(accumulator, accumulator.revision + 1, false);
      emissions.push({ accumulator, result: resultOf(accumulator, accumulator.revision) });
    }
    if (this.#dueAt === this.#due.length) {
      this.#due = [];
      this.#dueAt = 0;
    }
    return emissions;
  }

  /** Sets the revision that stands published for a group, and whether its result is still due. */
  settle(accumulator: Accumulator, revision: number, due: boolean): void {
    if (accumulator.round !== this.#round) this.#touch(accumulator);
    accumulator.revision = revision;
    accumulator.due = due;
  }

  /** Forgets windows beyond their allowed lateness; waits while results are due, which may be theirs. */
  purge(): void {
    const watermark = this.clock.watermark;
    if (watermark === null || this.waiting > 0 || this.#corrections.length > 0) return;
    for (const state of this.#states) for (const window of state.purge(watermark)) this.#purged(window);
    const newest = this.#newest;
    this.#states = this.#states.filter(
      (state) =>
        state === newest ||
        state.windows.size > 0 ||
        state.layout.endOf(state.until) + state.spec.allowedLatenessMs > watermark,
    );
    this.#forgetTexts();
  }

  /**
   * Changes the query while it runs. Bounds of time and lateness change in place. A new window or grouping takes over
   * with its first window that starts after every event seen; the old one finishes its own windows up to there. So no
   * event is lost between them, every window is whole, and no window is computed twice.
   */
  configure(query: QuerySpec): void {
    const current = this.#newest;
    if (sameWindows(current.spec, query)) {
      current.spec = query;
      return;
    }
    const seen = this.clock.maxTime;
    if (seen === null && this.groups === 0) {
      const { from } = this.#states[0] ?? current;
      this.#states = [new QueryState(current.id + 1, query, from, Number.POSITIVE_INFINITY)];
      return;
    }
    let last = current;
    while (
      this.#states.length > 1 &&
      last.windows.size === 0 &&
      last.from > (seen ?? Number.NEGATIVE_INFINITY)
    ) {
      this.#states.pop();
      last = this.#newest;
    }
    last.until = Number.POSITIVE_INFINITY;
    if (sameWindows(last.spec, query)) {
      last.spec = query;
      return;
    }
    const layout = layoutOf(query.window);
    const cut = Math.max(seen ?? Number.NEGATIVE_INFINITY, last.from);
    const from = layout.endOf(layout.startOf(Number.isFinite(cut) ? cut : 0));
    // Only windows of events far in the future can start beyond the cut.
    this.dropped += last.dropFrom(from);
    last.until = from;
    this.#states.push(new QueryState(current.id + 1, query, from, Number.POSITIVE_INFINITY));
    // Changed again and again: the older ones finish their windows, but no longer keep them for late records.
    for (const state of this.#states.slice(0, -MAX_STATES))
      state.spec = { ...state.spec, allowedLatenessMs: 0 };
  }

  /** Starts a new checkpoint round and returns the groups that changed in the one that ends. */
  nextRound(): Accumulator[] {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#round++;
    return dirty;
  }

  /** The number of the running checkpoint round. */
  get round(): number {
    return this.#round;
  }

  /** Puts a core back together: the states first (newest last), then each accumulator, then `restored`. */
  restoreStates(states: QueryState[]): void {
    if (states.length > 0) this.#states = states;
  }

  restoreAccumulator(accumulator: Accumulator): void {
    const { owner, group } = accumulator;
    const texts = owner.groupField === 'org' ? this.org : this.region;
    owner.restore(accumulator, texts.ofText(group), this.clock.watermark);
  }

  restored(): void {
    for (const state of this.#states) {
      for (const window of state.windows.values()) {
        for (const accumulator of window.groups.values()) if (accumulator.due) this.#due.push(accumulator);
      }
    }
  }

  get #newest(): QueryState {
    const newest = this.#states.at(-1);
    if (newest === undefined) throw new Error('A window core has no query.');
    return newest;
  }

  #make(state: QueryState, start: number, group: number): Accumulator | null {
    if (this.groups >= this.#maxGroups) {
      const oldest = this.#states[0]?.evict() ?? state.evict();
      if (oldest !== undefined) this.#purged(oldest);
      if (this.groups >= this.#maxGroups || start < state.floor) {
        this.overflow++;
        return null;
      }
    }
    const texts = state.groupField === 'org' ? this.org : this.region;
    return state.make(start, group, texts.text(group), this.clock.watermark);
  }

  #touch(accumulator: Accumulator): void {
    this.onTouch?.(accumulator);
    accumulator.round = this.#round;
    this.#dirty.push(accumulator);
  }

  #close(watermark: number): void {
    for (const state of this.#states) for (const window of state.close(watermark)) this.#fire(window);
  }

  #fire(window: WindowGroups): void {
    for (const accumulator of window.groups.values()) {
      if (accumulator.due) continue;
      if (accumulator.round !== this.#round) this.#touch(accumulator);
      accumulator.due = true;
      this.#due.push(accumulator);
    }
    this.#closed = window;
  }

  #lastOpenEnd(by: number): number | null {
    const seen = this.clock.maxTime;
    if (seen === null) return null;
    let last: number | null = null;
    for (const state of this.#states) {
      const end = state.lastOpenEnd(seen, by);
      if (end !== null && (last === null || end > last)) last = end;
    }
    return last;
  }

  #purged(window: WindowGroups): void {
    if (this.onPurge === null) return;
    for (const accumulator of window.groups.values()) this.onPurge(accumulator);
  }

  /** Texts of groups that are gone would pile up when groups never repeat: the live ones get new numbers. */
  #forgetTexts(): void {
    if (Math.max(this.org.size, this.region.size) < 2 * this.groups + SPARE_TEXTS) return;
    this.org = new Interner();
    this.region = new Interner();
    for (const state of this.#states) {
      const texts = state.groupField === 'org' ? this.org : this.region;
      for (const window of state.windows.values()) {
        const groups = [...window.groups.values()];
        window.groups.clear();
        for (const accumulator of groups) window.groups.set(texts.ofText(accumulator.group), accumulator);
      }
    }
  }
}

/** True when two queries compute the same windows and groups under the same name. */
function sameWindows(a: QuerySpec, b: QuerySpec): boolean {
  return (
    a.name === b.name &&
    a.window.kind === b.window.kind &&
    windowLength(a.window) === windowLength(b.window) &&
    a.groupBy.join() === b.groupBy.join()
  );
}
