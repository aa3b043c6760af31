// The ledger's books, pure: per block of 4096 ids what the table holds, whether the processor holds the same, and which
// ids it lacks. ledger.ts fills them from SQL and from the processor.
import type { IdBlockDigest } from '../../shared/link.ts';

interface Entry {
  count: number;
  s1: number;
  s2: number;
  /** Compared equal since the table's side last changed. */
  equal: boolean;
  /** Ids found missing at the last look, ascending. */
  missing: readonly string[];
}

const BLOCK_BITS = 12n;

export const blockOf = (id: string): string => (BigInt(id) >> BLOCK_BITS).toString();

export class LedgerBlocks {
  readonly #blocks = new Map<string, Entry>();
  readonly #open = new Set<string>();
  #rows = 0;
  #missing = 0;

  /** Rows of the table. */
  get rows(): number {
    return this.#rows;
  }
  get missing(): number {
    return this.#missing;
  }
  get size(): number {
    return this.#blocks.size;
  }

  clear(): void {
    this.#blocks.clear();
    this.#open.clear();
    this.#rows = 0;
    this.#missing = 0;
  }

  /** The table's side of a block, counted anew. */
  set(digest: IdBlockDigest): void {
    const entry = this.#entry(digest.block);
    if (entry.count === digest.count && entry.s1 === digest.s1 && entry.s2 === digest.s2) return;
    this.#rows += digest.count - entry.count;
    entry.count = digest.count;
    entry.s1 = digest.s1;
    entry.s2 = digest.s2;
    this.#reopen(digest.block, entry);
  }

  /** Rows that were not counted before. */
  add(digest: IdBlockDigest): void {
    if (digest.count === 0) return;
    const entry = this.#entry(digest.block);
    this.#rows += digest.count;
    entry.count += digest.count;
    entry.s1 += digest.s1;
    entry.s2 += digest.s2;
    this.#reopen(digest.block, entry);
  }

  /** The processor's set may have changed behind our back (it went back to a checkpoint): compare everything again. */
  reopenAll(): void {
    for (const [block, entry] of this.#blocks) this.#reopen(block, entry);
  }

  /** Up to `limit` blocks not known as equal, lowest first, none above `upTo`. */
  unequal(upTo: string, limit: number): string[] {
    const bound = BigInt(upTo);
    return [...this.#open]
      .map(BigInt)
      .filter((block) => block <= bound)
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      .slice(0, limit)
      .map(String);
  }

  /** Takes the processor's digests; gives back the blocks that differ. A block it does not name is empty there. */
  compare(asked: readonly string[], processor: readonly IdBlockDigest[]): string[] {
    const theirs = new Map(processor.map((digest) => [digest.block, digest]));
    const different: string[] = [];
    for (const block of asked) {
      const ours = this.#entry(block);
      const other = theirs.get(block) ?? { count: 0, s1: 0, s2: 0 };
      if (ours.count === other.count && ours.s1 === other.s1 && ours.s2 === other.s2) {
        ours.equal = true;
        this.#open.delete(block);
        this.setMissing(block, []);
      } else different.push(block);
    }
    return different;
  }

  setMissing(block: string, ids: readonly string[]): void {
    const entry = this.#entry(block);
    this.#missing += ids.length - entry.missing.length;
    entry.missing = ids;
  }

  /** The first `limit` missing ids, ascending. */
  missingIds(limit: number): string[] {
    if (this.#missing === 0) return [];
    return [...this.#blocks.values()]
      .flatMap((entry) => entry.missing)
      .map(BigInt)
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      .slice(0, limit)
      .map(String);
  }

  /** The next blocks of a slow round over all of them, after `cursor`; starts over at the end. */
  round(cursor: number, count: number): { blocks: string[]; next: number } {
    if (this.#blocks.size === 0) return { blocks: [], next: 0 };
    const all = [...this.#blocks.keys()];
    const from = cursor >= all.length ? 0 : cursor;
    const blocks = all.slice(from, from + count);
    return { blocks, next: from + blocks.length };
  }

  #entry(block: string): Entry {
    const known = this.#blocks.get(block);
    if (known !== undefined) return known;
    const made: Entry = { count: 0, s1: 0, s2: 0, equal: true, missing: [] };
    this.#blocks.set(block, made);
    return made;
  }

  #reopen(block: string, entry: Entry): void {
    entry.equal = false;
    this.#open.add(block);
  }
}

/** Ids in the table that the processor lacks, ascending as given. `lows` are the processor's ids & 4095 of that block. */
export function missingIn(tableIds: readonly string[], lows: readonly number[]): string[] {
  const seen = new Set(lows);
  return tableIds.filter((id) => !seen.has(Number(BigInt.asUintN(12, BigInt(id)))));
}

/** "5-9, 12" for 5, 6, 7, 8, 9, 12. */
export function rangesOf(ids: readonly string[]): string {
  const out: { from: bigint; to: bigint }[] = [];
  for (const id of ids.map(BigInt)) {
    const last = out.at(-1);
    if (last !== undefined && id === last.to + 1n) last.to = id;
    else out.push({ from: id, to: id });
  }
  return out.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
