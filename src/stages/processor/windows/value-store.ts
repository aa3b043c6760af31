// The amounts of small groups, kept for exact percentiles: pieces of a few sizes out of large pages, so that a million
// groups with a handful of values each cost neither a million objects nor the collector's time. Used by the group table.

/** Values that a piece of each class holds. */
const CLASSES = [4, 16, 64, 256, 1_024] as const;
const PAGE = 16_384;
/** Values held in all (8 bytes each); beyond it groups that grow go over to a sketch early. */
export const MAX_VALUES = 16 * 1024 * 1024;

interface SizeClass {
  capacity: number;
  pages: Float64Array[];
  used: number;
  free: number[];
}

export class ValueStore {
  readonly #classes: SizeClass[] = CLASSES.map((capacity) => ({ capacity, pages: [], used: 0, free: [] }));
  #values = 0;

  /** Values that fit into a piece of this class. */
  capacity(kind: number): number {
    return CLASSES[kind] ?? 0;
  }

  /** A piece of the class; -1 when there is no room for a larger one. */
  take(kind: number): number {
    const found = this.#classes[kind];
    if (found === undefined || (kind > 0 && this.#values + found.capacity > MAX_VALUES)) return -1;
    this.#values += found.capacity;
    const free = found.free.pop();
    if (free !== undefined) return free;
    const piece = found.used++;
    if (piece * found.capacity >= found.pages.length * PAGE) found.pages.push(new Float64Array(PAGE));
    return piece;
  }

  give(kind: number, piece: number): void {
    const found = this.#classes[kind];
    if (found === undefined) return;
    found.free.push(piece);
    this.#values -= found.capacity;
  }

  set(kind: number, piece: number, at: number, value: number): void {
    const found = this.#classes[kind];
    if (found === undefined) return;
    const place = piece * found.capacity + at;
    const page = found.pages[Math.floor(place / PAGE)];
    if (page !== undefined) page[place % PAGE] = value;
  }

  /** The first `count` values of a piece; valid until it is given back. */
  view(kind: number, piece: number, count: number): Float64Array {
    const found = this.#classes[kind];
    const from = piece * (found?.capacity ?? 0);
    const page = found?.pages[Math.floor(from / PAGE)];
    return page === undefined ? new Float64Array(0) : page.subarray(from % PAGE, (from % PAGE) + count);
  }

  /** Moves `count` values to a piece of the next class; -1 when there is none or no room. The old piece is given back. */
  grow(kind: number, piece: number, count: number): number {
    const larger = this.take(kind + 1);
    if (larger < 0) return -1;
    this.view(kind + 1, larger, count).set(this.view(kind, piece, count));
    this.give(kind, piece);
    return larger;
  }
}
