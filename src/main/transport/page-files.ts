// The built page as answers: only files that the build made, held in memory after the first asking. Used by the HTTP
// server and by the desktop edition's app:// protocol.
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.webmanifest': 'application/manifest+json',
};

export interface PageFile {
  body: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

export interface PageFiles {
  /** The file at a URL path (`/` is index.html), or null when there is none. */
  get(urlPath: string): Promise<PageFile | null>;
}

/** Path below `dir`, or null when it would leave it or is of a kind the build does not make. */
export function filePath(dir: string, urlPath: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
  if (decoded.includes('\0') || decoded.includes('\\') || decoded.includes(':')) return null;
  const path = normalize(join(dir, decoded === '/' ? 'index.html' : decoded));
  if (!path.startsWith(dir + sep) || TYPES[extname(path)] === undefined) return null;
  return path;
}

export function openPageFiles(dir: string): PageFiles {
  const held = new Map<string, PageFile>();
  return {
    async get(urlPath) {
      const path = filePath(dir, urlPath);
      if (path === null) return null;
      const known = held.get(path);
      if (known !== undefined) return known;
      try {
        const body = new Uint8Array(await readFile(path));
        // Built assets carry a hash in their name; the page itself names the current ones.
        const hashed = path.startsWith(join(dir, 'assets') + sep);
        const headers = {
          'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
          'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
        };
        const file = { body, headers };
        // The page is looked at again each time: a new build takes effect without a restart.
        if (hashed) held.set(path, file);
        return file;
      } catch (error) {
        if (
          error instanceof Error &&
          'code' in error &&
          (error.code === 'ENOENT' || error.code === 'EISDIR')
        ) {
          return null;
        }
        throw error;
      }
    },
  };
}
