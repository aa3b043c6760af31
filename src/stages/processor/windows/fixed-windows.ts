// Windows of a fixed length, tumbling or hopping: aligned to the epoch, as Flink's are. Each holds the slots of its
// groups. Used by the query states of such a window.
import type { GroupTable } from './group-table.ts';
import { TimeHeap } from './time-heap.ts';

/** Up to this many groups a window is searched one by one; beyond it has an index. */
const SEARCHED = 8;

export interface FixedWindow {
  start: number;
  end: number;
  /** The first of its slots; each names the next. */
  first: number;
  size: number;
  /** Open addressing: 1 + slot. */
  index: Int32Array | null;
}

export class FixedWindows {
  readonly sizeMs: number;
  readonly slideMs: number;
  readonly windows = new Map<number, FixedWindow>();
  /** Windows that start before it are gone for good; -Infinity at first. */
  floor = Number.NEGATIVE_INFINITY;
  readonly #table: GroupTable;
  readonly #open = new TimeHeap();
  readonly #kept = new TimeHeap();
  // The windows that events fall into now, by their number modulo its length.
  readonly #near: (FixedWindow | undefined)[];
  readonly #mask: number;

  constructor(table: GroupTable, sizeMs: number, slideMs: number) {
    this.#table = table;
    this.sizeMs = sizeMs;
    this.slideMs = slideMs;
    let length = 4;
    while (length < sizeMs / slideMs + 1) length *= 2;
    this.#near = new Array<FixedWindow | undefined>(length).fill(undefined);
    this.#mask = length - 1;
  }

  get open(): number {
    return this.#open.size;
  }

  get empty(): boolean {
    return this.windows.size === 0;
  }

  /** The last window that holds event time `at` begins here. */
  lastStart(at: number): number {
    return Math.floor(at / this.slideMs) * this.slideMs;
  }

  at(start: number): FixedWindow | undefined {
    const place = (start / this.slideMs) & this.#mask;
    const near = this.#near[place];
    if (near !== undefined && near.start === start) return near;
    const found = this.windows.get(start);
    if (found !== undefined) this.#near[place] = found;
    return found;
  }

  /** The slot of a group in a window; -1 when there is none. */
  find(window: FixedWindow, group: number): number {
    const { group: groups, next } = this.#table;
    const { index } = window;
    if (index === null) {
      for (let slot = window.first; slot >= 0; slot = next[slot] ?? -1)
        if (groups[slot] === group) return slot;
      return -1;
    }
    const mask = index.length - 1;
    let place = spread(group) & mask;
    for (;;) {
      const slot = (index[place] ?? 0) - 1;
      if (slot < 0 || groups[slot] === group) return slot;
      place = (place + 1) & mask;
    }
  }

  /** The window that starts at `start`, made when it is new. */
  make(start: number, watermark: number | null): FixedWindow {
    let window = this.at(start);
    if (window === undefined) {
      window = { start, end: start + this.sizeMs, first: -1, size: 0, index: null };
      this.windows.set(start, window);
      if (watermark !== null && window.end <= watermark) this.#kept.push(start);
      else this.#open.push(start);
    }
    return window;
  }

  /** Takes a slot into a window, which has none of its group. */
  put(window: FixedWindow, slot: number): void {
    this.#table.next[slot] = window.first;
    window.first = slot;
    window.size++;
    const { index } = window;
    if (index !== null && window.size * 2 <= index.length) this.#place(index, slot);
    else if (window.size > SEARCHED) this.reindex(window);
  }

  /** Makes the index of a window anew, after it grew or its groups got new numbers. */
  reindex(window: FixedWindow): void {
    if (window.size <= SEARCHED) return;
    let length = 32;
    while (length < window.size * 3) length *= 2;
    const index = new Int32Array(length);
    window.index = index;
    for (const slot of this.slots(window)) this.#place(index, slot);
  }

  *slots(window: FixedWindow): Generator<number> {
    const { next } = this.#table;
    for (let slot = window.first; slot >= 0; ) {
      // The slot may be given back before the next is asked for.
      const after = next[slot] ?? -1;
      yield slot;
      slot = after;
    }
  }

  /** Windows that the watermark has passed since the last call, oldest first; they count as closed from now on. */
  *close(watermark: number): Generator<FixedWindow> {
    for (let start = this.#open.peek(); start !== undefined; start = this.#open.peek()) {
      if (start + this.sizeMs > watermark) return;
      this.#open.pop();
      this.#kept.push(start);
      const window = this.windows.get(start);
      if (window !== undefined) yield window;
    }
  }

  /** Takes out closed windows that end at or before `end`. */
  *purge(end: number): Generator<FixedWindow> {
    for (let start = this.#kept.peek(); start !== undefined; start = this.#kept.peek()) {
      if (start + this.sizeMs > end) return;
      yield* this.evict();
    }
  }

  /** Takes out the oldest closed window, if there is one. */
  *evict(): Generator<FixedWindow> {
    const start = this.#kept.pop();
    const window = start === undefined ? undefined : this.windows.get(start);
    if (start === undefined || window === undefined) return;
    this.#remove(window);
    this.floor = Math.max(this.floor, start + 1);
    yield window;
  }

  /** Takes out open windows that `drops` names. */
  *drop(drops: (window: FixedWindow) => boolean): Generator<FixedWindow> {
    const kept: number[] = [];
    for (let start = this.#open.pop(); start !== undefined; start = this.#open.pop()) {
      const window = this.windows.get(start);
      if (window === undefined || !drops(window)) kept.push(start);
      else {
        this.#remove(window);
        yield window;
      }
    }
    for (const start of kept) this.#open.push(start);
  }

  /** Largest end of an open window that starts at or before `at`, or ends by `by`; null when there is none. */
  lastOpenEnd(at: number, by: number): number | null {
    let last: number | null = null;
    for (const start of this.#open.items()) {
      const end = start + this.sizeMs;
      if ((start <= at || end <= by) && (last === null || end > last)) last = end;
    }
    return last;
  }

  #remove(window: FixedWindow): void {
    this.windows.delete(window.start);
    this.#near[(window.start / this.slideMs) & this.#mask] = undefined;
  }

  #place(index: Int32Array, slot: number): void {
    const mask = index.length - 1;
    let place = spread(this.#table.group[slot] ?? 0) & mask;
    while (index[place] !== 0) place = (place + 1) & mask;
    index[place] = slot + 1;
  }
}

function spread(group: number): number {
  const mixed = Math.imul(group + 1, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
