// The amounts of small groups, kept for exact percentiles: pieces of a few sizes out of large pages, so that a million
// groups with a handful of values each cost neither a million objects nor the collector's time. Used by the group table.

/** Values that a piece holds. Kinds 0 to 4 are narrow (amounts of 32 bits, as nearly all are), 5 to 9 wide. */
const SIZES = [4, 16, 64, 256, 1_024] as const;
const WIDE = SIZES.length;
const PAGE = 16_384;
/** Values held in all; beyond it groups that grow go over to a sketch early. */
export const MAX_VALUES = 16 * 1024 * 1024;

interface Kind {
  size: number;
  pages: (Int32Array | Float64Array)[];
  used: number;
  free: number[];
}

/** A piece of a kind; null when there is no room for it, or no larger one. */
export interface Piece {
  kind: number;
  piece: number;
}

export class ValueStore {
  readonly #kinds: Kind[] = [...SIZES, ...SIZES].map((size) => ({ size, pages: [], used: 0, free: [] }));
  #values = 0;

  size(kind: number): number {
    return this.#kinds[kind]?.size ?? 0;
  }

  /** True when the amount fits into pieces of the kind. */
  fits(kind: number, cents: number): boolean {
    return kind >= WIDE || cents === (cents | 0);
  }

  /** The smallest piece that fits all of the amounts. There is always one. */
  first(amounts: readonly number[]): Piece {
    const kind = amounts.every((cents) => this.fits(0, cents)) ? 0 : WIDE;
    return { kind, piece: this.#take(kind) };
  }

  give(kind: number, piece: number): void {
    const found = this.#kinds[kind];
    if (found === undefined) return;
    found.free.push(piece);
    this.#values -= found.size;
  }

  set(kind: number, piece: number, at: number, value: number): void {
    const found = this.#kinds[kind];
    if (found === undefined) return;
    const place = piece * found.size + at;
    const page = found.pages[Math.floor(place / PAGE)];
    if (page !== undefined) page[place % PAGE] = value;
  }

  /** The first `count` values of a piece; valid until it is given back. */
  view(kind: number, piece: number, count: number): Int32Array | Float64Array {
    const found = this.#kinds[kind];
    const from = piece * (found?.size ?? 0);
    const page = found?.pages[Math.floor(from / PAGE)];
    return page === undefined ? new Int32Array(0) : page.subarray(from % PAGE, (from % PAGE) + count);
  }

  /** Moves `count` values to a piece with room for one more that fits `cents`. The old piece is given back. */
  move(kind: number, piece: number, count: number, cents: number): Piece | null {
    const wide = !this.fits(kind, cents) || kind >= WIDE ? WIDE : 0;
    const size = SIZES.findIndex((one) => one > count);
    if (size < 0 || this.#values + (SIZES[size] ?? 0) > MAX_VALUES) return null;
    const moved = { kind: wide + size, piece: this.#take(wide + size) };
    this.view(moved.kind, moved.piece, count).set(this.view(kind, piece, count));
    this.give(kind, piece);
    return moved;
  }

  #take(kind: number): number {
    const found = this.#kinds[kind];
    if (found === undefined) return -1;
    this.#values += found.size;
    const free = found.free.pop();
    if (free !== undefined) return free;
    const piece = found.used++;
    if (piece * found.size >= found.pages.length * PAGE)
      found.pages.push(kind < WIDE ? new Int32Array(PAGE) : new Float64Array(PAGE));
    return piece;
  }
}
