// Writes a bundle: header, lines, end, gzipped, into a part file that gets its name only when it is whole. Pauses between
// pages, so that the control plane goes on meanwhile. Called by control/past.ts.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as pause } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { BUNDLE_FORMAT, type BundleEnd, type BundleHeader, type BundleLine } from './format.ts';

export interface BundleContent {
  from: number;
  to: number;
  version: string;
  createdAt: number;
  pages: Iterable<BundleLine[]>;
}

/** Resolves to the size of the file in bytes; nothing is left behind when it fails. */
export async function writeBundle(path: string, content: BundleContent): Promise<number> {
  const part = `${path}.part`;
  try {
    await pipeline(Readable.from(textOf(content)), createGzip(), createWriteStream(part, { mode: 0o600 }));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return (await stat(path)).size;
}

async function* textOf({ from, to, version, createdAt, pages }: BundleContent): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const counted: BundleEnd['lines'] = {};
  const piece = (lines: readonly object[]): Buffer => {
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    hash.update(bytes);
    return bytes;
  };
  const header: BundleHeader = { livedb: 'bundle', format: BUNDLE_FORMAT, version, createdAt, from, to };
  yield piece([header]);
  for (const page of pages) {
    for (const { kind } of page) counted[kind] = (counted[kind] ?? 0) + 1;
    if (page.length > 0) yield piece(page);
    await pause();
  }
  const end: BundleEnd = { kind: 'end', lines: counted, sha256: hash.digest('hex') };
  yield Buffer.from(`${JSON.stringify(end)}\n`);
}
