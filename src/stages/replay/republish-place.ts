// How far a re-publish has got, in a file of its own in the data folder, so that it goes on there after a kill or a restart
// of the app. Written to a temporary name and renamed; used by republish.ts.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const RepublishPlace = z.object({
  /** First id that may not stand in the topic yet. */
  next: z.string(),
  /** Rows below it that do. */
  done: z.number(),
  /** Per partition: rows published after those stand at or behind this offset. */
  offsets: z.record(z.string(), z.number()),
});
export type RepublishPlace = z.infer<typeof RepublishPlace>;

export function placeFile(dataDir: string, replayId: string): string {
  return join(dataDir, 'replays', `${replayId}.json`);
}

/** Null when there is none, or none that can be read: the topic's tail is then read from the start of the replay. */
export async function readPlace(file: string): Promise<RepublishPlace | null> {
  try {
    return RepublishPlace.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

export async function writePlace(file: string, place: RepublishPlace): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(place));
  await rename(`${file}.new`, file);
}

export async function removePlace(file: string): Promise<void> {
  await rm(file, { force: true });
}
