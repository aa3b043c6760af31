// The bundles in the data folder, and those that are open: each with a file of its own that is gone when it is closed.
// Made by past.ts; the transports read and bring files through it.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LiveDbError } from '../../shared/errors.ts';
import { type BundleInfo, BundleName, type BundleProgress, type OpenBundle } from '../../shared/past.ts';
import { bundleName, MAX_PACKED_BYTES } from '../history/bundle/format.ts';
import { type OpenedBundle, openBundle, readHeader } from '../history/bundle/read.ts';
import { type BundleContent, writeBundle } from '../history/bundle/write.ts';

/** Open at once; each holds a file. */
const MAX_OPEN = 4;

/** What the transports do with bundles: files come and go by name. */
export interface BundleFiles {
  /** Throws LiveDbError `not-found` or `bad-request`. */
  read(name: string): Promise<{ body: ReadableStream<Uint8Array>; bytes: number }>;
  /** Takes a file in. Throws LiveDbError `conflict.bundle-exists`, `too-large` or `bundle.invalid`; nothing stays then. */
  receive(name: string, body: ReadableStream<Uint8Array>): Promise<BundleInfo>;
}

export interface Bundles extends BundleFiles {
  /** Throws `conflict.bundle-writing`, or `bundle.cancelled` when `cancel` ended it. */
  write(content: BundleContent): Promise<{ name: string; bytes: number; path: string }>;
  /** Of the one being written; null while there is none. */
  progress(): BundleProgress | null;
  /** Ends the writing. Throws LiveDbError `bundle.not-writing`. */
  cancel(): void;
  list(): Promise<BundleInfo[]>;
  open(path: string): Promise<OpenBundle>;
  /** Throws LiveDbError `bundle.not-open`. */
  opened(id: string): OpenedBundle;
  close(id: string): Promise<void>;
  remove(name: string, confirm: string): Promise<void>;
  closeAll(): Promise<void>;
}

interface Entry {
  path: string;
  name: string;
  bundle: OpenedBundle;
}

export function createBundles(dataDir: string, newId: () => string): Bundles {
  const folder = join(dataDir, 'bundles');
  const openFolder = join(folder, '.open');
  const open = new Map<string, Entry>();
  let opening = 0;
  let writing: (BundleProgress & { ending: AbortController }) | null = null;
  /** What a run that was killed had open, is nobody's any more. */
  const ready = (async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rm(openFolder, { recursive: true, force: true });
    for (const name of await readdir(folder)) {
      if (name.endsWith('.part')) await rm(join(folder, name), { force: true });
    }
  })();
  // Whoever needs the folder is told; until then nobody is there to be told.
  ready.catch(() => undefined);

  const idOf = (path: string) => [...open].find(([, entry]) => entry.path === path)?.[0] ?? null;

  async function info(path: string): Promise<BundleInfo> {
    const { from, to, version, createdAt } = await readHeader(path);
    const { size } = await stat(path);
    return { name: basename(path), path, bytes: size, from, to, version, createdAt, id: idOf(path) };
  }

  function entry(id: string): Entry {
    const found = open.get(id);
    if (found !== undefined) return found;
    throw new LiveDbError({
      code: 'bundle.not-open',
      message: `No bundle with the id ${id} is open.`,
      remedy: 'Open it with bundle.open, which gives the id.',
    });
  }

  async function close(id: string): Promise<void> {
    const { bundle } = entry(id);
    open.delete(id);
    await bundle.close();
  }

  return {
    async write(content) {
      await ready;
      if (writing !== null) {
        throw new LiveDbError({
          code: 'conflict.bundle-writing',
          message: 'Another bundle is being written.',
          remedy: 'Wait until it is done.',
        });
      }
      const name = bundleName(content);
      const path = join(folder, name);
      const own = { name, startedAt: content.createdAt, share: 0, ending: new AbortController() };
      writing = own;
      const onShare = (share: number) => {
        own.share = share;
      };
      try {
        const bytes = await writeBundle(path, content, { signal: own.ending.signal, onShare });
        return { name, path, bytes };
      } finally {
        writing = null;
      }
    },

    progress: () =>
      writing === null ? null : { name: writing.name, startedAt: writing.startedAt, share: writing.share },

    cancel() {
      if (writing === null) {
        throw new LiveDbError({
          code: 'bundle.not-writing',
          message: 'No bundle is being written.',
          remedy: 'It may have been done just before; bundle.list says which there are.',
        });
      }
      writing.ending.abort();
    },

    async list() {
      await ready;
      const names = (await readdir(folder)).filter((name) => BundleName.safeParse(name).success);
      const found = await Promise.all(
        names.map(async (name) => {
          try {
            return [await info(join(folder, name))];
          } catch (error) {
            // Whatever else lies in the folder is not listed; opening it says what is wrong with it.
            if (error instanceof LiveDbError) return [];
            throw error;
          }
        }),
      );
      return found.flat().sort((a, b) => b.createdAt - a.createdAt);
    },

    async open(path) {
      await ready;
      const whole = isAbsolute(path) ? path : join(folder, basename(path));
      const known = idOf(whole);
      if (known !== null) return openBundleOf(known, entry(known));
      if (open.size + opening >= MAX_OPEN) {
        throw new LiveDbError({
          code: 'bundle.too-many',
          message: `${MAX_OPEN} bundles are open already.`,
          remedy: 'Close one of them.',
        });
      }
      opening += 1;
      try {
        await mkdir(openFolder, { recursive: true, mode: 0o700 });
        const id = newId();
        const bundle = await openBundle(whole, join(openFolder, `${id}.sqlite`));
        open.set(id, { path: whole, name: basename(whole), bundle });
        return openBundleOf(id, entry(id));
      } finally {
        opening -= 1;
      }
    },

    opened: (id) => entry(id).bundle,
    close,

    async remove(name, confirm) {
      await ready;
      const path = join(folder, name);
      if (confirm !== name) {
        throw new LiveDbError({
          code: 'bundle.not-confirmed',
          message: `Deleting ${name} is confirmed with its name.`,
          remedy: 'Send the name as `confirm`; nothing was deleted.',
        });
      }
      await sizeOf(path, name);
      const id = idOf(path);
      if (id !== null) await close(id);
      await rm(path);
    },

    async closeAll() {
      await Promise.all([...open.keys()].map(close));
    },

    async read(name) {
      await ready;
      const path = join(folder, checkedName(name));
      const bytes = await sizeOf(path, name);
      return { body: Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>, bytes };
    },

    async receive(name, body) {
      await ready;
      const path = join(folder, checkedName(name));
      if (await exists(path)) {
        throw new LiveDbError({
          code: 'conflict.bundle-exists',
          message: `There is a bundle ${name} already.`,
          remedy: 'Delete it first, or send the file under another name.',
        });
      }
      const part = join(folder, `${newId()}.part`);
      try {
        await pipeline(
          Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]),
          bounded(name),
          createWriteStream(part, { mode: 0o600 }),
        );
        await readHeader(part);
        await rename(part, path);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
      return info(path);
    },
  };
}

function openBundleOf(id: string, { name, bundle: { header } }: Entry): OpenBundle {
  return { id, name, from: header.from, to: header.to };
}

function checkedName(name: string): string {
  const parsed = BundleName.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new LiveDbError({
    code: 'bad-request',
    message: `"${name}" is no name of a bundle.`,
    remedy: 'Use letters, digits, ".", "_" and "-"; it ends in .livedb.',
    details: { fields: [{ path: 'name', message: 'not a name of a bundle' }] },
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function sizeOf(path: string, name: string): Promise<number> {
  if (await exists(path)) return (await stat(path)).size;
  throw new LiveDbError({
    code: 'not-found',
    message: `There is no bundle ${name}.`,
    remedy: 'bundle.list says which there are.',
  });
}

function bounded(name: string): Transform {
  let taken = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      taken += chunk.length;
      if (taken <= MAX_PACKED_BYTES) done(null, chunk);
      else {
        done(
          new LiveDbError({
            code: 'too-large',
            message: `${name} was refused: it is larger than ${MAX_PACKED_BYTES / 1024 / 1024} MB.`,
            remedy: 'Export a shorter stretch.',
          }),
        );
      }
    },
  });
}
