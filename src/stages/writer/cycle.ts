// The seed as an endless cycle, encoded once for COPY: the bytes of a burst are slices of memory that is already there.
// Used by line.ts; the place in the cycle is kept by own-place.ts and file-place.ts.
import type { Seed } from '../../clients/seed.ts';
import { type BurstRows, escaped } from './burst-rows.ts';

/** Rows this writer has committed, and where in which seed it goes on. */
export interface Place {
  rows: number;
  /** Digest of the seed. */
  seed: string;
  /** Index of the next row, and whole laps before it. */
  position: number;
  lap: number;
}

export interface Burst {
  /** Index in the seed of the first row. */
  start: number;
  count: number;
}

/** Small seeds are laid out several times over, so that a burst is a few large slices instead of many small ones. */
const TILE_BYTES = 256 * 1024;

export class SeedCycle {
  readonly file: string;
  readonly rows: number;
  readonly digest: string;
  readonly #seed: Seed;
  readonly #tile: Buffer;
  readonly #tileLaps: number;
  /** Offset of each row in one lap, and of its end. */
  readonly #offsets: Uint32Array;

  constructor(seed: Seed) {
    this.file = seed.file;
    this.rows = seed.rows;
    this.digest = seed.digest;
    this.#seed = seed;
    const lines = seed.org.map(
      (org, i) => `${escaped(org)}\t${seed.amount[i] ?? ''}\t${escaped(seed.region[i] ?? '')}\n`,
    );
    this.#offsets = new Uint32Array(seed.rows + 1);
    lines.forEach((line, i) => {
      this.#offsets[i + 1] = (this.#offsets[i] ?? 0) + Buffer.byteLength(line);
    });
    const lap = Buffer.from(lines.join(''));
    this.#tileLaps = Math.max(1, Math.floor(TILE_BYTES / lap.length));
    this.#tile = this.#tileLaps === 1 ? lap : Buffer.alloc(lap.length * this.#tileLaps, lap);
  }

  /** The place after a burst that begins at `place`. */
  after(place: Place, count: number): Place {
    const end = place.position + count;
    return {
      rows: place.rows + count,
      seed: this.digest,
      position: end % this.rows,
      lap: place.lap + Math.floor(end / this.rows),
    };
  }

  /** A place of another seed begins this one anew; rows go on counting. */
  resume(place: Place): Place {
    const known = place.seed === this.digest && place.position < this.rows;
    return known ? place : { rows: place.rows, seed: this.digest, position: 0, lap: 0 };
  }

  /** The burst as the seed has it; the table gives the time. */
  burst(burst: Burst): BurstRows {
    return {
      count: burst.count,
      timed: false,
      columns: () => ({ ...this.#columns(burst), createdAt: null }),
      bytes: () => this.#bytes(burst),
    };
  }

  /** Its distinct orgs, in the order of their first row. */
  orgs(): string[] {
    return [...new Set(this.#seed.org)];
  }

  /** Slices of the tile. */
  *#bytes({ start, count }: Burst): Generator<Buffer> {
    const lapBytes = this.#offsets[this.rows] ?? 0;
    const offsetOf = (row: number) =>
      Math.floor(row / this.rows) * lapBytes + (this.#offsets[row % this.rows] ?? 0);
    let first = start;
    let left = count;
    while (left > 0) {
      const now = Math.min(left, this.#tileLaps * this.rows - first);
      yield this.#tile.subarray(offsetOf(first), offsetOf(first + now));
      left -= now;
      first = 0;
    }
  }

  #columns({ start, count }: Burst): { org: string[]; amount: string[]; region: string[] } {
    const pick = (column: string[]) =>
      Array.from({ length: count }, (_, i) => column[(start + i) % this.rows] ?? '');
    return { org: pick(this.#seed.org), amount: pick(this.#seed.amount), region: pick(this.#seed.region) };
  }
}
