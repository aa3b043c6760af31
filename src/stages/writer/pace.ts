// When bursts are due: a pure schedule of constant, uniform or Poisson spacing, changed while it runs. The clock (ms, of
// any origin) and the random numbers come in from outside. Used by line.ts.
import type { WriterSettings } from '../../shared/settings.ts';

export type Pace = Pick<WriterSettings, 'rowsPerBurst' | 'intervalMs' | 'distribution'>;

export interface Schedule {
  readonly pace: Pace;
  /** When the last burst was due, ms. */
  readonly lastAt: number;
  /** When the next one is due, ms. */
  readonly dueAt: number;
}

/** In [0, 1). */
export type Random = () => number;

/**
 * After a stall (the database was away, the machine slept) this much is made up for, ms; what is older is left out. So a
 * rate above what the database takes falls short instead of queueing, and a return is no flood.
 */
export const CATCH_UP_MS = 500;

/** Pause after one burst, ms: always the interval; uniform in [0, 2 x interval); exponential with that mean. */
export function gapMs({ intervalMs, distribution }: Pace, random: Random): number {
  switch (distribution) {
    case 'constant':
      return intervalMs;
    case 'uniform':
      return 2 * intervalMs * random();
    case 'poisson':
      return -intervalMs * Math.log(1 - random());
  }
}

/** The first burst is due at once: whoever starts the writer wants to see something. */
export function startSchedule(pace: Pace, now: number): Schedule {
  return { pace, lastAt: now, dueAt: now };
}

/**
 * Takes the bursts that are due, at most `most` of them; the others stay due, as far as CATCH_UP_MS allows. Flat out
 * (interval 0) one is always due.
 */
export function takeDue(
  schedule: Schedule,
  now: number,
  most: number,
  random: Random,
): { bursts: number; schedule: Schedule } {
  const { pace } = schedule;
  if (pace.intervalMs === 0) return { bursts: 1, schedule: { pace, lastAt: now, dueAt: now } };
  let { lastAt } = schedule;
  let dueAt = Math.max(schedule.dueAt, now - CATCH_UP_MS);
  let bursts = 0;
  while (dueAt <= now && bursts < most) {
    bursts++;
    lastAt = dueAt;
    dueAt += gapMs(pace, random);
  }
  return { bursts, schedule: { pace, lastAt, dueAt } };
}

/**
 * Goes over to another pace. The time since the last burst counts for the new pause: from 60 s to 100 ms takes effect
 * at once, and from 100 ms to 60 s the next burst comes 60 s after the last. Other rows per burst alone move nothing.
 * Nothing is owed from the old pace.
 */
export function changePace(schedule: Schedule, pace: Pace, now: number, random: Random): Schedule {
  const old = schedule.pace;
  if (old.intervalMs === pace.intervalMs && old.distribution === pace.distribution) {
    return { ...schedule, pace };
  }
  const lastAt = Math.min(schedule.lastAt, now);
  // A Poisson process has no memory: its next gap begins now.
  const from = pace.distribution === 'poisson' ? now : lastAt;
  return { pace, lastAt, dueAt: Math.max(now, from + gapMs(pace, random)) };
}
