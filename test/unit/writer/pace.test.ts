import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CATCH_UP_MS,
  changePace,
  gapMs,
  type Pace,
  type Schedule,
  startSchedule,
  takeDue,
} from '../../../src/stages/writer/pace.ts';

/** A repeatable generator in [0, 1): mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const half = () => 0.5;
const pace = (intervalMs: number, distribution: Pace['distribution'] = 'constant'): Pace => ({
  rowsPerBurst: 2,
  intervalMs,
  distribution,
});
const anyPace = fc.record({
  rowsPerBurst: fc.integer({ min: 1, max: 1000 }),
  intervalMs: fc.integer({ min: 1, max: 60_000 }),
  distribution: fc.constantFrom('constant', 'uniform', 'poisson'),
});

/** Runs a schedule with a writer that is always in time; gives the moments of the bursts. */
function run(start: Schedule, until: number, random: () => number): number[] {
  const at: number[] = [];
  let schedule = start;
  while (schedule.dueAt < until) {
    const now = schedule.dueAt;
    const taken = takeDue(schedule, now, 1, random);
    for (let i = 0; i < taken.bursts; i++) at.push(now);
    schedule = taken.schedule;
  }
  return at;
}

test('the first burst is due at once', () => {
  expect(takeDue(startSchedule(pace(60_000), 1_000), 1_000, 10, half).bursts).toBe(1);
});

test('constant: one burst each interval, on the beat', () => {
  expect(run(startSchedule(pace(100), 5), 1_000, half)).toEqual([
    5, 105, 205, 305, 405, 505, 605, 705, 805, 905,
  ]);
});

describe.each(['uniform', 'poisson'] as const)('%s', (distribution) => {
  test('has the interval as its mean', () => {
    const random = randomFrom(7);
    const bursts = run(startSchedule(pace(10, distribution), 0), 1_000_000, random).length;
    expect(bursts / 100_000).toBeGreaterThan(0.98);
    expect(bursts / 100_000).toBeLessThan(1.02);
  });
});

test('uniform gaps fill [0, 2 x interval); exponential ones have a variance of interval squared', () => {
  const random = randomFrom(3);
  const uniform = Array.from({ length: 10_000 }, () => gapMs(pace(10, 'uniform'), random));
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...uniform)).toBeLessThan(20);
  expect(Math.max(...uniform)).toBeGreaterThan(19.9);
  const gaps = Array.from({ length: 50_000 }, () => gapMs(pace(10, 'poisson'), random));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(mean).toBeCloseTo(10, 0);
  expect(variance / 100).toBeCloseTo(1, 1);
});

test('flat out, one burst is due whenever it is asked', () => {
  let schedule = startSchedule(pace(0), 0);
  for (const now of [0, 0.1, 5, 5_000]) {
    const taken = takeDue(schedule, now, 10, half);
    expect(taken.bursts).toBe(1);
    schedule = taken.schedule;
    expect(schedule.dueAt).toBeLessThanOrEqual(now);
  }
});

test('a writer that comes late by less than the catch-up keeps the average', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.nat({ max: 400 }), { minLength: 1 }),
      (intervalMs, steps) => {
        let schedule = startSchedule(pace(intervalMs), 0);
        let now = 0;
        let bursts = 0;
        for (const step of steps) {
          now += step;
          const taken = takeDue(schedule, now, Number.POSITIVE_INFINITY, half);
          bursts += taken.bursts;
          schedule = taken.schedule;
        }
        expect(bursts).toBe(Math.floor(now / intervalMs) + (steps.length > 0 ? 1 : 0));
      },
    ),
  );
});

test('after any stall no more is made up for than the catch-up holds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60_000 }),
      fc.integer({ min: 0, max: 10_000_000 }),
      (intervalMs, stall) => {
        const schedule = startSchedule(pace(intervalMs), 0);
        const { bursts, schedule: after } = takeDue(schedule, stall, Number.POSITIVE_INFINITY, half);
        expect(bursts).toBeLessThanOrEqual(Math.floor(CATCH_UP_MS / intervalMs) + 1);
        expect(bursts).toBeGreaterThanOrEqual(1);
        expect(after.dueAt).toBeGreaterThan(stall);
        expect(after.dueAt).toBeLessThanOrEqual(stall + intervalMs);
      },
    ),
  );
});

test('never more at once than asked for, and what is not taken stays due', () => {
  fc.assert(
    fc.property(
      anyPace,
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer(),
      (p, now, most, seed) => {
        const taken = takeDue(startSchedule(p, 0), now, most, randomFrom(seed));
        expect(taken.bursts).toBeLessThanOrEqual(most);
        if (taken.bursts < most) expect(taken.schedule.dueAt).toBeGreaterThan(now);
      },
    ),
  );
});

describe('a change while it runs', () => {
  const ranTo = (p: Pace, now: number): Schedule => {
    let schedule = startSchedule(p, 0);
    while (schedule.dueAt <= now) schedule = takeDue(schedule, schedule.dueAt, 1, half).schedule;
    return schedule;
  };

  test('from 60 s to 100 ms takes effect at once', () => {
    expect(changePace(ranTo(pace(60_000), 20_000), pace(100), 20_000, half).dueAt).toBe(20_000);
  });

  test('from 100 ms to 60 s: the next burst comes 60 s after the last', () => {
    expect(changePace(ranTo(pace(100), 1_050), pace(60_000), 1_050, half).dueAt).toBe(61_000);
  });

  test('other rows per burst move nothing', () => {
    const schedule = ranTo(pace(1_000, 'uniform'), 400);
    const changed = changePace(schedule, { ...schedule.pace, rowsPerBurst: 77 }, 400, () => 0.9);
    expect(changed).toEqual({ ...schedule, pace: { ...schedule.pace, rowsPerBurst: 77 } });
  });

  test('dragging the rate about never makes a flood: between two takes, at most one burst is added', () => {
    fc.assert(
      fc.property(fc.array(anyPace, { minLength: 1, maxLength: 30 }), fc.integer(), (paces, seed) => {
        const random = randomFrom(seed);
        let now = 0;
        let schedule = ranTo(pace(100), 50);
        for (const next of paces) {
          now += 10;
          schedule = changePace(schedule, next, 50 + now, random);
          expect(schedule.dueAt).toBeGreaterThanOrEqual(
            Math.min(50 + now, schedule.lastAt + next.intervalMs),
          );
          const { bursts } = takeDue(schedule, schedule.dueAt, 1, random);
          expect(bursts).toBe(1);
          expect(schedule.dueAt).toBeLessThan(Number.POSITIVE_INFINITY);
        }
      }),
    );
  });

  test('from flat out to a slow pace nothing is owed', () => {
    const schedule = takeDue(startSchedule(pace(0), 0), 9_000, 1, half).schedule;
    expect(changePace(schedule, pace(1_000), 9_000, half).dueAt).toBe(10_000);
  });
});
