// Numbers for the texts of groups, found from their bytes without building a string each time. The decoder asks by
// bytes, the window core by number.

const MIN_SLOTS = 1_024;

export class Interner {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  // Open addressing: slot → 1 + index of a spelling. Two spellings (bytes that are no valid UTF-8) may share a text.
  #slots = new Uint32Array(MIN_SLOTS);
  readonly #spellings: Buffer[] = [];
  readonly #hashes: number[] = [];
  readonly #spelled: number[] = [];

  get size(): number {
    return this.#texts.length;
  }

  text(number: number): string {
    const text = this.#texts[number];
    if (text === undefined) throw new RangeError(`No text has the number ${number}.`);
    return text;
  }

  ofText(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.length;
      this.#numbers.set(text, number);
      this.#texts.push(text);
    }
    return number;
  }

  /** Number of the text spelled by bytes [from, to), whose hash the caller has made with `hashStep` on its way. */
  ofBytes(bytes: Buffer, from: number, to: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = mix(hash) & mask;
    for (;;) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0) return this.#learn(bytes, from, to, hash);
      if (this.#hashes[entry - 1] === hash && this.#same(entry - 1, bytes, from, to)) {
        return this.#spelled[entry - 1] ?? 0;
      }
      slot = (slot + 1) & mask;
    }
  }

  #same(entry: number, bytes: Buffer, from: number, to: number): boolean {
    const known = this.#spellings[entry];
    if (known === undefined || known.length !== to - from) return false;
    for (let at = 0; at < known.length; at++) if (known[at] !== bytes[from + at]) return false;
    return true;
  }

  #learn(bytes: Buffer, from: number, to: number, hash: number): number {
    const spelling = Buffer.from(bytes.subarray(from, to));
    const number = this.ofText(spelling.toString('utf8'));
    this.#spellings.push(spelling);
    this.#hashes.push(hash);
    this.#spelled.push(number);
    if (this.#spellings.length * 2 > this.#slots.length) this.#grow();
    else this.#place(this.#spellings.length);
    return number;
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = mix(this.#hashes[entry - 1] ?? 0) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let entry = 1; entry <= this.#spellings.length; entry++) this.#place(entry);
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
