// The writer's disorder: which rows of a burst come late, early, twice or from few orgs. What becomes of a row follows
// from the seed and the row's number alone, so that a restart or a burst tried again changes nothing. Made by line.ts.
import { disorderOn, type WriterDisorder } from '../../shared/disorder.ts';
import { type BurstRows, type Columns, escaped } from './burst-rows.ts';
import type { Burst, SeedCycle } from './cycle.ts';

/** A repeated row repeats one of the so many before it. */
const REPEATED_WITHIN = 16;
/** Rows kept for that: more than one look back, because a burst may be tried again. */
const REMEMBERED = 64;
const CHUNK_ROWS = 1_000;

/** What is drawn for a row; each from a stream of its own. */
const STREAMS = { kind: 0x9e37, delay: 0x85eb, org: 0xc2b2, back: 0x27d4 } as const;

/** A number in [0, 1) that depends on nothing but these three (murmur3's finalizer over all of them). */
export function drawFor(seed: number, row: number, stream: keyof typeof STREAMS): number {
  let hash = Math.imul(seed ^ STREAMS[stream], 0x85ebca6b);
  for (const word of [row >>> 0, Math.floor(row / 4_294_967_296)]) {
    hash = Math.imul(hash ^ word, 0xcc9e2d51);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 4_294_967_296;
}

interface Written {
  row: number;
  org: string;
  amount: string;
  region: string;
  /** Epoch ms. */
  at: number;
}

export class Disorder {
  readonly #settings: WriterDisorder;
  readonly #cycle: SeedCycle;
  /** Distinct orgs of the seed in the order of their first row, and the sums of their weights up to each. */
  readonly #orgs: string[];
  readonly #weights: number[];
  /** By row number modulo REMEMBERED. */
  readonly #last: (Written | undefined)[] = [];
  /** Whether rows are given their time. */
  readonly timed: boolean;

  constructor(settings: WriterDisorder, cycle: SeedCycle) {
    this.#settings = settings;
    this.#cycle = cycle;
    const { late, outOfOrder, duplicates, future, skew } = settings;
    this.timed = late.share + outOfOrder.share + duplicates.share + future.share > 0;
    this.#orgs = skew.exponent === 0 ? [] : cycle.orgs();
    let sum = 0;
    this.#weights = this.#orgs.map((_, index) => {
      sum += (index + 1) ** -skew.exponent;
      return sum;
    });
  }

  /** The burst whose first row is the writer's row number `first`, at `now` (epoch ms by the database's clock). */
  rows(burst: Burst, first: number, now: number): BurstRows {
    const columns = this.#cycle.burst(burst).columns();
    const rows = Array.from({ length: burst.count }, (_, i) =>
      this.#row(
        {
          row: first + i,
          org: columns.org[i] ?? '',
          amount: columns.amount[i] ?? '',
          region: columns.region[i] ?? '',
          at: now,
        },
        now,
      ),
    );
    return rowsOf(rows, this.timed);
  }

  #row(plain: Written, now: number): Written {
    const { seed, late, outOfOrder, duplicates, future } = this.#settings;
    const { row } = plain;
    let chosen = drawFor(seed, row, 'kind');
    const is = (share: number) => {
      const yes = chosen >= 0 && chosen < share;
      chosen -= share;
      return yes;
    };
    const repeats = is(duplicates.share) ? this.#before(row) : null;
    const written = repeats === null ? { ...plain, org: this.#org(plain) } : { ...repeats, row };
    // One after the other, whether the one before applies or not: each share is one of all rows.
    const ahead = is(future.share);
    const comesLate = is(late.share);
    const swapped = is(outOfOrder.share);
    if (repeats === null) {
      if (ahead) written.at = now + future.aheadMs;
      else if (comesLate) written.at = now - Math.min(late.maxMs, Math.round(this.#delay(row)));
      else if (swapped) written.at = now - Math.ceil(drawFor(seed, row, 'delay') * outOfOrder.maxMs);
    }
    this.#last[row % REMEMBERED] = written;
    return written;
  }

  #delay(row: number): number {
    const { delay, meanMs } = this.#settings.late;
    const drawn = drawFor(this.#settings.seed, row, 'delay');
    switch (delay) {
      case 'constant':
        return meanMs;
      case 'uniform':
        return 2 * meanMs * drawn;
      case 'exponential':
        return -meanMs * Math.log(1 - drawn);
    }
  }

  /** One of the rows just before; null when this process has not written it. */
  #before(row: number): Written | null {
    const back = 1 + Math.floor(drawFor(this.#settings.seed, row, 'back') * REPEATED_WITHIN);
    const found = this.#last[(((row - back) % REMEMBERED) + REMEMBERED) % REMEMBERED];
    return found?.row === row - back ? found : null;
  }

  #org({ row, org }: Written): string {
    const total = this.#weights.at(-1);
    if (total === undefined) return org;
    const drawn = drawFor(this.#settings.seed, row, 'org') * total;
    return this.#orgs[this.#weights.findIndex((sum) => drawn < sum)] ?? org;
  }
}

/** Null when rows are to be written as the seed has them. */
export function disorderOf(settings: WriterDisorder, cycle: SeedCycle): Disorder | null {
  return disorderOn(settings).length === 0 ? null : new Disorder(settings, cycle);
}

function rowsOf(rows: readonly Written[], timed: boolean): BurstRows {
  let lastAt = Number.NaN;
  let lastText = '';
  // Most rows of a burst carry the same moment.
  const moment = (at: number) => {
    if (at !== lastAt) lastText = new Date(at).toISOString().replace('T', ' ').replace('Z', '');
    lastAt = at;
    return lastText;
  };
  return {
    count: rows.length,
    timed,
    columns: (): Columns => ({
      org: rows.map(({ org }) => org),
      amount: rows.map(({ amount }) => amount),
      region: rows.map(({ region }) => region),
      createdAt: timed ? rows.map(({ at }) => moment(at)) : null,
    }),
    *bytes() {
      for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
        const lines = rows.slice(from, from + CHUNK_ROWS).map(({ org, amount, region, at }) => {
          const time = timed ? `\t${moment(at)}` : '';
          return `${escaped(org)}\t${amount}\t${escaped(region)}${time}\n`;
        });
        yield Buffer.from(lines.join(''));
      }
    },
  };
}
