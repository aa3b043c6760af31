import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_BURSTS, NO_SCHEDULE } from '../../../src/shared/disorder.ts';
import { Drive, type DriveSettings, turnAt } from '../../../src/stages/writer/drive.ts';

const settings = (more: Partial<DriveSettings> = {}): DriveSettings => ({
  rowsPerBurst: 2,
  intervalMs: 100,
  distribution: 'constant',
  schedule: NO_SCHEDULE,
  bursts: NO_BURSTS,
  ...more,
});

/** Rows in [0, until) as they come, looking again when the drive says so. */
function run(drive: Drive, until: number): [at: number, rows: number][] {
  const came: [number, number][] = [];
  for (let now = 0; now < until; ) {
    const { rows, waitMs } = drive.take(now);
    if (rows > 0) came.push([now, rows]);
    else now += Math.max(waitMs, 1e-6);
  }
  return came;
}
const total = (came: readonly (readonly [number, number])[]) => came.reduce((sum, [, rows]) => sum + rows, 0);
const between = (came: readonly (readonly [number, number])[], from: number, to: number) =>
  total(came.filter(([at]) => at >= from && at < to));

const UP_AND_DOWN = {
  stages: [
    { rowsPerBurst: 1, intervalMs: 100, seconds: 2 },
    { rowsPerBurst: 10, intervalMs: 100, seconds: 1 },
    { rowsPerBurst: 0, intervalMs: 0, seconds: 1 },
  ],
  loop: true,
};

test('each stage of a schedule has its own pace, a rest has none, and it begins again', () => {
  const came = run(new Drive(settings({ schedule: UP_AND_DOWN }), 0, Math.random), 8_000);
  for (const lap of [0, 4_000]) {
    expect(between(came, lap, lap + 2_000)).toBeCloseTo(20, -0.5);
    expect(between(came, lap + 2_000, lap + 3_000)).toBeCloseTo(100, -1.5);
    expect(between(came, lap + 3_000, lap + 4_000)).toBe(0);
  }
});

test('after a schedule that does not loop, the own pace goes on', () => {
  const schedule = { ...UP_AND_DOWN, loop: false };
  const drive = new Drive(settings({ schedule }), 0, Math.random);
  expect(between(run(drive, 6_000), 4_000, 6_000)).toBeCloseTo(40, -0.5);
  expect(drive.turn).toBeNull();
});

test('bursts come on top of the pace, and alone during a rest', () => {
  const bursts = { rows: 500, everySeconds: 2 };
  const came = run(new Drive(settings({ bursts }), 0, Math.random), 9_900);
  expect(came.filter(([, rows]) => rows >= 500).map(([at]) => Math.round(at))).toEqual([
    2_000, 4_000, 6_000, 8_000,
  ]);
  const resting = { stages: [{ rowsPerBurst: 0, intervalMs: 0, seconds: 60 }], loop: true };
  expect(run(new Drive(settings({ bursts, schedule: resting }), 0, Math.random), 5_000)).toEqual([
    [2_000, 500],
    [4_000, 500],
  ]);
});

test('what a stall swallowed of the bursts is not made up for', () => {
  const drive = new Drive(
    settings({ rowsPerBurst: 1, intervalMs: 3_600_000, bursts: { rows: 500, everySeconds: 1 } }),
    0,
    Math.random,
  );
  drive.take(0);
  let rows = 0;
  for (let due = drive.take(60_000); due.rows > 0; due = drive.take(60_000)) rows += due.rows;
  expect(rows).toBe(500);
});

test('a change of something else leaves the schedule where it stands', () => {
  const drive = new Drive(settings({ schedule: UP_AND_DOWN }), 0, Math.random);
  drive.change(settings({ schedule: UP_AND_DOWN, rowsPerBurst: 7 }), 2_500);
  expect(drive.turn).toMatchObject({ stage: 1, endsAt: 3_000 });
  drive.change(settings({ schedule: { ...UP_AND_DOWN, loop: false } }), 2_600);
  expect(drive.turn).toMatchObject({ stage: 0, endsAt: 4_600 });
  drive.change(settings(), 2_700);
  expect(drive.turn).toBeNull();
});

test('at every moment the stage that is on has begun and not ended', () => {
  const seconds = fc.integer({ min: 1, max: 900 }).map((tenths) => tenths / 10);
  const stages = fc.array(seconds, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(stages, fc.boolean(), fc.nat(10_000_000), (lengths, loop, now) => {
      const schedule = {
        stages: lengths.map((one) => ({ rowsPerBurst: 1, intervalMs: 1, seconds: one })),
        loop,
      };
      const lap = lengths.reduce((sum, one) => sum + one * 1000, 0);
      const turn = turnAt(schedule, 0, now);
      if (!loop && now >= lap) {
        expect(turn).toBeNull();
        return;
      }
      const length = (lengths[turn?.stage ?? -1] ?? 0) * 1000;
      expect(turn?.endsAt).toBeGreaterThan(now - 1e-3);
      expect((turn?.endsAt ?? 0) - length).toBeLessThanOrEqual(now + 1e-3);
    }),
  );
});
