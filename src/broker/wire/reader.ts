// Reads Kafka's primitive types from one frame. Used by the schemas of the APIs; every read is bounds-checked, so that
// a garbled or hostile frame ends in a ProtocolFault and never in a read beyond it.
// Primitives: https://kafka.apache.org/protocol#protocol_types; compact forms and tagged fields: KIP-482.

/** The frame does not follow the protocol: the connection it came from is closed. */
export class ProtocolFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtocolFault';
  }
}

const TWO_32 = 4_294_967_296;

export class Reader {
  readonly buffer: Buffer;
  position: number;
  /** API version the frame is read as. */
  version = 0;
  /** Compact lengths and tagged fields (KIP-482). */
  flexible = false;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  private take(bytes: number): number {
    const at = this.position;
    if (bytes < 0 || at + bytes > this.buffer.length) {
      throw new ProtocolFault(`${bytes} bytes wanted at ${at} of a frame of ${this.buffer.length}`);
    }
    this.position = at + bytes;
    return at;
  }

  bool(): boolean {
    return this.buffer[this.take(1)] !== 0;
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2));
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4));
  }

  /** Offsets, times and producer ids: all far below 2^53, so a number does; greater ones lose their lowest bits. */
  int64(): number {
    const at = this.take(8);
    return this.buffer.readInt32BE(at) * TWO_32 + this.buffer.readUInt32BE(at + 4);
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }

  /** UNSIGNED_VARINT of 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer.readUInt8(this.take(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new ProtocolFault('A variable-length number is too long');
  }

  /** Zig-zag VARINT or VARLONG (used inside records only). */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer.readUInt8(this.take(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
    throw new ProtocolFault('A variable-length number is too long');
  }

  uuid(): string {
    const at = this.take(16);
    return this.buffer.toString('hex', at, at + 16);
  }

  /** Length in front of a string; -1 for null. */
  private stringLength(): number {
    return this.flexible ? this.uvarint() - 1 : this.int16();
  }

  nullableString(): string | null {
    const length = this.stringLength();
    if (length < 0) return null;
    const at = this.take(length);
    return this.buffer.toString('utf8', at, at + length);
  }

  string(): string {
    const value = this.nullableString();
    if (value === null) throw new ProtocolFault(`Null where a string is due, at ${this.position}`);
    return value;
  }

  /** A view of the frame, not a copy; null for null. */
  nullableBytes(): Buffer | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int32();
    if (length < 0) return null;
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  /** Number of elements of an array; -1 for null. Never more than the frame could hold. */
  arrayLength(): number {
    const length = this.flexible ? this.uvarint() - 1 : this.int32();
    if (length > this.remaining) {
      throw new ProtocolFault(`An array of ${length} elements in ${this.remaining} bytes`);
    }
    return length;
  }

  /** Calls `read` for each tagged field; what it does not read is skipped. */
  tags(read?: (tag: number) => void): void {
    for (let left = this.uvarint(); left > 0; left -= 1) {
      const tag = this.uvarint();
      const size = this.uvarint();
      const end = this.take(size) + size;
      this.position = end - size;
      read?.(tag);
      if (this.position > end) throw new ProtocolFault(`Tagged field ${tag} is longer than it says`);
      this.position = end;
    }
  }
}
