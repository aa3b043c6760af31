// One state as a file: bodies (a checkpoint has one, a savepoint those of a whole chain), what they belong to, and a
// checksum over all. Written to a temporary name piece by piece, synced and renamed. Used by the checkpoint store.
//
//   "LDBC" 2 | bodies | JSON of the meta | its length (4 bytes, little-endian) | CRC-32 of everything before
//
// Version 1 had the meta in front: "LDBC" 1 | length | JSON | body | CRC-32.
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { LineFacts } from '../../../clients/line-folder.ts';
import { LateCounted } from '../../../shared/side-records.ts';
import { RewindProgress } from '../../../shared/states.ts';
import { CoreMeta } from './state-snapshot.ts';

const MAGIC = Buffer.from('LDBC');
const VERSION_META_FIRST = 1;
const VERSION = 2;
const HEAD_BYTES = 5;
const FOOT_BYTES = 8;
const READ_BYTES = 1024 * 1024;

const Offsets = z.record(z.string(), z.number());

export const CheckpointMeta = z.object({
  sequence: z.number(),
  chainFrom: z.number(),
  /** Name of a savepoint; null for a checkpoint. */
  name: z.string().nullable().default(null),
  /** Name of the query. */
  query: z.string().default(''),
  /** Epoch ms. */
  at: z.number(),
  durationMs: z.number().default(0),
  /** Lengths of the bodies, oldest first; empty: one body. */
  parts: z.array(z.number()).default([]),
  /** Per partition: next offset to read, and the CRC of the last record read (null: unknown). */
  input: z.record(z.string(), z.object({ next: z.number(), last: z.number().nullable() })),
  /** Per partition: events below were counted and their ids taken before; only windows take them in again. */
  counted: Offsets.default({}),
  /** Per partition of the results topic: everything from here on was published later. */
  results: Offsets,
  /** The same for the topics of late and of unreadable records; null before there were any. */
  late: Offsets.nullable().default(null),
  dead: Offsets.nullable().default(null),
  counters: z.object({
    events: z.number(),
    duplicates: z.number(),
    replayed: z.number(),
    unreadable: z.number(),
    results: z.number(),
    future: z.number().default(0),
  }),
  /** Events dated in the future, per partition. */
  future: Offsets.default({}),
  core: CoreMeta,
  /** The state went back: what stands published of windows that it no longer holds is put right first. */
  wentBack: z.boolean().default(false),
  /** Where the results topic ended then: what was published before it belongs to what was undone. */
  backAt: Offsets.default({}),
  /** The last rewind. */
  rewind: RewindProgress.nullable().default(null),
  /** Late records that rewinds counted after all, oldest rewind first. */
  lateCounted: z.array(LateCounted).default([]),
});
export type CheckpointMeta = z.infer<typeof CheckpointMeta>;
export type CheckpointInput = z.input<typeof CheckpointMeta>;

/** What others may know of a line by its newest checkpoint. */
export function factsOf({ core, lateCounted }: CheckpointMeta): LineFacts {
  const newest = core.states.at(-1);
  if (newest === undefined) return { now: null, lateCounted };
  const { spec, from } = newest;
  return { now: { spec, from, skippedAt: core.asked?.skippedAt ?? 0 }, lateCounted };
}

export interface LoadedCheckpoint {
  meta: CheckpointMeta;
  /** Bodies of the chain, oldest first; the last is the checkpoint's own. */
  bodies: Buffer[];
}

/** Writes one state file; nothing of it is seen under its name before `finish`. */
export class StateFileWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  #sum: number;
  #bytes = HEAD_BYTES;

  private constructor(path: string, file: FileHandle, head: Buffer) {
    this.#path = path;
    this.#file = file;
    this.#sum = crc32(head);
  }

  static async open(path: string): Promise<StateFileWriter> {
    const file = await open(`${path}.tmp`, 'w');
    const head = Buffer.concat([MAGIC, Buffer.of(VERSION)]);
    try {
      await file.writev([head]);
      return new StateFileWriter(path, file, head);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async write(piece: Buffer): Promise<void> {
    this.#sum = crc32(piece, this.#sum);
    this.#bytes += piece.length;
    if (piece.length > 0) await this.#file.writev([piece]);
  }

  /** Makes it durable under its name; returns its size in bytes. */
  async finish(meta: CheckpointMeta): Promise<number> {
    const json = Buffer.from(JSON.stringify(meta), 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(json.length);
    await this.write(json);
    await this.write(length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(this.#sum);
    await this.#file.writev([sum]);
    await this.#file.sync();
    await this.#file.close();
    await rename(`${this.#path}.tmp`, this.#path);
    await syncFolder(dirname(this.#path));
    return this.#bytes + sum.length;
  }

  /** Gives it up after a failure. */
  async abandon(): Promise<void> {
    await this.#file.close();
    await rm(`${this.#path}.tmp`, { force: true });
  }
}

/** Makes a rename durable; Windows cannot sync a folder and does not need it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Null when it is no whole state file of this or an earlier version. */
export async function readStateFile(path: string): Promise<LoadedCheckpoint | null> {
  return parse(await readFile(path));
}

function parse(bytes: Buffer): LoadedCheckpoint | null {
  const end = bytes.length - 4;
  if (end < HEAD_BYTES + 4 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return null;
  const version = bytes[MAGIC.length];
  if (version === VERSION_META_FIRST) {
    const from = HEAD_BYTES + 4;
    const jsonEnd = from + bytes.readUInt32LE(HEAD_BYTES);
    const meta = jsonEnd > end ? null : metaOf(bytes.subarray(from, jsonEnd));
    return meta === null ? null : { meta, bodies: [bytes.subarray(jsonEnd, end)] };
  }
  if (version !== VERSION) return null;
  const jsonEnd = bytes.length - FOOT_BYTES;
  const from = jsonEnd - bytes.readUInt32LE(jsonEnd);
  const meta = from < HEAD_BYTES ? null : metaOf(bytes.subarray(from, jsonEnd));
  if (meta === null) return null;
  const lengths = meta.parts.length > 0 ? meta.parts : [from - HEAD_BYTES];
  const bodies: Buffer[] = [];
  let at = HEAD_BYTES;
  for (const length of lengths) {
    bodies.push(bytes.subarray(at, at + length));
    at += length;
  }
  return at === from ? { meta, bodies } : null;
}

function metaOf(json: Buffer): CheckpointMeta | null {
  try {
    return CheckpointMeta.parse(JSON.parse(json.toString('utf8')));
  } catch {
    // A state of another version of LiveDB: as good as none.
    return null;
  }
}

/** The meta of a file and its size, without reading the bodies or checking the sum; null when it does not parse. */
export async function readStateMeta(path: string): Promise<{ meta: CheckpointMeta; bytes: number } | null> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < HEAD_BYTES + FOOT_BYTES) return null;
    const foot = Buffer.alloc(FOOT_BYTES);
    await file.read(foot, 0, FOOT_BYTES, size - FOOT_BYTES);
    const length = foot.readUInt32LE();
    const from = size - FOOT_BYTES - length;
    if (from < HEAD_BYTES) return null;
    const json = Buffer.alloc(length);
    await file.read(json, 0, length, from);
    const meta = metaOf(json);
    return meta === null ? null : { meta, bytes: size };
  } finally {
    await file.close();
  }
}

/** Whether the checksum fits, read piece by piece. */
export async function isWholeStateFile(path: string): Promise<boolean> {
  const { size } = await stat(path);
  if (size < HEAD_BYTES + 4) return false;
  const file = await open(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(READ_BYTES);
    let sum = 0;
    for (let at = 0; at < size - 4; ) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, size - 4 - at), at);
      if (bytesRead === 0) return false;
      sum = crc32(piece.subarray(0, bytesRead), sum);
      at += bytesRead;
    }
    const { bytesRead } = await file.read(piece, 0, 4, size - 4);
    return bytesRead === 4 && piece.readUInt32LE(0) === sum;
  } finally {
    await file.close();
  }
}
