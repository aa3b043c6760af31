// How far the schedule of the writer has come, in a file of the data folder: a writer that starts again goes on where the
// schedule stood, and one that is over stays over. Used by line.ts.
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { WriterSchedule } from '../../shared/disorder.ts';

const Kept = z.object({ schedule: WriterSchedule, elapsedMs: z.number().nonnegative() });
type Kept = z.infer<typeof Kept>;

/** A kill costs at most this much of the place, ms. */
const KEEP_EVERY_MS = 1_000;

export class SchedulePlace {
  readonly #file: string;
  #kept: Kept | null;

  constructor(file: string) {
    this.#file = file;
    this.#kept = read(file);
  }

  /** ms; 0 for another schedule than the one that was kept. */
  elapsed(schedule: WriterSchedule): number {
    return this.#kept !== null && same(this.#kept.schedule, schedule) ? this.#kept.elapsedMs : 0;
  }

  /** Whether there is something new to keep; with `now`, however little. */
  isDue(schedule: WriterSchedule, elapsedMs: number, now = false): boolean {
    if (this.#kept === null) return schedule.stages.length > 0;
    if (!same(this.#kept.schedule, schedule)) return true;
    // With `loop` it begins anew with each lap.
    return (
      schedule.stages.length > 0 && Math.abs(elapsedMs - this.#kept.elapsedMs) >= (now ? 1 : KEEP_EVERY_MS)
    );
  }

  /** It outlives the process when it resolves. */
  async keep(schedule: WriterSchedule, elapsedMs: number): Promise<void> {
    this.#kept = { schedule, elapsedMs };
    await mkdir(dirname(this.#file), { recursive: true });
    await writeFile(`${this.#file}.new`, JSON.stringify(this.#kept), { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
  }
}

const same = (a: WriterSchedule, b: WriterSchedule) => JSON.stringify(a) === JSON.stringify(b);

/** Null when there is none or it cannot be read: the schedule then begins anew. */
function read(file: string): Kept | null {
  try {
    return Kept.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return null;
    throw error;
  }
}
