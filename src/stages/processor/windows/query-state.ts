// The windows of one query over one span of event time: open ones, and closed ones kept for late records. Several of
// these follow each other in the window core when the query is changed while it runs.
import type { GroupField, QuerySpec } from '../../../shared/query.ts';
import { Accumulator } from './accumulator.ts';
import { layoutOf, type WindowLayout } from './layout.ts';
import { StartHeap } from './start-heap.ts';

export interface WindowGroups {
  start: number;
  end: number;
  /** By the number that the interner gave to the group's text. */
  groups: Map<number, Accumulator>;
}

export class QueryState {
  /** Tells the states of one core apart, also across checkpoints. */
  readonly id: number;
  spec: QuerySpec;
  readonly layout: WindowLayout;
  readonly groupField: GroupField;
  /** Only windows that start in [from, until) belong to it. */
  readonly from: number;
  until: number;
  readonly windows = new Map<number, WindowGroups>();
  /** Windows that start before it are gone for good; -Infinity at first. */
  floor = Number.NEGATIVE_INFINITY;
  /** Groups over all windows. */
  size = 0;
  readonly #open = new StartHeap();
  readonly #kept = new StartHeap();
  #last: WindowGroups | null = null;

  constructor(id: number, spec: QuerySpec, from: number, until: number) {
    this.id = id;
    this.spec = spec;
    this.layout = layoutOf(spec.window);
    this.groupField = spec.groupBy[0] ?? 'org';
    this.from = from;
    this.until = until;
  }

  get openWindows(): number {
    return this.#open.size;
  }

  /** True when the event time falls into one of its windows. */
  covers(at: number): boolean {
    const start = this.layout.startOf(at);
    return start >= this.from && start < this.until;
  }

  /** True when a window that starts at `start` is gone, or so old that late records no longer correct it. */
  tooLate(start: number, watermark: number): boolean {
    return start < this.floor || this.layout.endOf(start) + this.spec.allowedLatenessMs <= watermark;
  }

  /** The group's accumulator in the window that starts at `start`, if there is one. */
  find(start: number, group: number): Accumulator | undefined {
    const window = this.#last !== null && this.#last.start === start ? this.#last : this.windows.get(start);
    return window?.groups.get(group);
  }

  /** Makes the accumulator that `find` did not find. */
  make(start: number, group: number, text: string, watermark: number | null): Accumulator {
    const accumulator = new Accumulator(this, text, start);
    this.#windowAt(start, watermark).groups.set(group, accumulator);
    this.size++;
    return accumulator;
  }

  /** Puts back one accumulator from a checkpoint, in place of an older state of it. */
  restore(accumulator: Accumulator, group: number, watermark: number | null): void {
    const window = this.#windowAt(accumulator.start, watermark);
    if (!window.groups.has(group)) this.size++;
    window.groups.set(group, accumulator);
  }

  /** Windows that the watermark has passed since the last call, oldest first; they count as closed from now on. */
  *close(watermark: number): Generator<WindowGroups> {
    for (let start = this.#open.peek(); start !== undefined; start = this.#open.peek()) {
      if (this.layout.endOf(start) > watermark) return;
      this.#open.pop();
      this.#kept.push(start);
      const window = this.windows.get(start);
      if (window !== undefined) yield window;
    }
  }

  /** Forgets windows beyond their allowed lateness and returns them. */
  *purge(watermark: number): Generator<WindowGroups> {
    for (let start = this.#kept.peek(); start !== undefined; start = this.#kept.peek()) {
      if (this.layout.endOf(start) + this.spec.allowedLatenessMs > watermark) return;
      const window = this.#forgetOldest();
      if (window !== undefined) yield window;
    }
  }

  /** Forgets the oldest closed window before its time, to free memory; undefined when none is closed. */
  evict(): WindowGroups | undefined {
    return this.#kept.size === 0 ? undefined : this.#forgetOldest();
  }

  /** Drops windows that start at or after `start`; returns how many events they held. */
  dropFrom(start: number): number {
    let events = 0;
    for (const [at, window] of this.windows) {
      if (at < start) continue;
      this.windows.delete(at);
      this.size -= window.groups.size;
      for (const accumulator of window.groups.values()) events += accumulator.count;
    }
    this.#last = null;
    return events;
  }

  /** Largest end of an open window that starts at or before `at`, or ends by `by`; null when there is none. */
  lastOpenEnd(at: number, by: number): number | null {
    let last: number | null = null;
    for (const start of this.#open.items()) {
      const end = this.layout.endOf(start);
      if ((start <= at || end <= by) && (last === null || end > last)) last = end;
    }
    return last;
  }

  #windowAt(start: number, watermark: number | null): WindowGroups {
    if (this.#last !== null && this.#last.start === start) return this.#last;
    let window = this.windows.get(start);
    if (window === undefined) {
      window = { start, end: this.layout.endOf(start), groups: new Map() };
      this.windows.set(start, window);
      if (watermark !== null && window.end <= watermark) this.#kept.push(start);
      else this.#open.push(start);
    }
    this.#last = window;
    return window;
  }

  #forgetOldest(): WindowGroups | undefined {
    const start = this.#kept.pop();
    if (start === undefined) return undefined;
    const window = this.windows.get(start);
    this.windows.delete(start);
    this.size -= window?.groups.size ?? 0;
    this.floor = Math.max(this.floor, start + 1);
    this.#last = null;
    return window;
  }
}
