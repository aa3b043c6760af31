// How many rows are due when: the pace of the settings or of the schedule's present stage, and the extra bursts on top.
// Time (ms, of any origin) and random numbers come in from outside. Used by line.ts; one pace alone is pace.ts.
import type { ScheduleStage } from '../../shared/disorder.ts';
import type { WriterSettings } from '../../shared/settings.ts';
import {
  CATCH_UP_MS,
  changePace,
  type Pace,
  type Random,
  type Schedule,
  startSchedule,
  takeDue,
} from './pace.ts';

/** Bursts that are due together go into one transaction up to this size: many small commits cost more than few. */
const ROWS_AT_ONCE = 5_000;

export type DriveSettings = Pick<
  WriterSettings,
  'rowsPerBurst' | 'intervalMs' | 'distribution' | 'schedule' | 'bursts'
>;

/** The stage of a schedule that is on. */
export interface Turn {
  /** Index of the stage. */
  stage: number;
  rowsPerBurst: number;
  intervalMs: number;
  /** When it ends, ms. */
  endsAt: number;
}

export interface Due {
  rows: number;
  /** With no rows: how long until something may be due, ms. */
  waitMs: number;
}

const lapMs = (stages: readonly ScheduleStage[]) =>
  stages.reduce((sum, { seconds }) => sum + seconds * 1000, 0);

/** Null: there is no schedule, or it is over. */
export function turnAt(
  { stages, loop }: DriveSettings['schedule'],
  startedAt: number,
  now: number,
): Turn | null {
  const lap = lapMs(stages);
  if (lap === 0) return null;
  const since = Math.max(0, now - startedAt);
  if (!loop && since >= lap) return null;
  let end = startedAt + (loop ? Math.floor(since / lap) * lap : 0);
  for (const [stage, one] of stages.entries()) {
    end += one.seconds * 1000;
    if (now < end) return turnOf(one, stage, end);
  }
  // The sum of the parts may fall short of the whole by a rounding.
  return turnOf(stages[0] ?? { rowsPerBurst: 0, intervalMs: 0, seconds: 0 }, 0, end);
}

const turnOf = ({ rowsPerBurst, intervalMs }: ScheduleStage, stage: number, endsAt: number): Turn => ({
  stage,
  rowsPerBurst,
  intervalMs,
  endsAt,
});

export class Drive {
  readonly #random: Random;
  #settings: DriveSettings;
  #schedule: Schedule;
  /** When the stages began to count. */
  #startedAt: number;
  #extraAt: number;
  #turn: Turn | null;

  /** `elapsedMs`: how far the schedule had come when an earlier writer ended. */
  constructor(settings: DriveSettings, now: number, random: Random, elapsedMs = 0) {
    this.#settings = settings;
    this.#random = random;
    this.#startedAt = now - elapsedMs;
    this.#turn = turnAt(settings.schedule, this.#startedAt, now);
    this.#schedule = startSchedule(this.#pace(), now);
    this.#extraAt = now + settings.bursts.everySeconds * 1000;
  }

  get turn(): Turn | null {
    return this.#turn;
  }

  /** How far the schedule has come, ms; what lies behind its end or, with `loop`, its whole laps are left out. */
  elapsed(now: number): number {
    const { stages, loop } = this.#settings.schedule;
    const lap = lapMs(stages);
    const since = Math.max(0, now - this.#startedAt);
    return lap === 0 ? 0 : loop ? since % lap : Math.min(since, lap);
  }

  /** Other settings. A schedule that stays as it is goes on where it stands. */
  change(settings: DriveSettings, now: number): void {
    const before = this.#settings;
    this.#settings = settings;
    if (JSON.stringify(before.schedule) !== JSON.stringify(settings.schedule)) this.#startedAt = now;
    if (JSON.stringify(before.bursts) !== JSON.stringify(settings.bursts)) {
      this.#extraAt = now + settings.bursts.everySeconds * 1000;
    }
    this.#follow(now);
  }

  /** What is due now, in one transaction. */
  take(now: number): Due {
    this.#follow(now);
    const extra = this.#takeExtra(now);
    const rows = this.#takeRegular(now) + extra;
    return rows > 0 ? { rows, waitMs: 0 } : { rows: 0, waitMs: Math.max(0, this.#nextAt() - now) };
  }

  #follow(now: number): void {
    const rested = this.#turn?.rowsPerBurst === 0;
    this.#turn = turnAt(this.#settings.schedule, this.#startedAt, now);
    // After a rest nothing is owed.
    this.#schedule =
      rested && this.#turn?.rowsPerBurst !== 0
        ? startSchedule(this.#pace(), now)
        : changePace(this.#schedule, this.#pace(), now, this.#random);
  }

  #pace(): Pace {
    const { rowsPerBurst, intervalMs, distribution } = this.#settings;
    const { rowsPerBurst: rows, intervalMs: pause } = this.#turn ?? { rowsPerBurst, intervalMs };
    return { rowsPerBurst: rows, intervalMs: pause, distribution };
  }

  #takeRegular(now: number): number {
    const { rowsPerBurst } = this.#schedule.pace;
    if (rowsPerBurst === 0 || this.#schedule.dueAt > now) return 0;
    const most = Math.max(1, Math.floor(ROWS_AT_ONCE / rowsPerBurst));
    const { bursts, schedule } = takeDue(this.#schedule, now, most, this.#random);
    this.#schedule = schedule;
    return bursts * rowsPerBurst;
  }

  #takeExtra(now: number): number {
    const { rows, everySeconds } = this.#settings.bursts;
    if (rows === 0 || now < this.#extraAt) return 0;
    // Like the pace: what a stall swallowed is not made up for.
    const missed = now - this.#extraAt > Math.max(CATCH_UP_MS, everySeconds * 1000);
    this.#extraAt = (missed ? now : this.#extraAt) + everySeconds * 1000;
    return rows;
  }

  #nextAt(): number {
    const regular = this.#schedule.pace.rowsPerBurst === 0 ? Number.POSITIVE_INFINITY : this.#schedule.dueAt;
    const extra = this.#settings.bursts.rows === 0 ? Number.POSITIVE_INFINITY : this.#extraAt;
    return Math.min(regular, extra, this.#turn?.endsAt ?? Number.POSITIVE_INFINITY);
  }
}
