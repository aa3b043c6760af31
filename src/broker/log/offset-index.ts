// Sparse index of one segment: from an offset or a time to a place in the file from which to walk the batches. One
// entry for each INDEX_INTERVAL bytes; kept in memory and written beside its segment.

/** A walk from an index entry passes at most about this many bytes before it meets its batch. */
const INDEX_INTERVAL = 16 * 1024;
const ENTRY_BYTES = 24;

export interface IndexEntry {
  offset: number;
  position: number;
  /** Greatest time of all batches before this entry (epoch ms). */
  timeBefore: number;
}

export class OffsetIndex {
  private entries: Float64Array;
  private count = 0;

  constructor() {
    this.entries = new Float64Array(3 * 64);
  }

  get length(): number {
    return this.count;
  }

  /** Notes a batch when the last entry is far enough away. */
  note(offset: number, position: number, timeBefore: number): void {
    if (this.count > 0 && position - this.positionOf(this.count - 1) < INDEX_INTERVAL) return;
    if (this.count * 3 === this.entries.length) {
      const grown = new Float64Array(this.entries.length * 2);
      grown.set(this.entries);
      this.entries = grown;
    }
    this.entries.set([offset, position, timeBefore], this.count * 3);
    this.count += 1;
  }

  private positionOf(index: number): number {
    return this.entries[index * 3 + 1] ?? 0;
  }

  /** Greatest entry for which `field` is at most (or, for times, below) `target`. */
  private search(field: 0 | 2, target: number): number {
    let low = 0;
    let high = this.count - 1;
    let found = 0;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const value = this.entries[middle * 3 + field] ?? 0;
      if (field === 0 ? value <= target : value < target) {
        found = middle;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return found;
  }

  /** Place in the file at or before the batch that holds `offset`. */
  positionFor(offset: number): number {
    return this.count === 0 ? 0 : this.positionOf(this.search(0, offset));
  }

  /** Place in the file at or before the first batch that has a record at or after `timestamp`. */
  positionForTime(timestamp: number): number {
    return this.count === 0 ? 0 : this.positionOf(this.search(2, timestamp));
  }

  /** Greatest time known before the last entry, epoch ms; -1 when there is none. */
  timeBeforeLast(): number {
    return this.count === 0 ? -1 : (this.entries[(this.count - 1) * 3 + 2] ?? -1);
  }

  /** Forgets everything at or after a place in the file (a torn tail was cut). */
  cut(position: number): void {
    while (this.count > 0 && this.positionOf(this.count - 1) >= position) this.count -= 1;
  }

  toBuffer(): Buffer {
    const bytes = Buffer.allocUnsafe(this.count * ENTRY_BYTES);
    for (let index = 0; index < this.count * 3; index += 1)
      bytes.writeDoubleBE(this.entries[index] ?? 0, index * 8);
    return bytes;
  }

  /** The index in `bytes`, or null when it cannot be one of a file of `fileSize` bytes. */
  static from(bytes: Buffer, fileSize: number): OffsetIndex | null {
    if (bytes.length % ENTRY_BYTES !== 0) return null;
    const index = new OffsetIndex();
    let lastPosition = -1;
    let lastOffset = -1;
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      const offset = bytes.readDoubleBE(at);
      const position = bytes.readDoubleBE(at + 8);
      if (position <= lastPosition || offset <= lastOffset || position >= fileSize) return null;
      index.note(offset, position, bytes.readDoubleBE(at + 16));
      lastPosition = position;
      lastOffset = offset;
    }
    return index;
  }
}
