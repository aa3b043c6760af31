// Large buffers used again and again: request frames and fetched records. Without it each megabyte that passes through
// is a new allocation, which the garbage collector hands back late: the process would grow to several times its need.

const SMALLEST = 16 * 1024;
/** Larger ones are rare and not kept. */
const LARGEST = 8 * 1024 * 1024;
/** Kept for the next use, all together. */
const MAX_KEPT = 8 * 1024 * 1024;

export class BufferPool {
  /** Free buffers by size, which is a power of two. */
  private readonly free = new Map<number, ArrayBuffer[]>();
  private kept = 0;

  /** A buffer of exactly `bytes`, its content undefined. */
  take(bytes: number): Buffer {
    if (bytes < SMALLEST || bytes > LARGEST) return Buffer.allocUnsafeSlow(bytes);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const used = this.free.get(size)?.pop();
    if (used === undefined) return Buffer.from(new ArrayBuffer(size), 0, bytes);
    this.kept -= size;
    return Buffer.from(used, 0, bytes);
  }

  /** Takes a buffer back; nobody may hold a view of it any more. */
  give(buffer: Buffer): void {
    const { buffer: whole } = buffer;
    const size = whole.byteLength;
    const pooled =
      whole instanceof ArrayBuffer &&
      size >= SMALLEST &&
      size <= LARGEST &&
      Number.isInteger(Math.log2(size));
    if (!pooled || this.kept + size > MAX_KEPT) return;
    const list = this.free.get(size) ?? [];
    list.push(whole);
    this.free.set(size, list);
    this.kept += size;
  }
}
