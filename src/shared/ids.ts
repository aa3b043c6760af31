// An exact set of row ids (any 64-bit whole number) in blocks of 4096, with a digest per block. The processor keeps one
// of the ids it has taken in (part of its checkpoints); the control plane compares the digests with the table's.

/** Ids per block; block = floor(id / 4096), low = id - block * 4096. */
export const ID_BLOCK = 4096;
const WORDS = ID_BLOCK / 32;
/** Up to this many ids a block is a short list: ids with wide gaps (snowflakes) must not cost a bitmap each. */
const FEW = 24;
const MIN_ID = -(2n ** 63n);
const MAX_ID = 2n ** 63n - 1n;

interface Block {
  count: number;
  /** Exactly one of the two is set, or neither when the block is full. */
  few: number[] | null;
  bits: Uint32Array | null;
  changed: boolean;
}

export interface BlockDigest {
  count: number;
  /** Sum of the lows, and sum of their squares: both stay far below 2^53. */
  s1: number;
  s2: number;
}

const FULL_DIGEST: BlockDigest = {
  count: ID_BLOCK,
  s1: ((ID_BLOCK - 1) * ID_BLOCK) / 2,
  s2: ((ID_BLOCK - 1) * ID_BLOCK * (2 * ID_BLOCK - 1)) / 6,
};

/** True for an id that fits PostgreSQL's bigint. */
export function isRowId(id: number | bigint): boolean {
  return typeof id === 'number' ? Number.isSafeInteger(id) : id >= MIN_ID && id <= MAX_ID;
}

/** Block number of an id; a safe integer for every 64-bit id (at most 2^51). */
export function blockOf(id: number | bigint): number {
  return typeof id === 'number' ? Math.floor(id / ID_BLOCK) : Number(id >> 12n);
}

export function lowOf(id: number | bigint): number {
  if (typeof id === 'bigint') return Number(id & 4095n);
  return id - Math.floor(id / ID_BLOCK) * ID_BLOCK;
}

export function idOf(block: number, low: number): bigint {
  return BigInt(block) * BigInt(ID_BLOCK) + BigInt(low);
}

export class IdSet {
  #blocks = new Map<number, Block>();
  #changed: number[] = [];
  #size = 0;
  // Neighbouring ids come together: the last block is looked at first.
  #lastIndex = Number.NaN;
  #last: Block | null = null;

  get size(): number {
    return this.#size;
  }

  get blocks(): number {
    return this.#blocks.size;
  }

  /** Adds an id; false when it was in before. The id must satisfy isRowId. */
  add(id: number | bigint): boolean {
    let index: number;
    let low: number;
    if (typeof id === 'number') {
      index = Math.floor(id / ID_BLOCK);
      low = id - index * ID_BLOCK;
    } else {
      index = blockOf(id);
      low = lowOf(id);
    }
    let block = this.#last;
    if (block === null || index !== this.#lastIndex) {
      block = this.#block(index);
      this.#last = block;
      this.#lastIndex = index;
    }
    if (!insert(block, low)) return false;
    this.#size++;
    if (!block.changed) {
      block.changed = true;
      this.#changed.push(index);
    }
    return true;
  }

  has(id: number | bigint): boolean {
    const block = this.#blocks.get(blockOf(id));
    if (block === undefined) return false;
    const low = lowOf(id);
    if (block.few !== null) return block.few.includes(low);
    if (block.bits === null) return true;
    return ((block.bits[low >>> 5] ?? 0) & (1 << (low & 31))) !== 0;
  }

  digest(index: number): BlockDigest {
    const block = this.#blocks.get(index);
    if (block === undefined) return { count: 0, s1: 0, s2: 0 };
    if (block.few === null && block.bits === null) return { ...FULL_DIGEST };
    let s1 = 0;
    let s2 = 0;
    for (const low of lowsOf(block)) {
      s1 += low;
      s2 += low * low;
    }
    return { count: block.count, s1, s2 };
  }

  /** Lows of one block in ascending order. */
  lows(index: number): number[] {
    const block = this.#blocks.get(index);
    if (block === undefined) return [];
    const lows = lowsOf(block);
    return block.few === null ? lows : lows.sort((a, b) => a - b);
  }

  /** Numbers of all blocks; blocks added while iterating come at the end. */
  indexes(): IterableIterator<number> {
    return this.#blocks.keys();
  }

  /** Blocks changed since the last call: what an incremental checkpoint has to store. */
  takeChanged(): number[] {
    const changed = this.#changed;
    this.#changed = [];
    for (const index of changed) {
      const block = this.#blocks.get(index);
      if (block !== undefined) block.changed = false;
    }
    return changed;
  }

  /** One block as bytes: a full block 1 byte, a bitmap 513, a short list 2 bytes an id. */
  bytesOf(index: number): Uint8Array {
    const block = this.#blocks.get(index);
    if (block === undefined) return Uint8Array.of(BYTES_FEW);
    if (block.few !== null) {
      const bytes = new Uint8Array(1 + block.few.length * 2);
      bytes[0] = BYTES_FEW;
      block.few.forEach((low, at) => {
        bytes[1 + at * 2] = low & 0xff;
        bytes[2 + at * 2] = low >>> 8;
      });
      return bytes;
    }
    if (block.bits === null) return Uint8Array.of(BYTES_FULL);
    const bytes = new Uint8Array(1 + WORDS * 4);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, BYTES_BITS);
    block.bits.forEach((word, at) => {
      view.setUint32(1 + at * 4, word, true);
    });
    return bytes;
  }

  /** Puts back one block as `bytesOf` gave it, in place of what the set holds of it. Throws RangeError on other bytes. */
  restore(index: number, bytes: Uint8Array): void {
    const block: Block = { count: 0, few: [], bits: null, changed: false };
    const kind = bytes[0];
    if (kind === BYTES_FULL && bytes.length === 1) {
      block.few = null;
      block.count = ID_BLOCK;
    } else if (kind === BYTES_FEW && bytes.length % 2 === 1) {
      for (let at = 1; at < bytes.length; at += 2)
        insert(block, (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
    } else if (kind === BYTES_BITS && bytes.length === 1 + WORDS * 4) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const bits = new Uint32Array(WORDS);
      for (let at = 0; at < WORDS; at++) {
        const word = view.getUint32(1 + at * 4, true);
        bits[at] = word;
        block.count += ones(word);
      }
      block.few = null;
      block.bits = bits;
    } else {
      throw new RangeError(`Block ${index} of the id set does not parse.`);
    }
    this.#size += block.count - (this.#blocks.get(index)?.count ?? 0);
    this.#blocks.set(index, block);
    this.#last = null;
  }

  #block(index: number): Block {
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = { count: 0, few: [], bits: null, changed: false };
      this.#blocks.set(index, block);
    }
    return block;
  }
}

const BYTES_FULL = 0;
const BYTES_BITS = 1;
const BYTES_FEW = 2;

function insert(block: Block, low: number): boolean {
  if (block.few !== null) {
    if (block.few.includes(low)) return false;
    block.count++;
    if (block.few.length < FEW) {
      block.few.push(low);
      return true;
    }
    const bits = new Uint32Array(WORDS);
    for (const known of block.few) setBit(bits, known);
    setBit(bits, low);
    block.bits = bits;
    block.few = null;
    return true;
  }
  const bits = block.bits;
  if (bits === null) return false;
  const word = bits[low >>> 5] ?? 0;
  const mask = 1 << (low & 31);
  if ((word & mask) !== 0) return false;
  bits[low >>> 5] = word | mask;
  block.count++;
  if (block.count === ID_BLOCK) block.bits = null;
  return true;
}

function setBit(bits: Uint32Array, low: number): void {
  bits[low >>> 5] = (bits[low >>> 5] ?? 0) | (1 << (low & 31));
}

function lowsOf(block: Block): number[] {
  if (block.few !== null) return [...block.few];
  const bits = block.bits;
  if (bits === null) return Array.from({ length: ID_BLOCK }, (_, low) => low);
  const lows: number[] = [];
  for (let at = 0; at < WORDS; at++) {
    let word = bits[at] ?? 0;
    while (word !== 0) {
      const bit = 31 - Math.clz32(word & -word);
      lows.push(at * 32 + bit);
      word &= word - 1;
    }
  }
  return lows;
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
