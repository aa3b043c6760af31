// The checkpoint of one partition's log: up to where its files are known good, and what would otherwise have to be
// read from them again at start. Losing it costs a longer start, never data.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFileLater } from './durable-file.ts';

const Checkpoint = z.object({
  version: z.literal(1),
  logStart: z.number(),
  /** Base offset of the segment that was written to, and its size and next offset then. */
  segment: z.number(),
  position: z.number(),
  nextOffset: z.number(),
  producers: z.object({
    producers: z.array(
      z.tuple([
        z.number(),
        z.object({
          epoch: z.number(),
          batches: z.array(z.object({ first: z.number(), last: z.number(), offset: z.number() })),
          openFrom: z.number().nullable(),
        }),
      ]),
    ),
    aborted: z.array(z.object({ producerId: z.number(), firstOffset: z.number(), lastOffset: z.number() })),
  }),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

function checkpointPath(folder: string): string {
  return join(folder, 'checkpoint.json');
}

/** The checkpoint, or null when there is none that can be read: the log is then read from its start. */
export function loadCheckpoint(folder: string): Checkpoint | null {
  const path = checkpointPath(folder);
  if (!existsSync(path)) return null;
  try {
    return Checkpoint.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  await replaceFileLater(checkpointPath(folder), JSON.stringify(checkpoint));
}
