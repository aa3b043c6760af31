// One query over a bounded stream of events, by the clock of their publication: idle partitions, events of the future and
// late ones are judged as the live line judged them then, not as they look today. Used by the branch and the previews.
import type { WindowResult } from '../../shared/event.ts';
import type { QuerySpec } from '../../shared/query.ts';
import { Decoder } from '../processor/decode/decoder.ts';
import { WindowCore } from '../processor/windows/window-core.ts';
import type { Lane, Lanes } from './lanes.ts';

/** A partition may run ahead of the others by this much, ms of publication. */
const SLACK_MS = 100;
/** Silence in the stream longer than this lets the clock tick, as it did for the live line, ms. */
const TICK_MS = 100;
/** Late records are gathered this long before their windows are told again, ms of publication. */
const CORRECTION_MS = 200;
const CHECK_EVERY = 256;
const TAKE = 1_000;

/** Why the taking paused: its time is up, a fetch is due, the pace asks to wait, or all is read. */
export type Pause = 'time' | 'fetch' | 'pace' | 'end';

export interface PartitionFigures {
  events: number;
  /** Event times, epoch ms; null without an event that can be read. */
  firstAt: number | null;
  lastAt: number | null;
}

export class QueryRun {
  readonly core: WindowCore;
  readonly figures = new Map<number, PartitionFigures>();
  /** Records read, events or not. */
  done = 0;
  /** Their keys and values. */
  bytes = 0;
  /** Publication of the first record and of the newest so far, epoch ms; null before the first. */
  firstAt: number | null = null;
  now = 0;
  readonly #lanes: Lanes;
  readonly #decoder: Decoder;
  #correctedAt = 0;

  constructor(lanes: Lanes, query: QuerySpec) {
    this.#lanes = lanes;
    this.core = new WindowCore(query, 0);
    this.#decoder = new Decoder(this.core.org, this.core.region);
    for (const lane of lanes.all) {
      if (lane.ended) continue;
      this.core.clock.track(lane.partition, 0);
      this.figures.set(lane.partition, { events: 0, firstAt: null, lastAt: null });
    }
  }

  /** Takes in records for about `budgetMs`, none that was published after `limit` (epoch ms). Then take the results. */
  take(budgetMs: number, limit = Number.POSITIVE_INFINITY): Pause {
    const stopAt = performance.now() + budgetMs;
    for (;;) {
      if (this.#lanes.all.some((lane) => lane.empty)) return 'fetch';
      const head = this.#lanes.least();
      if (head === null) return 'end';
      const at = head.lane.cursor?.timestamp ?? this.now;
      if (at > limit) {
        if (this.firstAt !== null && limit - this.now > TICK_MS) this.#silence(limit);
        return 'pace';
      }
      if (this.firstAt === null) this.firstAt = at;
      else if (at - this.now > TICK_MS) this.#silence(at);
      this.#slice(head.lane, Math.min(head.until + SLACK_MS, limit), stopAt);
      if (this.core.waiting >= TAKE || performance.now() >= stopAt) return 'time';
    }
  }

  /** Times of the first and the last event, epoch ms; null when there was none that can be read. */
  get times(): { from: number; to: number } | null {
    const figures = [...this.figures.values()];
    const firsts = figures.flatMap(({ firstAt }) => (firstAt === null ? [] : [firstAt]));
    const lasts = figures.flatMap(({ lastAt }) => (lastAt === null ? [] : [lastAt]));
    return firsts.length === 0 ? null : { from: Math.min(...firsts), to: Math.max(...lasts) };
  }

  /** The end of the range: every window is closed. */
  finish(): void {
    this.core.finish();
  }

  /** Results due now, at most `max`; windows beyond their lateness are forgotten once all are taken. */
  results(max = TAKE): WindowResult[] {
    const results = this.core.take(max).map((emission) => emission.result);
    if (this.core.waiting === 0) this.core.purge();
    return results;
  }

  #silence(until: number): void {
    this.now = until;
    for (const lane of this.#lanes.all) this.core.clock.caughtUp(lane.partition, until, true);
    this.core.advance(until);
  }

  #slice(lane: Lane, until: number, stopAt: number): void {
    const { core } = this;
    const decoder = this.#decoder;
    decoder.orgs = core.org;
    decoder.regions = core.region;
    const horizon = core.clock.horizon(this.now);
    const figures = this.figures.get(lane.partition);
    let maxTime = Number.NEGATIVE_INFINITY;
    let ahead = 0;
    let least = Number.POSITIVE_INFINITY;
    let counted = 0;
    let seen = 0;
    let published = this.now;
    for (let cursor = lane.cursor; cursor !== null; cursor = lane.cursor) {
      if (cursor.timestamp > until) break;
      if (cursor.timestamp > published) published = cursor.timestamp;
      const { valueStart, valueEnd } = cursor;
      this.bytes += Math.max(0, cursor.keyEnd - cursor.keyStart) + Math.max(0, valueEnd - valueStart);
      if (valueStart >= 0 && decoder.decode(cursor.buffer, valueStart, valueEnd)) {
        const { at } = decoder;
        if (figures !== undefined) {
          if (figures.firstAt === null || at < figures.firstAt) figures.firstAt = at;
          if (figures.lastAt === null || at > figures.lastAt) figures.lastAt = at;
        }
        // As the live line: events that the query leaves out move the clock, replayed ones only where they may count.
        if (!decoder.replay || core.takesReplayed) {
          core.add(at, decoder.org, decoder.region, decoder.cents, decoder.replay);
          counted++;
          if (at > horizon) {
            ahead++;
            if (at < least) least = at;
          } else if (at > maxTime) maxTime = at;
        }
      }
      seen++;
      lane.advance();
      if (seen % CHECK_EVERY === 0 && performance.now() >= stopAt) break;
    }
    const all = seen + lane.unreadable;
    lane.unreadable = 0;
    this.done += all;
    if (figures !== undefined) figures.events += all;
    this.now = published;
    if (counted > 0) {
      const time = maxTime > Number.NEGATIVE_INFINITY ? maxTime : null;
      core.clock.observe(lane.partition, published, time, { events: ahead, least });
    }
    for (const one of this.#lanes.all) {
      if (one.ended) core.clock.leave(one.partition);
      else {
        const quiet = one.cursor !== null && one.cursor.timestamp > published;
        core.clock.caughtUp(one.partition, published, quiet);
      }
    }
    core.advance(published);
    if (published - this.#correctedAt >= CORRECTION_MS) {
      this.#correctedAt = published;
      core.fireCorrections();
    }
  }
}
