// One file of a partition's log: batches one behind the other from `baseOffset` on, with its sparse index. Written and
// read by PartitionLog alone. Writes go to the operating system before they return, so they outlive the process.
import {
  closeSync,
  existsSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BATCH_HEADER, type BatchHeader, batchSizeAt, headerAt, isIntact } from './batch.ts';
import { appendWhole, replaceFileLater } from './durable-file.ts';
import { OffsetIndex } from './offset-index.ts';

const DIGITS = 20;
/** Read in steps of this size when batches are walked. */
const SCAN_CHUNK = 1024 * 1024;

export type Allocate = (bytes: number) => Buffer;

export function segmentName(baseOffset: number): string {
  return `${String(baseOffset).padStart(DIGITS, '0')}.log`;
}

export class Segment {
  readonly baseOffset: number;
  readonly path: string;
  size: number;
  /** Offset after the last one in this segment. */
  nextOffset: number;
  /** Greatest time in it, epoch ms; -1 when there is none. */
  maxTimestamp = -1;
  index = new OffsetIndex();
  private file: number | null = null;
  private syncing = 0;
  private closing = false;

  constructor(folder: string, baseOffset: number) {
    this.baseOffset = baseOffset;
    this.nextOffset = baseOffset;
    this.path = join(folder, segmentName(baseOffset));
    this.size = fstatSync(this.handle()).size;
  }

  private get indexPath(): string {
    return `${this.path.slice(0, -'.log'.length)}.index`;
  }

  /** File descriptor, opened when first wanted. */
  handle(): number {
    // 'a+' would ignore the position of a write; 'r+' needs the file to be there.
    this.file ??= existsSync(this.path) ? openSync(this.path, 'r+') : openSync(this.path, 'w+', 0o600);
    return this.file;
  }

  /** Appends placed batches. Throws what the disk says; nothing of them stays then. */
  append(bytes: Buffer, headers: readonly BatchHeader[], baseOffset: number, nextOffset: number): void {
    appendWhole(this.handle(), bytes, this.size);
    let offset = baseOffset;
    for (const header of headers) {
      this.note(offset, this.size + header.position, header.maxTimestamp);
      offset += header.recordCount;
    }
    this.size += bytes.length;
    this.nextOffset = nextOffset;
  }

  private note(offset: number, position: number, maxTimestamp: number): void {
    this.index.note(offset, position, this.maxTimestamp);
    if (maxTimestamp > this.maxTimestamp) this.maxTimestamp = maxTimestamp;
  }

  /** Up to `length` bytes from `position`, in a buffer that `allocate` gives. */
  read(position: number, length: number, allocate: Allocate = Buffer.allocUnsafeSlow): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - position));
    const buffer = allocate(wanted);
    let got = 0;
    while (got < wanted) {
      const read = readSync(this.handle(), buffer, got, wanted - got, position + got);
      if (read === 0) break;
      got += read;
    }
    return got === wanted ? buffer : buffer.subarray(0, got);
  }

  /**
   * Walks the whole batches from `position` on and calls `visit` with each; stops when it returns false, at a torn
   * batch or, with `checked`, at a batch whose checksum is wrong. Returns the place behind the last good batch.
   */
  walk(
    position: number,
    checked: boolean,
    visit: (buffer: Buffer, header: BatchHeader, position: number) => boolean,
  ): number {
    let at = position;
    while (at < this.size) {
      let chunk = this.read(at, SCAN_CHUNK);
      const size = batchSizeAt(chunk, 0);
      if (size < BATCH_HEADER || at + size > this.size) return at;
      if (size > chunk.length) chunk = this.read(at, size);
      let inside = 0;
      for (;;) {
        const header = headerAt(chunk, inside);
        if (header === null || inside + header.size > chunk.length) break;
        if (checked && (header.magic !== 2 || !isIntact(chunk, header))) return at + inside;
        if (!visit(chunk, header, at + inside)) return at + inside;
        inside += header.size;
      }
      if (inside === 0) return at;
      at += inside;
    }
    return at;
  }

  /** Takes the index of what lies before the place `end` from its file; false when there is none that fits. */
  loadIndex(end: number): boolean {
    if (!existsSync(this.indexPath)) return false;
    const index = OffsetIndex.from(readFileSync(this.indexPath), this.size);
    if (index === null) return false;
    // An index may have been written later than the place it is taken for.
    index.cut(end);
    this.index = index;
    this.maxTimestamp = index.timeBeforeLast();
    return true;
  }

  /** Forgets what was taken from the index, to walk the file from its start instead. */
  forgetIndex(): void {
    this.index = new OffsetIndex();
    this.nextOffset = this.baseOffset;
    this.maxTimestamp = -1;
  }

  async saveIndex(): Promise<void> {
    await replaceFileLater(this.indexPath, this.index.toBuffer());
  }

  /** Puts what was written onto the disk itself. */
  async sync(): Promise<void> {
    this.syncing += 1;
    try {
      await promisify(fdatasync)(this.handle());
    } finally {
      this.syncing -= 1;
      if (this.closing && this.syncing === 0) this.close();
    }
  }

  /** Notes a batch that was found on disk. */
  noteFound(header: BatchHeader, position: number): void {
    this.note(header.baseOffset, position, header.maxTimestamp);
    this.nextOffset = header.lastOffset + 1;
  }

  /** Cuts everything from `position` on. */
  cut(position: number): void {
    ftruncateSync(this.handle(), position);
    this.size = position;
    this.index.cut(position);
  }

  /** Waits for a running sync: its file descriptor must not become another file's meanwhile. */
  close(): void {
    this.closing = this.syncing > 0;
    if (this.closing) return;
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
    rmSync(this.indexPath, { force: true });
  }
}
