// Writing to files so that a reader never meets a half-written one: whole replacement by rename, and an append that
// takes itself back when the disk is full. Used by the logs, the journals and the topic list.

import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';

/** Writes what shall replace a file beside it, onto the disk; gives the path to rename from. */
export function writeFresh(path: string, content: string | Buffer): string {
  const fresh = `${path}.new`;
  const file = openSync(fresh, 'w', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return fresh;
}

/** Replaces a small file whole, on disk before it takes the old one's place. */
export function replaceFile(path: string, content: string | Buffer): void {
  renameSync(writeFresh(path, content), path);
}

/** Replaces a small file without making the process wait for the disk; the caller sees to it that one path is written once at a time. */
export async function replaceFileLater(path: string, content: string | Buffer): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

/** Writes all of `bytes` at `position`; when that fails nothing of them stays, and the error is thrown. */
export function appendWhole(file: number, bytes: Buffer, position: number): void {
  let written = 0;
  try {
    while (written < bytes.length) {
      written += writeSync(file, bytes, written, bytes.length - written, position + written);
    }
  } catch (error) {
    ftruncateSync(file, position);
    throw error;
  }
}
