// A small append-only file of JSON entries, each with its length and checksum, that outlives a kill: a torn last entry
// is cut when it is opened, and it is written anew, atomically, when it has grown. Keeps group offsets and transactions.
//   entry => length:uint32 crc32c:uint32 json
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { crc32c } from '@node-rs/crc32';
import { appendWhole, writeFresh } from './durable-file.ts';

const HEAD = 8;
const MAX_ENTRY = 16 * 1024 * 1024;
/** Rewritten when it is this big and twice as big as after its last rewriting. */
const COMPACT_FROM = 4 * 1024 * 1024;

function encode(entry: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(entry));
  const bytes = Buffer.allocUnsafe(HEAD + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.writeUInt32BE(crc32c(body), 4);
  body.copy(bytes, HEAD);
  return bytes;
}

export class Journal {
  private readonly path: string;
  /** All that must be kept, for a rewriting. */
  private readonly snapshot: () => Iterable<unknown>;
  private readonly onCompactFailed: (error: unknown) => void;
  private file: number;
  private size = 0;
  private compacted: number;
  private dirty = false;
  private syncing = false;

  /** Opens the journal and gives every entry to `replay`, oldest first. */
  constructor(
    path: string,
    replay: (entry: unknown) => void,
    snapshot: () => Iterable<unknown>,
    onCompactFailed: (error: unknown) => void,
  ) {
    this.path = path;
    this.snapshot = snapshot;
    this.onCompactFailed = onCompactFailed;
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    while (this.size + HEAD <= bytes.length) {
      const length = bytes.readUInt32BE(this.size);
      const end = this.size + HEAD + length;
      if (length > MAX_ENTRY || end > bytes.length) break;
      const body = bytes.subarray(this.size + HEAD, end);
      if (crc32c(body) !== bytes.readUInt32BE(this.size + 4)) break;
      replay(JSON.parse(body.toString()));
      this.size = end;
    }
    this.file = openSync(path, existsSync(path) ? 'r+' : 'w+', 0o600);
    ftruncateSync(this.file, this.size);
    this.compacted = this.size;
  }

  /** Adds entries, all or none; they outlive the process when this returns. Throws what the disk says. */
  append(...entries: unknown[]): void {
    const bytes = Buffer.concat(entries.map(encode));
    appendWhole(this.file, bytes, this.size);
    this.size += bytes.length;
    this.dirty = true;
    const grown = this.size > COMPACT_FROM && this.size > this.compacted * 2;
    if (grown && !this.syncing) this.compactIfPossible();
  }

  /** The entries are safe in the old file: a rewriting that fails is tried again when that has doubled once more. */
  private compactIfPossible(): void {
    try {
      this.compact();
    } catch (error) {
      this.compacted = this.size;
      this.onCompactFailed(error);
    }
  }

  /** Writes the file anew from the snapshot. */
  private compact(): void {
    const bytes = Buffer.concat([...this.snapshot()].map(encode));
    const fresh = writeFresh(this.path, bytes);
    // Closed before it is replaced: Windows refuses otherwise.
    closeSync(this.file);
    try {
      renameSync(fresh, this.path);
      this.size = bytes.length;
      this.compacted = bytes.length;
    } finally {
      this.file = openSync(this.path, 'r+');
    }
  }

  /** Puts it on the disk itself. */
  async sync(): Promise<void> {
    if (!this.dirty || this.syncing) return;
    this.dirty = false;
    this.syncing = true;
    try {
      await promisify(fdatasync)(this.file);
    } finally {
      this.syncing = false;
    }
  }

  /** Not while a sync is running. */
  close(): void {
    if (this.dirty) fsyncSync(this.file);
    closeSync(this.file);
  }
}
