// What the audit remembers of the table: one 31-bit fingerprint a row, by id, and whether its event was met. Four bytes
// a row where ids are dense; ids with wide gaps are kept as short lists. Pure; filled by table-scan.ts, marked by
// topic-scan.ts.
import { blockOf, ID_BLOCK, idOf, lowOf } from '../../shared/ids.ts';

/** A row whose content cannot be compared: its event is only counted. */
export const NOT_COMPARABLE = 1;
const MET = 0x8000_0000;
const FINGERPRINT = 0x7fff_ffff;
const FEW = 24;

interface Block {
  /** Pairs low, cell; null once the block is dense. */
  few: number[] | null;
  dense: Uint32Array | null;
}

export type Mark = 'same' | 'different' | 'again' | 'unknown';

/** A fingerprint of a row's or an event's content: in [2, 2^31). Texts come as the numbers of a shared interner. */
export function fingerprintOf(org: number, region: number, cents: number, at: number): number {
  let hash = 0x811c9dc5 | 0;
  hash = mix(hash, org);
  hash = mix(hash, region);
  hash = mix(hash, cents | 0);
  hash = mix(hash, Math.floor(cents / 2 ** 32));
  hash = mix(hash, at | 0);
  hash = mix(hash, Math.floor(at / 2 ** 32));
  return ((hash >>> 0) % (FINGERPRINT - 2)) + 2;
}

/** MurmurHash3's mixing of one 32-bit word. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

export class Fingerprints {
  rows = 0;
  /** Rows whose event was met at least once. */
  met = 0;
  readonly #blocks = new Map<number, Block>();
  #lastIndex = Number.NaN;
  #last: Block | null = null;

  /** Remembers a row; ids are unique in the table. */
  put(id: number | bigint, fingerprint: number): void {
    const index = blockOf(id);
    let block = this.#find(index);
    if (block === null) {
      block = { few: [], dense: null };
      this.#blocks.set(index, block);
      this.#lastIndex = index;
      this.#last = block;
    }
    this.rows++;
    const low = lowOf(id);
    if (block.few !== null) {
      if (block.few.length < FEW * 2) {
        block.few.push(low, fingerprint);
        return;
      }
      const dense = new Uint32Array(ID_BLOCK);
      for (let at = 0; at < block.few.length; at += 2) dense[block.few[at] ?? 0] = block.few[at + 1] ?? 0;
      block.few = null;
      block.dense = dense;
    }
    if (block.dense !== null) block.dense[low] = fingerprint;
  }

  /** An event of this id was met: what it is to the table. */
  mark(id: number | bigint, fingerprint: number): Mark {
    const block = this.#find(blockOf(id));
    if (block === null) return 'unknown';
    const low = lowOf(id);
    const { few, dense } = block;
    let at = low;
    if (few !== null) {
      at = -1;
      for (let pair = 0; pair < few.length; pair += 2) if (few[pair] === low) at = pair + 1;
      if (at < 0) return 'unknown';
    }
    const cells = few ?? dense;
    if (cells === null) return 'unknown';
    const cell = cells[at] ?? 0;
    if (cell === 0) return 'unknown';
    if (cell >= MET) return 'again';
    cells[at] = cell + MET;
    this.met++;
    return cell === NOT_COMPARABLE || cell === fingerprint ? 'same' : 'different';
  }

  /** Ids in ascending order: all of them, or those whose event was not met. */
  *ids(which: 'all' | 'unmet'): Generator<bigint> {
    for (const index of [...this.#blocks.keys()].sort((a, b) => a - b)) {
      const block = this.#blocks.get(index);
      if (block === undefined) continue;
      const lows: number[] = [];
      if (block.few !== null) {
        for (let at = 0; at < block.few.length; at += 2) {
          if (which === 'all' || (block.few[at + 1] ?? 0) < MET) lows.push(block.few[at] ?? 0);
        }
        lows.sort((a, b) => a - b);
      } else {
        block.dense?.forEach((cell, low) => {
          if (cell !== 0 && (which === 'all' || cell < MET)) lows.push(low);
        });
      }
      for (const low of lows) yield idOf(index, low);
    }
  }

  #find(index: number): Block | null {
    if (index === this.#lastIndex) return this.#last;
    const block = this.#blocks.get(index) ?? null;
    if (block !== null) {
      this.#lastIndex = index;
      this.#last = block;
    }
    return block;
  }
}

/** Runs of consecutive ids, counted; the first `named` of them are kept. The ids come in ascending order. */
export function rangesOf(
  ids: Iterable<bigint>,
  named: number,
): { count: number; named: { from: string; to: string; rows: number }[] } {
  const kept: { from: string; to: string; rows: number }[] = [];
  let count = 0;
  let from = 0n;
  let to = 0n;
  const close = () => {
    count++;
    if (kept.length < named) kept.push({ from: `${from}`, to: `${to}`, rows: Number(to - from) + 1 });
  };
  let any = false;
  for (const id of ids) {
    if (any && id === to + 1n) {
      to = id;
      continue;
    }
    if (any) close();
    any = true;
    from = id;
    to = id;
  }
  if (any) close();
  return { count, named: kept };
}
