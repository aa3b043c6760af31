// The seed: the rows that the writer cycles through, read from a CSV or JSON file with every fault named by file, line
// and column. Called by the writer, and by the control plane, which reads a seed before it takes the setting.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { LiveDbError } from '../shared/errors.ts';
import { parseCsvSeed } from './seed-csv.ts';
import { SeedCollector, type SeedFault } from './seed-fields.ts';
import { parseJsonSeed } from './seed-json.ts';
import { decodeSeedText } from './seed-text.ts';

export type { SeedFault } from './seed-fields.ts';

/** The whole seed is kept in memory, by the control plane only while it looks through it. */
export const MAX_SEED_BYTES = 64 * 1024 * 1024;
export const MAX_SEED_ROWS = 1_000_000;

/** Rows as columns of equal length; `amount` is decimal text with exactly two places. */
export interface Seed {
  /** File name without its folder. */
  file: string;
  rows: number;
  org: string[];
  amount: string[];
  region: string[];
  /** Digest of the rows: a place in the cycle holds for this content, whatever the file is called. */
  digest: string;
}

/** Details of a LiveDbError `seed.invalid`: at most 50 faults, and how many more there are. */
export interface SeedFaults {
  file: string;
  faults: SeedFault[];
  more: number;
}

const REMEDY = 'Correct the file and choose it again. The running seed is kept and nothing was written.';

function invalid(file: string, { faults, more }: { faults: SeedFault[]; more: number }): LiveDbError {
  const [first] = faults;
  const others = faults.length - 1 + more;
  const tail = others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'fault' : 'faults'})`;
  const details: SeedFaults = { file, faults, more };
  const message = `${first?.message ?? `${file} cannot be read as a seed.`}${tail}`;
  return new LiveDbError({ code: 'seed.invalid', message, remedy: REMEDY, details });
}

/** What the name says, else what the content looks like. */
function looksLikeJson(file: string, text: string): boolean {
  const extension = extname(file).toLowerCase();
  if (extension === '.json') return true;
  return extension !== '.csv' && /^\s*[[{]/.test(text);
}

/**
 * Reads a seed out of the bytes of a file. Gives the event loop its turn on large ones. Throws LiveDbError
 * `seed.invalid` with `SeedFaults` as details.
 */
export async function parseSeed(file: string, bytes: Uint8Array): Promise<Seed> {
  const collector = new SeedCollector(file, MAX_SEED_ROWS);
  const text = decodeSeedText(bytes, collector);
  if (text !== null) {
    if (text.trim() === '') collector.fault(1, 1, null, 'the file is empty');
    else if (looksLikeJson(file, text)) parseJsonSeed(text, collector);
    else await parseCsvSeed(text, collector);
  }
  if (collector.faulty) throw invalid(file, collector.summary());
  const { org, amount, region } = collector;
  const hash = createHash('sha256');
  for (const column of [org, amount, region]) hash.update(JSON.stringify(column));
  return { file, rows: org.length, org, amount, region, digest: hash.digest('hex').slice(0, 32) };
}

/** Reads a seed file. Throws LiveDbError `seed.unreadable`, `seed.too-large` or `seed.invalid`. */
export async function readSeed(path: string): Promise<Seed> {
  return parseSeed(basename(path), await readBounded(path));
}

async function readBounded(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > MAX_SEED_BYTES) throw tooLarge(path, size);
    return await file.readFile();
  } catch (error) {
    if (error instanceof LiveDbError) throw error;
    throw unreadable(path, error);
  }
}

function tooLarge(path: string, size: number): LiveDbError {
  const megabytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
  return new LiveDbError({
    code: 'seed.too-large',
    message: `${basename(path)} has ${megabytes(size)} MB; a seed may have ${megabytes(MAX_SEED_BYTES)} MB.`,
    remedy: 'Take a part of it: the writer cycles through its rows for ever.',
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a part of its path is not a folder',
  ENAMETOOLONG: 'its path is too long',
};

function unreadable(path: string, error: unknown): LiveDbError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
  return new LiveDbError(
    {
      code: 'seed.unreadable',
      message: `The seed file ${path} cannot be read: ${reason}.`,
      remedy: 'Choose a CSV or JSON file that exists. The running seed is kept and nothing was written.',
    },
    { cause: error },
  );
}
