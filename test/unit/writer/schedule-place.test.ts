// The place of the schedule over restarts of the writer: it goes on where it stood, and what is over stays over.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WriterSchedule } from '../../../src/shared/disorder.ts';
import { Drive, type DriveSettings } from '../../../src/stages/writer/drive.ts';
import { SchedulePlace } from '../../../src/stages/writer/schedule-place.ts';
import { tempDir } from '../../support/temp-dir.ts';

const stage = (rowsPerBurst: number, seconds: number) => ({ rowsPerBurst, intervalMs: 100, seconds });
const ONCE: WriterSchedule = { stages: [stage(1, 2), stage(2, 3)], loop: false };
const settings = (schedule: WriterSchedule): DriveSettings => ({
  rowsPerBurst: 10,
  intervalMs: 1_000,
  distribution: 'constant',
  schedule,
  bursts: { rows: 0, everySeconds: 60 },
});

/** A writer that runs for so long and is then stopped; gives the stage it began with and the one it ended with. */
async function life(file: string, schedule: WriterSchedule, ms: number) {
  const place = new SchedulePlace(file);
  const drive = new Drive(settings(schedule), 0, Math.random, place.elapsed(schedule));
  const first = drive.turn?.stage ?? null;
  drive.take(ms);
  if (place.isDue(schedule, drive.elapsed(ms), true)) await place.keep(schedule, drive.elapsed(ms));
  return [first, drive.turn?.stage ?? null];
}

test('a schedule goes on where it stood, and is not run again once it is over', async () => {
  using dir = tempDir('schedule');
  const file = join(dir.path, 'writer', 'schedule.json');
  expect(await life(file, ONCE, 1_500)).toEqual([0, 0]);
  expect(await life(file, ONCE, 1_000)).toEqual([0, 1]);
  expect(await life(file, ONCE, 60_000)).toEqual([1, null]);
  expect(await life(file, ONCE, 1_000)).toEqual([null, null]);
  // Another one begins anew, and so does the first one after it.
  const loop = { ...ONCE, loop: true };
  expect(await life(file, loop, 7_500)).toEqual([0, 1]);
  expect(await life(file, loop, 3_000)).toEqual([1, 0]);
  expect(await life(file, ONCE, 100)).toEqual([0, 0]);
});

test('it is kept once a second, and begun anew where the file cannot be read', async () => {
  using dir = tempDir('schedule');
  const file = join(dir.path, 'schedule.json');
  const place = new SchedulePlace(file);
  expect(place.isDue({ stages: [], loop: false }, 0)).toBe(false);
  expect(place.isDue(ONCE, 0)).toBe(true);
  await place.keep(ONCE, 0);
  expect([place.isDue(ONCE, 999), place.isDue(ONCE, 1_000), place.isDue(ONCE, 5, true)]).toEqual([
    false,
    true,
    true,
  ]);
  writeFileSync(file, '{"schedule":');
  expect(new SchedulePlace(file).elapsed(ONCE)).toBe(0);
});
