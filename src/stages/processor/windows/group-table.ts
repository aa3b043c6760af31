// What the groups of all windows have added up to, as columns: one slot is one group of one window, named by its number.
// Columns instead of objects, because a million groups must fit into little memory and never stall the collector.
// Written by the window core and its windows, read by results and checkpoints.
import { EXACT_DISTINCT } from '../../../shared/event.ts';
import { Sketch } from './sketch.ts';
import { ValueStore } from './value-store.ts';

/** Up to this many values percentiles are exact; beyond it a sketch with 1% relative error stands in. */
export const EXACT_VALUES = 1_000;
/** The sum is kept as high * LIMB + low: plain numbers, exact whatever the count. */
export const LIMB = 2 ** 52;

/** Bits of `flags`. */
export const LIVE = 1;
/** Its result has to be published (again): the window has closed, or a late record changed it since. */
export const DUE = 2;
/** A result stands published under its window and group, with its revision. */
export const PUBLISHED = 4;
/** A published session that has become part of another one: its result is taken back by one with count 0. */
export const WITHDRAWN = 8;
/** A session not yet passed by the watermark. */
export const OPEN = 16;
/** It has values or a sketch for percentiles. */
export const VALUED = 32;

export class GroupTable {
  /** Slots ever used; those that are free have no LIVE flag. */
  top = 0;
  /** Slots in use. */
  size = 0;
  /** Id of the query state that it belongs to. */
  owner = new Int32Array(0);
  /** Of its window, epoch ms. */
  start = new Float64Array(0);
  end = new Float64Array(0);
  /** Number of its group, as the group names gave it. */
  group = new Int32Array(0);
  count = new Float64Array(0);
  low = new Float64Array(0);
  high = new Int32Array(0);
  min = new Float64Array(0);
  max = new Float64Array(0);
  /** Revision that was last handed out for publishing; -1 before the first. */
  revision = new Int32Array(0);
  flags = new Uint8Array(0);
  /** Checkpoint round in which it was last changed. */
  round = new Int32Array(0);
  /** Newest checkpoint round that has to hold its state, and the newest for which it has been written down. */
  frozen = new Int32Array(0);
  written = new Int32Array(0);
  /** The slot behind it: of its window, of its group's sessions, or of the free ones. */
  next = new Int32Array(0);
  #piece = new Int32Array(0);
  #kind = new Uint8Array(0);
  #free = -1;
  readonly #store = new ValueStore();
  readonly #sketches = new Map<number, Sketch>();
  /** Numbers of the orgs, where they are counted. */
  readonly #orgs = new Map<number, Set<number>>();

  /** A slot with nothing in it. `valued`: it keeps what percentiles need. */
  take(owner: number, start: number, end: number, group: number, valued: boolean): number {
    let slot = this.#free;
    if (slot < 0) {
      slot = this.top;
      if (slot >= this.owner.length) this.#grow();
      this.top++;
      this.written[slot] = -1;
    } else this.#free = this.next[slot] ?? -1;
    this.size++;
    this.owner[slot] = owner;
    this.start[slot] = start;
    this.end[slot] = end;
    this.group[slot] = group;
    this.#empty(slot);
    this.revision[slot] = -1;
    this.flags[slot] = valued ? LIVE | VALUED : LIVE;
    this.round[slot] = -1;
    // `written` stays: a checkpoint under way that still names this slot must not take the new group for the old.
    this.frozen[slot] = -1;
    this.next[slot] = -1;
    return slot;
  }

  give(slot: number): void {
    this.#forget(slot);
    this.flags[slot] = 0;
    this.next[slot] = this.#free;
    this.#free = slot;
    this.size--;
  }

  has(slot: number, flag: number): boolean {
    return ((this.flags[slot] ?? 0) & flag) !== 0;
  }

  mark(slot: number, flag: number): void {
    this.flags[slot] = (this.flags[slot] ?? 0) | flag;
  }

  unmark(slot: number, flag: number): void {
    this.flags[slot] = (this.flags[slot] ?? 0) & ~flag;
  }

  /** One more event. */
  add(slot: number, cents: number): void {
    this.#include(slot, cents);
    this.#sum(slot, cents);
  }

  /** Counts the org (its number) among the distinct ones; none once there is one more than can be counted. */
  addOrg(slot: number, org: number): void {
    let orgs = this.#orgs.get(slot);
    if (orgs === undefined) {
      orgs = new Set();
      this.#orgs.set(slot, orgs);
    }
    if (orgs.size <= EXACT_DISTINCT) orgs.add(org);
  }

  /** Numbers of the distinct orgs; undefined where they are not counted. */
  orgs(slot: number): Set<number> | undefined {
    return this.#orgs.get(slot);
  }

  setOrgs(slot: number, orgs: Set<number>): void {
    this.#orgs.set(slot, orgs);
  }

  /** Adds all of another slot to this one and leaves the other empty. */
  absorb(slot: number, other: number): void {
    const more = this.count[other] ?? 0;
    this.high[slot] = (this.high[slot] ?? 0) + (this.high[other] ?? 0);
    this.#sum(slot, this.low[other] ?? 0);
    const values = this.values(other);
    if (values !== null && !this.#sketches.has(slot) && (this.count[slot] ?? 0) + more <= EXACT_VALUES) {
      for (const value of values) this.#include(slot, value);
    } else if (more > 0) this.#merge(slot, other, more);
    for (const org of this.#orgs.get(other) ?? []) this.addOrg(slot, org);
    this.#forget(other);
    this.#empty(other);
  }

  /** Exact sum in cents. */
  sum(slot: number): bigint {
    const high = this.high[slot] ?? 0;
    const low = BigInt(this.low[slot] ?? 0);
    return high === 0 ? low : BigInt(high) * BigInt(LIMB) + low;
  }

  /** Every value of a small group, in no order; null where a sketch stands in, or nothing is kept. */
  values(slot: number): Int32Array | Float64Array | null {
    if (!this.has(slot, VALUED) || this.#sketches.has(slot)) return null;
    const count = this.count[slot] ?? 0;
    const piece = this.#piece[slot] ?? -1;
    if (piece >= 0) return this.#store.view(this.#kind[slot] ?? 0, piece, count);
    return Float64Array.of(this.min[slot] ?? 0, this.max[slot] ?? 0).subarray(0, count);
  }

  sketch(slot: number): Sketch | null {
    return this.#sketches.get(slot) ?? null;
  }

  /** Nearest-rank percentiles in cents: the value of rank ceil(share * count). Shares in (0, 1]. */
  percentiles(slot: number, shares: readonly number[]): number[] {
    const count = this.count[slot] ?? 0;
    const sketch = this.#sketches.get(slot);
    if (sketch !== undefined) {
      const [min, max] = [this.min[slot] ?? 0, this.max[slot] ?? 0];
      return shares.map((share) => Math.min(max, Math.max(min, sketch.valueAt(rankOf(share, count)))));
    }
    // Sorted as floats: sorting a typed array needs no comparator.
    const sorted = Float64Array.from(this.values(slot) ?? []).sort();
    return shares.map((share) => sorted[rankOf(share, count) - 1] ?? 0);
  }

  /** Puts figures back from a checkpoint, in place of what is there. */
  restore(slot: number, figures: GroupFigures): void {
    this.#forget(slot);
    this.count[slot] = 0;
    for (const value of figures.values ?? []) this.#include(slot, value);
    this.count[slot] = figures.count;
    this.low[slot] = figures.low;
    this.high[slot] = figures.high;
    this.min[slot] = figures.min;
    this.max[slot] = figures.max;
    this.revision[slot] = figures.revision;
    if (figures.sketch !== null) this.#sketches.set(slot, figures.sketch);
    if (figures.orgs !== null) this.#orgs.set(slot, figures.orgs);
  }

  /** One more value, without its sum. */
  #include(slot: number, cents: number): void {
    const count = this.count[slot] ?? 0;
    // Before least and largest: until the third value they are the values.
    if (this.has(slot, VALUED)) this.#keep(slot, cents, count);
    if (count === 0) {
      this.min[slot] = cents;
      this.max[slot] = cents;
    } else if (cents < (this.min[slot] ?? 0)) this.min[slot] = cents;
    else if (cents > (this.max[slot] ?? 0)) this.max[slot] = cents;
    this.count[slot] = count + 1;
  }

  #sum(slot: number, cents: number): void {
    let low = (this.low[slot] ?? 0) + cents;
    if (low >= LIMB) {
      low -= LIMB;
      this.high[slot] = (this.high[slot] ?? 0) + 1;
    } else if (low <= -LIMB) {
      low += LIMB;
      this.high[slot] = (this.high[slot] ?? 0) - 1;
    }
    this.low[slot] = low;
  }

  /** Keeps one value; `count`: how many are kept already. */
  #keep(slot: number, cents: number, count: number): void {
    const sketch = count < 4 || this.#sketches.size === 0 ? undefined : this.#sketches.get(slot);
    if (sketch !== undefined) {
      sketch.add(cents);
      return;
    }
    // One value is the least, two are the least and the largest: a piece is taken with the third.
    if (count < 2) return;
    let kind = this.#kind[slot] ?? 0;
    let piece = this.#piece[slot] ?? -1;
    if (piece < 0) {
      const known = this.values(slot) ?? [];
      ({ kind, piece } = this.#store.first([...known, cents]));
      this.#kind[slot] = kind;
      this.#piece[slot] = piece;
      for (const [at, value] of known.entries()) this.#store.set(kind, piece, at, value);
    } else if (count >= EXACT_VALUES || count >= this.#store.size(kind) || !this.#store.fits(kind, cents)) {
      const moved = count >= EXACT_VALUES ? null : this.#store.move(kind, piece, count, cents);
      if (moved === null) {
        this.#toSketch(slot).add(cents);
        return;
      }
      ({ kind, piece } = moved);
      this.#kind[slot] = kind;
      this.#piece[slot] = piece;
    }
    this.#store.set(kind, piece, count, cents);
  }

  /** Least, largest, count and values of another slot that has too many to be taken over one by one. */
  #merge(slot: number, other: number, more: number): void {
    const count = this.count[slot] ?? 0;
    if (this.has(slot, VALUED)) {
      const own = this.#sketches.get(slot) ?? this.#toSketch(slot);
      const sketch = this.#sketches.get(other);
      if (sketch !== undefined) own.merge(sketch);
      for (const value of this.values(other) ?? []) own.add(value);
    }
    const [min, max] = [this.min[other] ?? 0, this.max[other] ?? 0];
    this.min[slot] = count === 0 ? min : Math.min(min, this.min[slot] ?? 0);
    this.max[slot] = count === 0 ? max : Math.max(max, this.max[slot] ?? 0);
    this.count[slot] = count + more;
  }

  #toSketch(slot: number): Sketch {
    const sketch = new Sketch();
    for (const value of this.values(slot) ?? []) sketch.add(value);
    const piece = this.#piece[slot] ?? -1;
    if (piece >= 0) this.#store.give(this.#kind[slot] ?? 0, piece);
    this.#kind[slot] = 0;
    this.#piece[slot] = -1;
    this.#sketches.set(slot, sketch);
    return sketch;
  }

  #forget(slot: number): void {
    const piece = this.#piece[slot] ?? -1;
    if (piece >= 0) this.#store.give(this.#kind[slot] ?? 0, piece);
    this.#piece[slot] = -1;
    this.#kind[slot] = 0;
    if (this.#sketches.size > 0) this.#sketches.delete(slot);
    if (this.#orgs.size > 0) this.#orgs.delete(slot);
  }

  #empty(slot: number): void {
    this.count[slot] = 0;
    this.low[slot] = 0;
    this.high[slot] = 0;
    this.min[slot] = 0;
    this.max[slot] = 0;
    this.#piece[slot] = -1;
    this.#kind[slot] = 0;
  }

  #grow(): void {
    // In large steps: pages that nothing was written to cost nothing, what is copied stays behind until it is collected.
    const length = Math.max(1_024, this.owner.length * 4);
    const ints = (old: Int32Array) => {
      const grown = new Int32Array(length);
      grown.set(old);
      return grown;
    };
    const floats = (old: Float64Array) => {
      const grown = new Float64Array(length);
      grown.set(old);
      return grown;
    };
    const bytes = (old: Uint8Array) => {
      const grown = new Uint8Array(length);
      grown.set(old);
      return grown;
    };
    this.owner = ints(this.owner);
    this.start = floats(this.start);
    this.end = floats(this.end);
    this.group = ints(this.group);
    this.count = floats(this.count);
    this.low = floats(this.low);
    this.high = ints(this.high);
    this.min = floats(this.min);
    this.max = floats(this.max);
    this.revision = ints(this.revision);
    this.flags = bytes(this.flags);
    this.round = ints(this.round);
    this.frozen = ints(this.frozen);
    this.written = ints(this.written);
    this.next = ints(this.next);
    this.#piece = ints(this.#piece);
    this.#kind = bytes(this.#kind);
  }
}

/** What a checkpoint holds of one group. */
export interface GroupFigures {
  count: number;
  low: number;
  high: number;
  min: number;
  max: number;
  revision: number;
  values: readonly number[] | null;
  sketch: Sketch | null;
  orgs: Set<number> | null;
}

/** Rank of a share among `count` values. The product is rounded first: 0.07 * 100 is 7.000000000000001. */
function rankOf(share: number, count: number): number {
  return Math.min(count, Math.max(1, Math.ceil(Number((share * count).toFixed(6)))));
}
