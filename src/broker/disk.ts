// The broker's disk as its writes feel it: how long they take, whose turn it is while they take long, and a delay made on
// purpose. broker.ts makes one; the handlers that write wait here for their turn.
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** A write that took this long holds up all else: from then on each turn of the event loop takes one, ms. */
const LONG_MS = 100;
/** A write that took this long is told to a person, ms. */
const SAID_MS = 1_000;
/** So long without such a write, and it is over, ms. */
const OVER_MS = 3_000;

export const SLOW_DISK = 'Waiting for the disk: a write takes over a second.';

export interface DiskEvents {
  waiting(reason: string | null): void;
}

export class Disk {
  private readonly events: DiskEvents;
  private readonly now: () => number;
  private delayMs = 0;
  private delayedUntil = 0;
  /** Settles when the last one in the queue has had its turn. */
  private queue: Promise<void> = Promise.resolve();
  private queued = 0;
  private lastTook = 0;
  private saidAt: number | null = null;
  private closed = false;

  constructor(events: DiskEvents, now: () => number = () => performance.now()) {
    this.events = events;
    this.now = now;
  }

  /** Each write takes `delayMs` longer for the next `ms`; 0 and 0 end it. */
  delay(delayMs: number, ms: number): void {
    this.delayMs = delayMs;
    this.delayedUntil = this.now() + ms;
  }

  /**
   * Null when the write may begin at once. While the disk is slow writes wait for one another, and beats, fetches and
   * heartbeats get in between; each connection has one request in work, so that the queue is as long as there are clients.
   */
  turn(): Promise<void> | null {
    if (this.queued === 0 && this.lastTook < LONG_MS && this.delayNow() === 0) return null;
    this.queued += 1;
    const mine = this.queue.then(async () => {
      const delay = this.delayNow();
      if (delay === 0) await nextTurn();
      else {
        await pause(delay);
        this.took(delay);
      }
      this.queued -= 1;
      if (this.closed) throw new Error('The broker has closed its files');
    });
    this.queue = mine;
    return mine;
  }

  /** Runs a write that holds up the event loop, and notes how long it took. */
  write<T>(work: () => T): T {
    const began = this.now();
    try {
      return work();
    } finally {
      this.took(this.now() - began + this.delayNow());
    }
  }

  /** Called each second: says when it is over. */
  tend(): void {
    if (this.saidAt === null || this.now() - this.saidAt < OVER_MS) return;
    this.saidAt = null;
    this.events.waiting(null);
  }

  /** Who still waits fails: their connections are gone. */
  close(): void {
    this.closed = true;
  }

  private delayNow(): number {
    return this.now() < this.delayedUntil ? this.delayMs : 0;
  }

  private took(ms: number): void {
    this.lastTook = ms;
    if (ms < SAID_MS) return;
    this.saidAt = this.now();
    this.events.waiting(SLOW_DISK);
  }
}
