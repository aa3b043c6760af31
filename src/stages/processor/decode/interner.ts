// Numbers for the texts of groups, found from their bytes without building a string each time. The decoder asks by
// bytes, the window core by number. Bytes and columns instead of strings: a million texts must cost little memory.

const MIN_SLOTS = 1_024;
const REPLACED = '\ufffd';

export class Interner {
  // Open addressing: slot → 1 + index of a spelling. Its number is the index of its first spelling: bytes that are no
  // valid UTF-8 may spell the same text in several ways.
  #slots = new Uint32Array(MIN_SLOTS);
  #bytes = Buffer.allocUnsafeSlow(16 * 1_024);
  #ends = new Float64Array(MIN_SLOTS / 2);
  #hashes = new Int32Array(MIN_SLOTS / 2);
  #numbers = new Int32Array(MIN_SLOTS / 2);
  #size = 0;

  /** Spellings known; every number is below it. */
  get size(): number {
    return this.#size;
  }

  text(number: number): string {
    if (number < 0 || number >= this.#size) throw new RangeError(`No text has the number ${number}.`);
    return this.#bytes.toString('utf8', this.#start(number), this.#ends[number]);
  }

  ofText(text: string): number {
    const bytes = Buffer.from(text, 'utf8');
    let hash = HASH_SEED;
    for (const byte of bytes) hash = hashStep(hash, byte);
    return this.ofBytes(bytes, 0, bytes.length, hash);
  }

  /** Number of the text spelled by bytes [from, to), whose hash the caller has made with `hashStep` on its way. */
  ofBytes(bytes: Buffer, from: number, to: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = mix(hash) & mask;
    for (;;) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0) return this.#learn(bytes, from, to, hash);
      if (this.#hashes[entry - 1] === hash && this.#same(entry - 1, bytes, from, to)) {
        return this.#numbers[entry - 1] ?? 0;
      }
      slot = (slot + 1) & mask;
    }
  }

  #start(entry: number): number {
    return entry === 0 ? 0 : (this.#ends[entry - 1] ?? 0);
  }

  #same(entry: number, bytes: Buffer, from: number, to: number): boolean {
    const start = this.#start(entry);
    const length = (this.#ends[entry] ?? 0) - start;
    if (length !== to - from) return false;
    const own = this.#bytes;
    for (let at = 0; at < length; at++) if (own[start + at] !== bytes[from + at]) return false;
    return true;
  }

  #learn(bytes: Buffer, from: number, to: number, hash: number): number {
    const text = bytes.toString('utf8', from, to);
    const right = text.includes(REPLACED) ? Buffer.from(text, 'utf8') : null;
    // The right spelling of the same text comes first, so that its index is the number of both.
    const first = right === null || right.compare(bytes, from, to) === 0 ? this.#size : this.ofText(text);
    const entry = this.#size;
    if (entry === this.#ends.length) this.#grow();
    const start = this.#start(entry);
    const end = start + to - from;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 4));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, start, from, to);
    this.#ends[entry] = end;
    this.#hashes[entry] = hash;
    this.#numbers[entry] = first;
    this.#size++;
    this.#place(entry);
    return first;
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = mix(this.#hashes[entry] ?? 0) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #grow(): void {
    const [ends, hashes, numbers] = [this.#ends, this.#hashes, this.#numbers];
    const length = ends.length * 4;
    this.#ends = new Float64Array(length);
    this.#ends.set(ends);
    this.#hashes = new Int32Array(length);
    this.#hashes.set(hashes);
    this.#numbers = new Int32Array(length);
    this.#numbers.set(numbers);
    this.#slots = new Uint32Array(length * 2);
    for (let entry = 0; entry < this.#size; entry++) this.#place(entry);
  }
}

export const HASH_SEED = 0x811c9dc5 | 0;

/** One step of FNV-1a over 32 bits. */
export function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function mix(hash: number): number {
  return (hash ^ (hash >>> 15)) >>> 0;
}
