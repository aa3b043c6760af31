// Compact bytes for checkpoints: variable-length whole numbers up to 2^53 and texts, written and read back in order.

const TAKEN_BYTES = 256 * 1024;

export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(initialBytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far; valid until the next write. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** What was written since the last `take`; the next bytes go to a new place, so that these stay as they are. */
  take(): Buffer {
    const taken = this.bytes();
    this.#buffer = Buffer.allocUnsafe(TAKEN_BYTES);
    this.#length = 0;
    return taken;
  }

  /** A whole number from 0 to 2^53, 7 bits a byte. */
  unsigned(value: number): void {
    this.#room(8);
    const buffer = this.#buffer;
    let at = this.#length;
    let rest = value;
    while (rest >= 0x80000000) {
      buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#length = at;
  }

  /** A whole number from -2^52 to 2^52, its sign in the lowest bit. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2);
  }

  text(text: string): void {
    this.raw(Buffer.from(text, 'utf8'));
  }

  /** Bytes, their length before them. */
  raw(bytes: Uint8Array): void {
    this.unsigned(bytes.length);
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Reads what a ByteWriter wrote. Throws RangeError when the bytes end too early. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  unsigned(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('The checkpoint ends in the middle of a number.');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  text(): string {
    return this.raw().toString('utf8');
  }

  raw(): Buffer {
    const length = this.unsigned();
    if (this.#at + length > this.#bytes.length)
      throw new RangeError('The checkpoint ends in the middle of a text.');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}
