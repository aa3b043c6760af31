// Writes a bundle: header, lines, end, gzipped, into a part file that gets its name only when it is whole. Pauses between
// pages, so that the control plane goes on meanwhile. Called by control/past.ts.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as pause } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { LiveDbError } from '../../../shared/errors.ts';
import { BUNDLE_FORMAT, type BundleEnd, type BundleHeader, type BundleLine } from './format.ts';

export interface BundleContent {
  from: number;
  to: number;
  version: string;
  createdAt: number;
  pages: Iterable<BundleLine[]>;
}

export interface Writing {
  /** Ends it; nothing is left behind then. */
  signal: AbortSignal;
  /** How much of it is written, 0 to 1. */
  onShare(share: number): void;
}

/** Resolves to the size of the file in bytes; nothing is left behind when it fails or is ended (`bundle.cancelled`). */
export async function writeBundle(path: string, content: BundleContent, writing: Writing): Promise<number> {
  const { signal } = writing;
  const part = `${path}.part`;
  try {
    const file = createWriteStream(part, { mode: 0o600 });
    await pipeline(Readable.from(textOf(content, writing)), createGzip(), file, { signal });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (!signal.aborted) throw error;
    throw new LiveDbError({
      code: 'bundle.cancelled',
      message: 'Writing the bundle was cancelled; nothing of it is kept.',
    });
  }
  return (await stat(path)).size;
}

/** Points and results come first, in order of time, then the moments: each is taken for half of the work. */
function shareIn({ from, to }: BundleContent): (page: readonly BundleLine[]) => number {
  let first: number | null = null;
  let share = 0;
  return (page) => {
    const last = page.at(-1);
    const at = last?.kind === 'point' ? last.point.at : last?.kind === 'moment' ? last.at : null;
    if (at === null) return share;
    // Long before the first point nothing was recorded.
    first ??= Math.max(from, page[0]?.kind === 'point' ? page[0].point.at : from);
    const part = Math.min(1, Math.max(0, (at - first) / Math.max(1, to - first)));
    share = Math.max(share, last?.kind === 'moment' ? 0.5 + part / 2 : part / 2);
    return share;
  };
}

async function* textOf(content: BundleContent, { onShare }: Writing): AsyncGenerator<Buffer> {
  const { from, to, version, createdAt, pages } = content;
  const share = shareIn(content);
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
    onShare(share(page));
    await pause();
  }
  const end: BundleEnd = { kind: 'end', lines: counted, sha256: hash.digest('hex') };
  yield Buffer.from(`${JSON.stringify(end)}\n`);
}
