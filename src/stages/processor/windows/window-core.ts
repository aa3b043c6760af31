// The window core: events in, results due out, by event time. Pure: no IO and no wall clock inside, time comes in. The
// live processor and the processor replay run the same core; checkpoints read and restore it.
import type { Group, WindowResult } from '../../../shared/event.ts';
import type { QuerySpec } from '../../../shared/query.ts';
import type { Interner } from '../decode/interner.ts';
import { DueResults } from './due-results.ts';
import { EventClock } from './event-clock.ts';
import { EventCounter, type Taken } from './event-counter.ts';
import { FixedWindows } from './fixed-windows.ts';
import { GroupNames } from './group-names.ts';
import { GroupTable, LIVE } from './group-table.ts';
import { ALL_TIME, QueryState } from './query-state.ts';
import { renumber } from './restoring.ts';
import type { SessionHost } from './sessions.ts';
import { newestOf, succeed } from './succession.ts';
import { resultOf } from './window-result.ts';

/** Groups x windows held at once; beyond it the oldest closed windows go early, then new groups are left out. */
export const MAX_GROUPS = 1_000_000;
const SPARE_TEXTS = 100_000;

export interface Emission {
  /** -1: of no group that is still there. */
  slot: number;
  result: WindowResult;
}

/** Closed windows for the picture of their amounts; a new one each time. */
export interface ClosedGroups {
  slots: readonly number[];
}
const MAX_PICTURED = 10_000;

export class WindowCore {
  readonly clock: EventClock;
  readonly table = new GroupTable();
  late = 0;
  dropped = 0;
  /** What was asked of its line up to the state it has, and when it left events out; kept for the line in checkpoints. */
  asked = { born: 0, fresh: 0, now: 0, skippedAt: 0 };
  /** Called with every slot that is forgotten, before it goes. */
  onPurge: ((slot: number) => void) | null = null;
  #names = new GroupNames();
  #states: QueryState[];
  readonly #results = new DueResults(this.table);
  #closed: ClosedGroups | null = null;
  readonly #counter: EventCounter;
  readonly #host: SessionHost;
  readonly #maxGroups: number;

  constructor(query: QuerySpec, now: number, maxGroups = MAX_GROUPS) {
    this.clock = new EventClock(now);
    this.#maxGroups = maxGroups;
    const state = new QueryState(1, query, ALL_TIME, this.table);
    this.#states = [state];
    this.#host = {
      room: () => this.#room(this.#counter.state),
      make: (start, end, group) => this.#make(this.#counter.state, start, end, group),
      touch: (slot) => this.#results.touch(slot),
      correct: (slot) => this.#results.correct(slot),
      give: (slot) => this.#give(slot),
    };
    const { table, clock } = this;
    this.#counter = new EventCounter(state, { table, results: this.#results, clock, host: this.#host });
  }

  /** Called before a slot changes for the first time in a checkpoint round, and before it is given back. */
  set onTouch(told: ((slot: number) => void) | null) {
    this.#results.onTouch = told;
  }

  /** Events left out because MAX_GROUPS was reached; part of `dropped`. */
  get overflow(): number {
    return this.#counter.overflow;
  }

  set overflow(events: number) {
    this.#counter.overflow = events;
  }

  get org(): Interner {
    return this.#names.org;
  }

  get region(): Interner {
    return this.#names.region;
  }

  get names(): GroupNames {
    return this.#names;
  }

  /** The query that new windows are computed by. */
  get query(): QuerySpec {
    return this.#newest.spec;
  }

  get states(): readonly QueryState[] {
    return this.#states;
  }

  get openWindows(): number {
    return this.#states.reduce((sum, { windows }) => sum + windows.open, 0);
  }

  /** Groups of all windows, open and kept. */
  get groups(): number {
    return this.table.size;
  }

  /** Results that `take` would give now. */
  get waiting(): number {
    return this.#results.waiting;
  }

  get corrections(): number {
    return this.#results.corrections;
  }

  /** The groups that closed last, for the picture of their amounts; null when they are gone already. */
  get lastClosed(): ClosedGroups | null {
    return this.#closed;
  }

  /** Events of mode "replay" may count. */
  get takesReplayed(): boolean {
    return this.#states.some(({ filter }) => filter.takesReplayed);
  }

  /** Every group of every window. */
  *slots(): Generator<number> {
    for (let slot = 0; slot < this.table.top; slot++) if (this.table.has(slot, LIVE)) yield slot;
  }

  stateOf(slot: number): QueryState {
    const id = this.table.owner[slot];
    if (this.#counter.state.id === id) return this.#counter.state;
    const found = this.#states.find((state) => state.id === id);
    if (found === undefined) throw new Error(`Slot ${slot} belongs to no query.`);
    return found;
  }

  groupOf(slot: number): Group {
    return this.#names.group(this.stateOf(slot).grouping, this.table.group[slot] ?? 0);
  }

  /** The result of a slot as it stands now, under its own revision unless another is given. */
  result(slot: number, revision = this.table.revision[slot] ?? 0): WindowResult {
    return resultOf(this.table, slot, this.stateOf(slot).spec, this.groupOf(slot), revision);
  }

  /** The window that an event at `at` would have been counted in. */
  windowOf(at: number): { start: number; end: number } {
    const covering = this.#states.findLast((state) => at >= state.from && at < state.until);
    return (covering ?? this.#newest).windowOf(at);
  }

  /** Takes in one event: time in epoch ms, numbers of its texts by `org` and `region`, amount in cents. */
  add(at: number, org: number, region: number, cents: number, replay = false): Taken {
    const states = this.#states;
    let taken: Taken = 'outside';
    for (let index = 0; index < states.length; index++) {
      const state = states[index];
      if (state === undefined) continue;
      if (!state.filter.passes(this.#names, org, region, cents, replay)) {
        if (taken === 'outside') taken = 'filtered';
        continue;
      }
      const found = this.#counter.count(state, this.#names, at, org, region, cents);
      if (found === 'late' || taken === 'outside' || taken === 'filtered') {
        if (found !== 'outside') taken = found;
      } else if (taken === 'dropped' && found === 'on-time') taken = found;
    }
    if (taken === 'outside' && this.#newest.tooLate(at, this.clock.watermark)) taken = 'dropped';
    if (taken === 'late') this.late++;
    else if (taken === 'dropped') this.dropped++;
    return taken;
  }

  /** Moves event time on; windows it passes become due. Returns the watermark. */
  advance(now: number): number | null {
    const { spec } = this.#newest;
    const before = this.clock.watermark;
    const watermark = this.clock.advance(now, spec.outOfOrdernessMs, spec.idleTimeoutMs, () =>
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
    this.#results.fireCorrections();
  }

  /** Up to `max` due results, oldest first, each with the next revision of its window and group. */
  take(max: number): Emission[] {
    const emissions: Emission[] = [];
    while (emissions.length < max) {
      const slot = this.#results.take();
      if (slot < 0) break;
      emissions.push({ slot, result: this.result(slot) });
    }
    return emissions;
  }

  /** Sets the revision that stands published for a slot, and whether its result is still due. */
  settle(slot: number, revision: number, due: boolean): void {
    this.#results.settle(slot, revision, due);
  }

  /** Forgets windows beyond their allowed lateness; waits while results are due, which may be theirs. */
  purge(): void {
    const watermark = this.clock.watermark;
    if (watermark === null || this.waiting > 0 || this.corrections > 0) return;
    for (const state of this.#states) {
      const end = watermark - state.spec.allowedLatenessMs;
      const { windows } = state;
      if (windows instanceof FixedWindows)
        for (const window of windows.purge(end)) this.#forget(windows.slots(window));
      else this.#forget(windows.purge(this.#host, end));
    }
    const newest = this.#newest;
    this.#states = this.#states.filter(
      (state) => state === newest || state.lastEnd + state.spec.allowedLatenessMs > watermark,
    );
    this.#forgetTexts();
  }

  /**
   * Changes the query while it runs. Bounds of time and lateness change in place. Anything else takes over with its
   * first window that starts after every event seen; the old query finishes its own windows up to there. So no event is
   * lost between them, every fixed window is whole, and none is computed twice. `fresh`: open windows are thrown away
   * instead, and what falls into them counts nowhere. Returns how many events of the far future it had to let go of.
   */
  configure(query: QuerySpec, fresh = false): number {
    const { table, clock } = this;
    const now = { states: this.#states, seen: clock.maxTime, watermark: clock.watermark };
    const { states, letGo } = succeed(query, { table, host: this.#host, ...now, fresh });
    this.#states = states;
    this.#counter.state = this.#newest;
    return letGo;
  }

  /** Starts a new checkpoint round and returns the slots that changed in the one that ends; some may be free again. */
  nextRound(): Int32Array {
    return this.#results.nextRound();
  }

  /** The number of the running checkpoint round. */
  get round(): number {
    return this.#results.round;
  }

  /** Puts a core back together: the states first (newest last), then each slot (restore.ts), then `restored`. */
  restoreStates(states: QueryState[]): void {
    if (states.length > 0) this.#states = states;
    this.#counter.state = this.#newest;
  }

  /** For the slots that a checkpoint brings back. */
  get host(): SessionHost {
    return this.#host;
  }

  restored(): void {
    for (const { windows } of this.#states) if (!(windows instanceof FixedWindows)) windows.restored();
    for (const slot of this.slots()) this.#results.restore(slot);
  }

  get #newest(): QueryState {
    return newestOf(this.#states);
  }

  #room(state: QueryState): boolean {
    if (this.table.size < this.#maxGroups) return true;
    // Results that are due may be those of the oldest windows.
    if (this.waiting > 0 || this.corrections > 0) return false;
    for (const one of [this.#states[0] ?? state, state]) {
      const { windows } = one;
      if (windows instanceof FixedWindows)
        for (const window of windows.evict()) this.#forget(windows.slots(window));
      else this.#forget(windows.evict(this.#host));
      if (this.table.size < this.#maxGroups) return true;
    }
    return false;
  }

  #make(state: QueryState, start: number, end: number, group: number): number {
    const slot = this.table.take(state.id, start, end, group, state.valued);
    this.#results.made(slot);
    return slot;
  }

  #close(watermark: number): void {
    for (const { windows } of this.#states) {
      if (windows instanceof FixedWindows)
        for (const window of windows.close(watermark)) this.#fire(windows.slots(window));
      else this.#fire(windows.close(this.#host, watermark));
    }
  }

  #fire(slots: Iterable<number>): void {
    const fired: number[] = [];
    for (const slot of slots) {
      if (fired.length < MAX_PICTURED) fired.push(slot);
      this.#results.fire(slot);
    }
    if (fired.length > 0) this.#closed = { slots: fired };
  }

  #lastOpenEnd(by: number): number | null {
    const seen = this.clock.maxTime;
    if (seen === null) return null;
    let last: number | null = null;
    for (const { windows } of this.#states) {
      const end = windows.lastOpenEnd(seen, by);
      if (end !== null && (last === null || end > last)) last = end;
    }
    return last;
  }

  /** Tells of the slots and gives them back. */
  #forget(slots: Iterable<number>): void {
    this.#closed = null;
    for (const slot of slots) {
      this.onPurge?.(slot);
      this.#give(slot);
    }
  }

  #give(slot: number): void {
    // A checkpoint under way may still have to write it down.
    this.#results.onTouch?.(slot);
    this.table.give(slot);
  }

  /** Texts of groups that are gone would pile up when groups never repeat: the live ones get new numbers. */
  #forgetTexts(): void {
    if (this.#names.size < 2 * this.groups + SPARE_TEXTS) return;
    this.#names = renumber(this);
  }
}
