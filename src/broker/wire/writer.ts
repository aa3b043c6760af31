// Writes Kafka's primitive types into one frame. Used by the schemas of the APIs. Small fields are gathered in one
// growing buffer; record data is passed through by reference, so that a fetched megabyte is not copied again.

const TWO_32 = 4_294_967_296;
/** From this size on, bytes become a chunk of their own instead of a copy. */
const CHUNK_FROM = 4_096;

export class Writer {
  version = 0;
  flexible = false;
  private chunks: Buffer[] = [];
  private buffer: Buffer;
  private position = 0;
  private done = 0;

  constructor(initialBytes = 512) {
    this.buffer = Buffer.allocUnsafe(initialBytes);
  }

  get length(): number {
    return this.done + this.position;
  }

  private room(bytes: number): number {
    const at = this.position;
    if (at + bytes > this.buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, at + bytes));
      this.buffer.copy(grown, 0, 0, at);
      this.buffer = grown;
    }
    this.position = at + bytes;
    return at;
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int8(value: number): void {
    const at = this.room(1);
    this.buffer.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.room(2);
    this.buffer.writeInt16BE(value, at);
  }

  uint16(value: number): void {
    const at = this.room(2);
    this.buffer.writeUInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.room(4);
    this.buffer.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.room(8);
    if (value >= 2 ** 63) {
      // Long.MAX_VALUE was read as 2^63: what a number cannot hold exactly goes back as the greatest long.
      this.buffer.writeBigInt64BE(0x7fff_ffff_ffff_ffffn, at);
      return;
    }
    const high = Math.floor(value / TWO_32);
    this.buffer.writeInt32BE(high, at);
    this.buffer.writeUInt32BE(value - high * TWO_32, at + 4);
  }

  float64(value: number): void {
    const at = this.room(8);
    this.buffer.writeDoubleBE(value, at);
  }

  uvarint(value: number): void {
    let left = value;
    while (left >= 0x80) {
      const at = this.room(1);
      this.buffer[at] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    const at = this.room(1);
    this.buffer[at] = left;
  }

  varint(value: number): void {
    const long = BigInt(value);
    let left = BigInt.asUintN(64, (long << 1n) ^ (long >> 63n));
    while (left >= 0x80n) {
      const at = this.room(1);
      this.buffer[at] = Number(left & 0x7fn) | 0x80;
      left >>= 7n;
    }
    const at = this.room(1);
    this.buffer[at] = Number(left);
  }

  /** 32 hexadecimal digits. */
  uuid(value: string): void {
    const at = this.room(16);
    this.buffer.write(value, at, 16, 'hex');
  }

  string(value: string | null): void {
    if (value === null) {
      if (this.flexible) this.uvarint(0);
      else this.int16(-1);
      return;
    }
    const length = Buffer.byteLength(value);
    if (this.flexible) this.uvarint(length + 1);
    else this.int16(length);
    const at = this.room(length);
    this.buffer.write(value, at, length, 'utf8');
  }

  bytes(value: Buffer | null): void {
    if (value === null) {
      if (this.flexible) this.uvarint(0);
      else this.int32(-1);
      return;
    }
    if (this.flexible) this.uvarint(value.length + 1);
    else this.int32(value.length);
    this.raw(value);
  }

  /** Bytes without a length; large ones by reference: the caller must not change them before they are sent. */
  raw(value: Buffer): void {
    if (value.length < CHUNK_FROM) {
      const at = this.room(value.length);
      value.copy(this.buffer, at);
      return;
    }
    this.flush();
    this.chunks.push(value);
    this.done += value.length;
  }

  arrayLength(length: number): void {
    if (this.flexible) this.uvarint(length + 1);
    else this.int32(length);
  }

  private flush(): void {
    if (this.position > 0) {
      this.chunks.push(this.buffer.subarray(0, this.position));
      this.done += this.position;
      this.buffer = this.buffer.subarray(this.position);
      this.position = 0;
      if (this.buffer.length < 64) this.buffer = Buffer.allocUnsafe(512);
    }
  }

  /** Everything written, in order. */
  parts(): Buffer[] {
    this.flush();
    return this.chunks;
  }

  toBuffer(): Buffer {
    const parts = this.parts();
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }
}
