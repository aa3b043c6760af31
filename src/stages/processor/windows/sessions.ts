// Session windows: of one group each, from its first event to a gap after its last; sessions that touch are one (Flink's
// merging windows). A published session that becomes part of another stays as a withdrawn one, whose result takes the
// old one back. Used by the query states of such a window.
import { DUE, type GroupTable, LIVE, OPEN, PUBLISHED, WITHDRAWN } from './group-table.ts';
import { TimeHeap } from './time-heap.ts';

/** Answers of `slotFor` that are no slot. */
export const TOO_LATE = -1;
export const NO_ROOM = -2;
export const THROWN_AWAY = -3;

/** What the sessions ask of the window core. */
export interface SessionHost {
  /** Makes room for one more slot, by forgetting the oldest sessions; false when there is none. */
  room(): boolean;
  /** A new slot, already part of the running checkpoint round. */
  make(start: number, end: number, group: number): number;
  /** The slot is about to change. */
  touch(slot: number): void;
  /** Its result has to be published again. */
  correct(slot: number): void;
  give(slot: number): void;
}

export class Sessions {
  readonly gapMs: number;
  /** Sessions that end at or before it are gone for good; -Infinity at first. */
  floor = Number.NEGATIVE_INFINITY;
  readonly #table: GroupTable;
  // By the group's number: 1 + the slot of its newest session; each names the one before it in time.
  #heads = new Int32Array(1_024);
  readonly #open = new TimeHeap();
  readonly #kept = new TimeHeap();
  readonly #withdrawn = new Map<string, number>();

  constructor(table: GroupTable, gapMs: number) {
    this.#table = table;
    this.gapMs = gapMs;
  }

  get open(): number {
    return this.#open.size;
  }

  get empty(): boolean {
    return this.#open.size === 0 && this.#kept.size === 0;
  }

  /**
   * The session that counts an event at `at`, made, extended or joined of others as needed; `TOO_LATE`: it would be one that is
   * gone or beyond its lateness; `NO_ROOM`; `THROWN_AWAY`: it was before the query began anew. `lateEnd`: sessions that end at or before
   * it are too late; `endBy`: there are none that end after it.
   */
  slotFor(
    host: SessionHost,
    at: number,
    group: number,
    watermark: number | null,
    bounds: { lateEnd: number; endBy: number },
  ): number {
    const table = this.#table;
    const room = host.room();
    let start = at;
    let end = at + this.gapMs;
    let after = -1;
    let slot = this.#head(group);
    while (slot >= 0 && (table.start[slot] ?? 0) > end) {
      after = slot;
      slot = table.next[slot] ?? -1;
    }
    let first = -1;
    let last = -1;
    let touched = 0;
    for (; slot >= 0; slot = table.next[slot] ?? -1) {
      const ends = table.end[slot] ?? 0;
      if (ends <= bounds.lateEnd) {
        // Beyond its lateness: from now on it is joined with nothing, and waits only to be forgotten.
        this.#link(last < 0 ? after : last, group, table.next[slot] ?? -1);
        continue;
      }
      if (ends < at) break;
      if (first < 0) first = slot;
      last = slot;
      touched++;
      start = Math.min(start, table.start[slot] ?? start);
      end = Math.max(end, ends);
    }
    const before = slot;
    if (end <= bounds.lateEnd || end <= this.floor) return TOO_LATE;
    if (end > bounds.endBy) return THROWN_AWAY;
    if (touched === 1 && table.start[first] === start && table.end[first] === end) return first;
    const closed = watermark !== null && end <= watermark;
    let survivor = -1;
    for (let one = first; one >= 0 && one !== before && survivor < 0; one = table.next[one] ?? -1)
      if (!table.has(one, PUBLISHED) && table.has(one, OPEN) === !closed) survivor = one;
    if (survivor < 0) {
      if (!room) return NO_ROOM;
      survivor = host.make(start, end, group);
      this.#enlist(survivor, end, closed);
    } else host.touch(survivor);
    this.#join(host, survivor, first, before);
    table.start[survivor] = start;
    table.end[survivor] = end;
    table.next[survivor] = before;
    this.#link(after, group, survivor);
    return survivor;
  }

  /** Sessions that the watermark has passed since the last call, by their ends; they count as closed from now on. */
  *close(host: SessionHost, watermark: number): Generator<number> {
    for (const slot of this.#popped(host, this.#open, watermark)) {
      this.#table.unmark(slot, OPEN);
      this.#kept.push(this.#table.end[slot] ?? 0, slot);
      yield slot;
    }
  }

  /** Takes out closed sessions that end at or before `end`. The caller gives their slots back. */
  *purge(host: SessionHost, end: number): Generator<number> {
    for (const slot of this.#popped(host, this.#kept, end)) {
      this.#unlink(slot);
      this.floor = Math.max(this.floor, this.#table.end[slot] ?? this.floor);
      yield slot;
    }
  }

  /** Takes out the closed sessions that end first, if there are any. */
  *evict(host: SessionHost): Generator<number> {
    for (let end = this.#kept.peek(); end !== undefined; end = this.#kept.peek()) {
      let any = false;
      for (const slot of this.purge(host, end)) {
        any = true;
        yield slot;
      }
      if (any) return;
    }
  }

  /** Takes out open sessions that `drops` names. The caller gives their slots back. */
  *drop(host: SessionHost, drops: (slot: number) => boolean): Generator<number> {
    const slots = [...this.#open.items()];
    this.#open.clear();
    for (const slot of slots) {
      if (!this.#table.has(slot, LIVE)) host.give(slot);
      else if (!drops(slot)) this.#open.push(this.#table.end[slot] ?? 0, slot);
      else {
        this.#unlink(slot);
        yield slot;
      }
    }
  }

  /** Largest end of an open session that starts at or before `at`, or ends by `by`; null when there is none. */
  lastOpenEnd(at: number, by: number): number | null {
    const table = this.#table;
    let last: number | null = null;
    for (const slot of this.#open.items()) {
      const end = table.end[slot] ?? 0;
      if (!table.has(slot, LIVE) || (last !== null && end <= last)) continue;
      if ((table.start[slot] ?? 0) <= at || end <= by) last = end;
    }
    return last;
  }

  /**
   * Puts back a slot from a checkpoint (its round tells which). Sessions within it that come from older ones are gone: it
   * has grown out of them.
   */
  restore(host: SessionHost, slot: number, watermark: number | null): void {
    const table = this.#table;
    const [start, end, group] = [table.start[slot] ?? 0, table.end[slot] ?? 0, table.group[slot] ?? 0];
    const closed = watermark !== null && end <= watermark;
    this.#enlist(slot, end, closed);
    if (table.has(slot, WITHDRAWN)) {
      this.#withdrawn.set(`${group} ${start} ${end}`, slot);
      return;
    }
    let after = -1;
    let one = this.#head(group);
    while (one >= 0 && (table.start[one] ?? 0) > end) {
      after = one;
      one = table.next[one] ?? -1;
    }
    while (one >= 0 && (table.end[one] ?? 0) >= start) {
      const next = table.next[one] ?? -1;
      if (table.round[one] === table.round[slot]) after = one;
      else {
        this.#link(after, group, next);
        this.#orphan(host, one);
      }
      one = next;
    }
    table.next[slot] = one;
    this.#link(after, group, slot);
  }

  /** The slot that was restored for the withdrawn session of these bounds from an older checkpoint; -1 without one. */
  restoredWithdrawn(start: number, end: number, group: number): number {
    return this.#withdrawn.get(`${group} ${start} ${end}`) ?? -1;
  }

  /** Everything is put back. */
  restored(): void {
    this.#withdrawn.clear();
  }

  /** Groups have got new numbers: the heads are found again. */
  renumbered(): void {
    const table = this.#table;
    const old = this.#heads;
    this.#heads = new Int32Array(1_024);
    for (const head of old) {
      if (head > 0) this.#setHead(table.group[head - 1] ?? 0, head - 1);
    }
  }

  /** Adds all of the sessions from `first` up to `before` to the survivor, which may be among them. */
  #join(host: SessionHost, survivor: number, first: number, before: number): void {
    const table = this.#table;
    for (let one = first; one >= 0 && one !== before; ) {
      const next = table.next[one] ?? -1;
      if (one !== survivor) {
        host.touch(one);
        table.revision[survivor] = Math.max(table.revision[survivor] ?? -1, table.revision[one] ?? -1);
        table.absorb(survivor, one);
        if (table.has(one, PUBLISHED)) {
          table.mark(one, WITHDRAWN);
          host.correct(one);
        } else this.#orphan(host, one);
      }
      one = next;
    }
  }

  /** The slot goes when its heap comes to it: until then the heap names it. */
  #orphan(host: SessionHost, slot: number): void {
    host.touch(slot);
    this.#table.unmark(slot, LIVE | DUE);
  }

  /** Slots whose end has come; those that have grown since are put back, those that were joined are given back. */
  *#popped(host: SessionHost, heap: TimeHeap, until: number): Generator<number> {
    for (let time = heap.peek(); time !== undefined && time <= until; time = heap.peek()) {
      const slot = heap.pop();
      if (slot === undefined) return;
      const end = this.#table.end[slot] ?? 0;
      if (!this.#table.has(slot, LIVE)) host.give(slot);
      else if (end > time) heap.push(end, slot);
      else yield slot;
    }
  }

  #enlist(slot: number, end: number, closed: boolean): void {
    if (closed) this.#kept.push(end, slot);
    else {
      this.#table.mark(slot, OPEN);
      this.#open.push(end, slot);
    }
  }

  #head(group: number): number {
    return (this.#heads[group] ?? 0) - 1;
  }

  #setHead(group: number, slot: number): void {
    if (group >= this.#heads.length) {
      const grown = new Int32Array(Math.max(group + 1, this.#heads.length * 2));
      grown.set(this.#heads);
      this.#heads = grown;
    }
    this.#heads[group] = slot + 1;
  }

  #link(after: number, group: number, slot: number): void {
    if (after < 0) this.#setHead(group, slot);
    else this.#table.next[after] = slot;
  }

  #unlink(slot: number): void {
    const table = this.#table;
    if (table.has(slot, WITHDRAWN)) return;
    const group = table.group[slot] ?? 0;
    const next = table.next[slot] ?? -1;
    let one = this.#head(group);
    if (one === slot) {
      this.#setHead(group, next);
      return;
    }
    while (one >= 0 && table.next[one] !== slot) one = table.next[one] ?? -1;
    if (one >= 0) table.next[one] = next;
  }
}
