// The checkpoint files of one processor: written to a temporary name, synced, renamed; checked when read; a faulty one
// is passed over for the one before. Used by the live engine alone.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { CoreMeta } from './state-snapshot.ts';

const MAGIC = Buffer.from('LDBC\x01');
/** So many of the newest checkpoints can be restored from, at least. */
const KEPT = 5;
const NAME = /^checkpoint-(\d{12})\.bin$/;

export const CheckpointMeta = z.object({
  sequence: z.number(),
  chainFrom: z.number(),
  /** Epoch ms. */
  at: z.number(),
  /** Per partition: next offset to read, and the CRC of the last record read (null: unknown). */
  input: z.record(z.string(), z.object({ next: z.number(), last: z.number().nullable() })),
  /** Per partition of the results topic: everything from here on was published later. */
  results: z.record(z.string(), z.number()),
  counters: z.object({
    events: z.number(),
    duplicates: z.number(),
    replayed: z.number(),
    unreadable: z.number(),
    results: z.number(),
  }),
  core: CoreMeta,
});
export type CheckpointMeta = z.infer<typeof CheckpointMeta>;

export interface LoadedCheckpoint {
  meta: CheckpointMeta;
  /** Bodies of the chain, oldest first; the last is the checkpoint's own. */
  bodies: Buffer[];
}

export class CheckpointStore {
  readonly #folder: string;
  /** Sequence → chainFrom of the files that are there. */
  readonly #files = new Map<number, number>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<CheckpointStore> {
    await mkdir(folder, { recursive: true });
    return new CheckpointStore(folder);
  }

  /** Number for the next checkpoint. */
  get next(): number {
    return Math.max(0, ...this.#files.keys()) + 1;
  }

  /**
   * The newest checkpoint that is whole, with the chain that it needs; null when there is none. `faulty` names files
   * that were passed over; they are deleted, so that later checkpoints do not build on them.
   */
  async load(): Promise<{ loaded: LoadedCheckpoint | null; faulty: string[] }> {
    const read = new Map<number, { meta: CheckpointMeta; body: Buffer }>();
    const faulty: string[] = [];
    const sequences: number[] = [];
    for (const name of await readdir(this.#folder)) {
      const match = NAME.exec(name);
      if (match !== null) sequences.push(Number(match[1]));
      else if (name.endsWith('.tmp')) await rm(join(this.#folder, name), { force: true });
    }
    sequences.sort((a, b) => b - a);
    for (const sequence of sequences) {
      const parsed = parse(await readFile(this.#path(sequence)));
      if (parsed === null || parsed.meta.sequence !== sequence) faulty.push(fileName(sequence));
      else read.set(sequence, parsed);
    }
    const usable = sequences.find((sequence) => {
      const chainFrom = read.get(sequence)?.meta.chainFrom;
      if (chainFrom === undefined) return false;
      for (let link = chainFrom; link <= sequence; link++) if (!read.has(link)) return false;
      return true;
    });
    // Faulty older files are kept out of the way by the chain check; newer ones must not become part of a chain.
    for (const sequence of sequences) {
      if (usable === undefined || sequence > usable) await rm(this.#path(sequence), { force: true });
      else this.#files.set(sequence, read.get(sequence)?.meta.chainFrom ?? sequence);
    }
    const newest = usable === undefined ? undefined : read.get(usable);
    if (usable === undefined || newest === undefined) return { loaded: null, faulty };
    const bodies: Buffer[] = [];
    for (let link = newest.meta.chainFrom; link <= usable; link++) {
      const body = read.get(link)?.body;
      if (body !== undefined) bodies.push(body);
    }
    return { loaded: { meta: newest.meta, bodies }, faulty };
  }

  /** Makes one checkpoint durable; returns its size in bytes. Older ones that are no longer needed are deleted after. */
  async write(meta: CheckpointMeta, body: Buffer): Promise<number> {
    const json = Buffer.from(JSON.stringify(meta), 'utf8');
    const head = Buffer.alloc(MAGIC.length + 4);
    MAGIC.copy(head);
    head.writeUInt32LE(json.length, MAGIC.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(body, crc32(json, crc32(head))));
    const path = this.#path(meta.sequence);
    const temporary = `${path}.tmp`;
    const file = await open(temporary, 'w');
    try {
      await file.writev([head, json, body, sum]);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await this.#syncFolder();
    this.#files.set(meta.sequence, meta.chainFrom);
    await this.#prune(meta);
    return head.length + json.length + body.length + sum.length;
  }

  /** Deletes every checkpoint: the log they belong to is gone. */
  async clear(): Promise<void> {
    for (const sequence of this.#files.keys()) await rm(this.#path(sequence), { force: true });
    this.#files.clear();
  }

  async #prune(newest: CheckpointMeta): Promise<void> {
    // The chain before the newest one stays too: one faulty file must not cost everything.
    const before = Math.min(newest.chainFrom - 1, newest.sequence - KEPT + 1);
    const keepFrom =
      this.#files.get(before) ?? (this.#files.has(newest.chainFrom) ? before : newest.chainFrom);
    for (const sequence of [...this.#files.keys()]) {
      if (sequence >= keepFrom) continue;
      await rm(this.#path(sequence), { force: true });
      this.#files.delete(sequence);
    }
  }

  /** Makes the rename durable; Windows cannot sync a folder and does not need it. */
  async #syncFolder(): Promise<void> {
    if (process.platform === 'win32') return;
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #path(sequence: number): string {
    return join(this.#folder, fileName(sequence));
  }
}

function fileName(sequence: number): string {
  return `checkpoint-${String(sequence).padStart(12, '0')}.bin`;
}

function parse(bytes: Buffer): { meta: CheckpointMeta; body: Buffer } | null {
  const headLength = MAGIC.length + 4;
  if (bytes.length < headLength + 4 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const end = bytes.length - 4;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return null;
  const jsonEnd = headLength + bytes.readUInt32LE(MAGIC.length);
  if (jsonEnd > end) return null;
  try {
    const meta = CheckpointMeta.parse(JSON.parse(bytes.toString('utf8', headLength, jsonEnd)));
    return { meta, body: bytes.subarray(jsonEnd, end) };
  } catch {
    // A checkpoint of another version of LiveDB: as good as none.
    return null;
  }
}
