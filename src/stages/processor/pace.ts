// How fast a replay may go: as fast as it can, or so many times as fast as it happened; and the pause button. Time comes
// from outside. Used by the rewind, the branch and the re-publish.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Speed } from '../../shared/replay.ts';

/** A wait is looked at again this often, so that a pause or the end of the replay is not waited for, ms. */
const LOOK_MS = 50;

export class Pace {
  readonly #speed: Speed;
  readonly #clock: () => number;
  #anchor: { wall: number; at: number } | null = null;
  #pausedAt: number | null = null;

  constructor(speed: Speed, paused = false, clock: () => number = () => performance.now()) {
    this.#speed = speed;
    this.#clock = clock;
    if (paused) this.#pausedAt = clock();
  }

  get paused(): boolean {
    return this.#pausedAt !== null;
  }

  pause(): void {
    this.#pausedAt ??= this.#clock();
  }

  resume(): void {
    if (this.#pausedAt !== null && this.#anchor !== null) this.#anchor.wall += this.#clock() - this.#pausedAt;
    this.#pausedAt = null;
  }

  /** Up to which moment (epoch ms, in the time of the events) it may go now; the first moment asked for begins the run. */
  limit(first: number): number {
    if (this.#speed.kind === 'max') return Number.POSITIVE_INFINITY;
    this.#anchor ??= { wall: this.#clock(), at: first };
    return this.#anchor.at + ((this.#pausedAt ?? this.#clock()) - this.#anchor.wall) * this.#speed.factor;
  }

  /** Seconds until `end` (epoch ms, in the time of the events) from `now`; null at full speed. */
  secondsLeft(now: number, end: number): number | null {
    return this.#speed.kind === 'max' ? null : Math.max(0, end - now) / 1_000 / this.#speed.factor;
  }

  /** Waits while it is paused. Rejects with the signal's reason. */
  async whilePaused(signal: AbortSignal): Promise<void> {
    while (this.paused) await sleep(LOOK_MS, undefined, { signal });
  }

  /** Waits while it is paused, and until events of that moment (epoch ms) may pass. Rejects with the signal's reason. */
  async due(at: number, signal: AbortSignal): Promise<void> {
    await this.whilePaused(signal);
    while (at > this.limit(at)) {
      await this.rest(signal);
      await this.whilePaused(signal);
    }
  }

  /** A little wait for a moment that may not pass yet. Rejects with the signal's reason. */
  async rest(signal: AbortSignal): Promise<void> {
    await sleep(LOOK_MS, undefined, { signal });
  }
}
