// Reads a bundle into a history file of its own, line by line, each checked; the file is whole or it is gone. Pauses
// with the stream, so that the control plane goes on meanwhile. Called by control/past.ts.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { Annotation } from '../../../shared/annotation.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import type { HistoryAnswer, HistoryQuery } from '../../../shared/history.ts';
import type { Moment } from '../../../shared/past.ts';
import { answer, momentAt } from '../answers.ts';
import { type HistoryDatabase, openHistoryFile } from '../file.ts';
import { readSnapshot, splitMoment, statesOf } from '../moment-code.ts';
import type { NewMoment } from '../moments.ts';
import { openRecords, type Records } from '../records.ts';
import {
  BUNDLE_FORMAT,
  BundleEnd,
  BundleHeader,
  BundleLine,
  badBundle,
  MAX_LINE_BYTES,
  MAX_PACKED_BYTES,
  MAX_UNPACKED_BYTES,
} from './format.ts';

/** A bundle as a past that can be asked. */
export interface OpenedBundle {
  header: BundleHeader;
  query(query: HistoryQuery): HistoryAnswer;
  moment(at: number): Moment | null;
  annotations(from: number, to: number): Annotation[];
  /** Closes and deletes its file. */
  close(): Promise<void>;
}

type Kept = Exclude<BundleLine, { kind: 'moment' }> | { kind: 'moment'; moment: NewMoment };

const LINES_AT_ONCE = 200;
const NEWLINE = 0x0a;

/** Throws LiveDbError `bundle.missing`, `bundle.invalid` or `bundle.too-new`; `file` does not exist then. */
export async function openBundle(path: string, file: string): Promise<OpenedBundle> {
  const name = basename(path);
  const { db } = openHistoryFile(file, Date.now());
  const discard = async () => {
    db.close();
    for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true });
  };
  try {
    await checkSize(path, name);
    // Private to this process and thrown away with it: not worth a flush.
    db.pragma('synchronous = OFF');
    const records = openRecords(db);
    const header = await load(path, name, db, records);
    return {
      header,
      query: (query) => answer(records, query, Math.min(query.to ?? header.to, header.to)),
      // A bundle of last year is thinned as it was when it was written.
      moment: (at) => momentAt(records, at, header.createdAt),
      annotations: records.annotations.range,
      close: discard,
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Only the first line: what the bundle says of itself. */
export async function readHeader(path: string): Promise<BundleHeader> {
  const name = basename(path);
  await checkSize(path, name);
  for await (const line of linesIn(path, name)) return headerOf(line.toString(), name);
  throw badBundle(name, 'it is empty');
}

async function checkSize(path: string, name: string): Promise<void> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (error) {
    throw new LiveDbError(
      {
        code: 'bundle.missing',
        message: `There is no file ${path}.`,
        remedy: 'Give the name of a bundle in the data folder, or the whole path of another.',
      },
      { cause: error },
    );
  }
  if (!found.isFile()) throw badBundle(name, 'it is not a file');
  if (found.size > MAX_PACKED_BYTES) {
    throw badBundle(name, `it is larger than ${MAX_PACKED_BYTES / 1024 / 1024} MB`);
  }
}

function headerOf(line: string, name: string): BundleHeader {
  const header = BundleHeader.safeParse(jsonOf(line, 1, name));
  if (!header.success) throw badBundle(name, 'it does not begin like a bundle of LiveDB');
  if (header.data.format > BUNDLE_FORMAT) {
    throw new LiveDbError({
      code: 'bundle.too-new',
      message: `${name} was written by LiveDB ${header.data.version}, in a form that this one does not know.`,
      remedy: 'Open it with that version, or a newer one.',
    });
  }
  return header.data;
}

function jsonOf(line: string, number: number, name: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) throw badBundle(name, `line ${number} is not JSON`);
    throw error;
  }
}

async function load(
  path: string,
  name: string,
  db: HistoryDatabase,
  records: Records,
): Promise<BundleHeader> {
  const hash = createHash('sha256');
  const counted: BundleEnd['lines'] = {};
  let header: BundleHeader | null = null;
  let end: BundleEnd | null = null;
  let number = 0;
  let batch: Kept[] = [];
  const store = db.transaction((lines: readonly Kept[]) => {
    for (const line of lines) keep(line, records);
  });

  for await (const bytes of linesIn(path, name)) {
    number += 1;
    if (end !== null) throw badBundle(name, 'something stands behind its end');
    const text = bytes.toString();
    if (header === null) {
      header = headerOf(text, name);
      update(hash, bytes);
      continue;
    }
    const json = jsonOf(text, number, name);
    const isEnd = typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'end';
    if (isEnd) {
      end = lineOf(BundleEnd, json, number, name);
      continue;
    }
    update(hash, bytes);
    const line = lineOf(BundleLine, json, number, name);
    counted[line.kind] = (counted[line.kind] ?? 0) + 1;
    batch.push(checked(line, number, name));
    if (batch.length >= LINES_AT_ONCE) {
      store(batch);
      batch = [];
    }
  }
  store(batch);
  if (header === null) throw badBundle(name, 'it is empty');
  if (end === null) throw badBundle(name, 'its end is missing');
  const kinds = new Set([...Object.keys(counted), ...Object.keys(end.lines)]) as Set<BundleLine['kind']>;
  for (const kind of kinds) {
    if (counted[kind] !== end.lines[kind])
      throw badBundle(name, `lines of kind "${kind}" are missing or too many`);
  }
  if (hash.digest('hex') !== end.sha256) throw badBundle(name, 'its checksum is wrong');
  return header;
}

function update(hash: Hash, line: Buffer): void {
  hash.update(line);
  hash.update('\n');
}

function lineOf<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  json: unknown,
  number: number,
  name: string,
): T {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw badBundle(name, `line ${number} is of no known form`);
  return parsed.data;
}

/** Whether a moment can be shown is known now, not when somebody looks at it. */
function checked(line: BundleLine, number: number, name: string): Kept {
  if (line.kind !== 'moment') return line;
  try {
    const snapshot = readSnapshot(line.snapshot, []);
    return { kind: 'moment', moment: { at: line.at, states: statesOf(snapshot), ...splitMoment(snapshot) } };
  } catch (error) {
    if (error instanceof Error) throw badBundle(name, `the moment in line ${number} cannot be read`);
    throw error;
  }
}

function keep(line: Kept, records: Records): void {
  switch (line.kind) {
    case 'point':
      records.points.put(line.point);
      return;
    case 'result':
      records.results.record([line.result]);
      return;
    case 'incident':
      records.journal.recordIncident(line.incident);
      return;
    case 'run':
      records.journal.putRun(line.run);
      return;
    case 'annotation':
      records.annotations.put(line.annotation);
      return;
    case 'moment':
      records.moments.record(line.moment);
  }
}

/** The unpacked lines, without their ends. Throws `bundle.invalid` for what is no gzip, cut off or beyond a bound. */
async function* linesIn(path: string, name: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  const unpacked = createGunzip();
  file.on('error', (error) => unpacked.destroy(error));
  file.pipe(unpacked);
  let rest: Buffer[] = [];
  let waiting = 0;
  let total = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > MAX_UNPACKED_BYTES) throw badBundle(name, 'it unpacks to more than a bundle may hold');
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
        const line = chunk.subarray(start, at);
        yield waiting === 0 ? line : Buffer.concat([...rest, line]);
        rest = [];
        waiting = 0;
        start = at + 1;
      }
      if (start < chunk.length) {
        rest.push(chunk.subarray(start));
        waiting += chunk.length - start;
        if (waiting > MAX_LINE_BYTES) throw badBundle(name, 'a line of it is too long');
      }
    }
    if (waiting > 0) throw badBundle(name, 'its last line is cut off');
  } catch (error) {
    if (error instanceof LiveDbError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('Z_')) throw badBundle(name, 'it is no gzip file, or a part of it is missing');
    throw error;
  } finally {
    file.destroy();
    unpacked.destroy();
  }
}
