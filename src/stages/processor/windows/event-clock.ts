// Event time: a watermark per partition with bounded out-of-orderness, the minimum over partitions, idle partitions left
// out (Flink's words and rules). Pure: wall clock time comes in. Used by the window core.

/** An event further ahead of the wall clock than this does not move the watermark, ms. */
export const FUTURE_LEAD_MS = 60_000;
/** A source is taken to run ahead as a whole after this many events in a row, over at least AHEAD_MS … */
const AHEAD_EVENTS = 20;
const AHEAD_MS = 5_000;
/** … but by no more than this, which is more than any time zone: else a few rows dated in 2099 would close all before it. */
const MOST_AHEAD_MS = 24 * 3_600_000;

export interface PartitionClock {
  /** Largest event time seen (epoch ms), without contained future ones; null before the first. */
  maxTime: number | null;
  /** Wall clock of the last record that moves event time: others do not keep it from being idle. */
  lastArrival: number;
  /** The reader stands at the partition's end: only then silence means idle, and not a backlog. */
  caughtUp: boolean;
}

export interface EventClockState {
  watermark: number | null;
  lead: number;
  partitions: [number, number | null][];
}

export class EventClock {
  readonly #partitions = new Map<number, PartitionClock>();
  #watermark: number | null = null;
  #lead = FUTURE_LEAD_MS;
  #lastArrival: number;
  #ahead: { since: number; events: number; least: number } | null = null;

  constructor(now: number) {
    this.#lastArrival = now;
  }

  /** All windows that end at or before it are closed; null before the first event. Never goes back. */
  get watermark(): number | null {
    return this.#watermark;
  }

  /** Events beyond this time do not move the watermark. */
  horizon(now: number): number {
    return now + this.#lead;
  }

  /** Largest event time over all partitions that moved the watermark. */
  get maxTime(): number | null {
    let max: number | null = null;
    for (const { maxTime } of this.#partitions.values()) {
      if (maxTime !== null && (max === null || maxTime > max)) max = maxTime;
    }
    return max;
  }

  partitions(): ReadonlyMap<number, Readonly<PartitionClock>> {
    return this.#partitions;
  }

  /** Makes a partition known: from now on it holds the watermark back until it has events or is idle. */
  track(partition: number, now: number): PartitionClock {
    let clock = this.#partitions.get(partition);
    if (clock === undefined) {
      clock = { maxTime: null, lastArrival: now, caughtUp: false };
      this.#partitions.set(partition, clock);
    }
    return clock;
  }

  /**
   * A batch has come in. `maxTime`: its largest event time up to the horizon, null without one; `ahead`: how many
   * events lay beyond the horizon and the least of these times. True when the source was just found to run ahead of
   * this computer's clock as a whole: its lead is then allowed for.
   */
  observe(
    partition: number,
    now: number,
    maxTime: number | null,
    ahead: { events: number; least: number } = { events: 0, least: 0 },
  ): boolean {
    const clock = this.track(partition, now);
    if (maxTime !== null) {
      clock.lastArrival = now;
      this.#lastArrival = now;
      if (clock.maxTime === null || maxTime > clock.maxTime) clock.maxTime = maxTime;
      this.#ahead = null;
      return false;
    }
    if (ahead.events === 0) return false;
    const lead = ahead.least - now;
    if (lead > MOST_AHEAD_MS) return false;
    this.#ahead ??= { since: now, events: 0, least: lead };
    this.#ahead.events += ahead.events;
    this.#ahead.least = Math.min(this.#ahead.least, lead);
    if (this.#ahead.events < AHEAD_EVENTS || now - this.#ahead.since < AHEAD_MS) return false;
    this.#lead = this.#ahead.least + FUTURE_LEAD_MS;
    this.#ahead = null;
    return true;
  }

  /** A partition of a bounded input is read to its end: it holds nobody back any more. */
  leave(partition: number): void {
    const clock = this.#partitions.get(partition);
    if (clock === undefined) return;
    clock.caughtUp = true;
    clock.lastArrival = Number.NEGATIVE_INFINITY;
  }

  caughtUp(partition: number, now: number, caughtUp: boolean): void {
    this.track(partition, now).caughtUp = caughtUp;
  }

  /**
   * Moves the watermark on and returns it. When every partition is idle the clock takes over, but only as far as
   * `lastOpenEnd()`, the end of the last open window: closing that one needs no more, and rows that arrive after a long
   * outage are then not late. Times in ms.
   */
  advance(
    now: number,
    outOfOrdernessMs: number,
    idleTimeoutMs: number,
    lastOpenEnd: () => number | null,
  ): number | null {
    let least: number | null = null;
    let active = 0;
    for (const clock of this.#partitions.values()) {
      if (clock.caughtUp && now - clock.lastArrival >= idleTimeoutMs) continue;
      active++;
      if (clock.maxTime === null) return this.#watermark;
      if (least === null || clock.maxTime < least) least = clock.maxTime;
    }
    let next = least === null ? null : least - outOfOrdernessMs;
    if (active === 0) {
      const max = this.maxTime;
      if (max === null) return this.#watermark;
      const clocked = Math.min(max + Math.max(0, now - this.#lastArrival), now + this.#lead - FUTURE_LEAD_MS);
      next = Math.max(max, clocked) - outOfOrdernessMs;
      next = Math.min(next, lastOpenEnd() ?? max - outOfOrdernessMs);
    }
    if (next !== null && (this.#watermark === null || next > this.#watermark)) this.#watermark = next;
    return this.#watermark;
  }

  /** The end of a bounded input: everything up to `until` is closed. */
  finish(until: number): number {
    this.#watermark = Math.max(this.#watermark ?? until, until);
    return this.#watermark;
  }

  state(): EventClockState {
    return {
      watermark: this.#watermark,
      lead: this.#lead,
      partitions: [...this.#partitions].map(([partition, clock]) => [partition, clock.maxTime]),
    };
  }

  restore(state: EventClockState, now: number): void {
    this.#watermark = state.watermark;
    this.#lead = Math.min(state.lead, MOST_AHEAD_MS + FUTURE_LEAD_MS);
    for (const [partition, maxTime] of state.partitions) this.track(partition, now).maxTime = maxTime;
  }
}
