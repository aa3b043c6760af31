// Takes records of the events topic into the windows and the id set, a time slice at once. The hot path: everything per
// event happens here. Used by the live engine.
import { crc32 } from 'node:zlib';
import type { FetchedPartition, RecordCursor } from '../../clients/kafka.ts';
import { IdSet } from '../../shared/ids.ts';
import { Decoder } from './decode/decoder.ts';
import { LatencyCounts } from './latency.ts';
import type { RareIncidents } from './rare-incidents.ts';
import type { WindowCore } from './windows/window-core.ts';

/** The clock is looked at once in so many records. */
const CHECK_EVERY = 256;

export interface IntakeCounters {
  events: number;
  duplicates: number;
  replayed: number;
  unreadable: number;
}

/** Where the reading of one partition stands. */
export interface InputPlace {
  /** Next offset to take in. */
  next: number;
  /** CRC of the value of the record before it; null when there is none. Tells a topic that was made anew. */
  last: number | null;
}

export class Intake {
  readonly core: WindowCore;
  readonly ids = new IdSet();
  readonly places = new Map<number, InputPlace>();
  readonly latency = new LatencyCounts();
  counters: IntakeCounters = { events: 0, duplicates: 0, replayed: 0, unreadable: 0 };
  /** Time of the last event taken in, epoch ms; null before the first. */
  lastTime: number | null = null;
  readonly #decoder: Decoder;
  readonly #incidents: RareIncidents;
  readonly #topic: string;
  readonly #keepsIds: boolean;

  /** `keepsIds`: for the ledger; only the live query does. */
  constructor(
    core: WindowCore,
    topic: string,
    incidents: RareIncidents,
    { keepsIds }: { keepsIds: boolean } = { keepsIds: true },
  ) {
    this.#keepsIds = keepsIds;
    this.core = core;
    this.#decoder = new Decoder(core.org, core.region);
    this.#incidents = incidents;
    this.#topic = topic;
  }

  /** Takes in records of `cursor` for about `budgetMs`; true when it has come to the end of what was fetched. */
  takeSome(fetched: FetchedPartition, cursor: RecordCursor, now: number, budgetMs: number): boolean {
    const { core, ids, latency, counters } = this;
    const decoder = this.#decoder;
    decoder.orgs = core.org;
    decoder.regions = core.region;
    const horizon = core.clock.horizon(now);
    const replays = core.takesReplayed;
    const keepsIds = this.#keepsIds;
    const until = performance.now() + budgetMs;
    const droppedBefore = core.dropped;
    const overflowBefore = core.overflow;
    let maxTime = Number.NEGATIVE_INFINITY;
    let ahead = 0;
    let least = Number.POSITIVE_INFINITY;
    let offset = -1;
    let seen = 0;
    let more = cursor.next();
    for (; more; more = cursor.next()) {
      offset = cursor.offset;
      const { valueStart } = cursor;
      if (valueStart < 0) this.#unreadable(fetched.partition, offset, 'it has no value', now);
      else if (!decoder.decode(cursor.buffer, valueStart, cursor.valueEnd)) {
        this.#unreadable(fetched.partition, offset, decoder.reason, now);
      } else if (decoder.replay && !replays) counters.replayed++;
      else {
        const { at } = decoder;
        if (decoder.replay) counters.replayed++;
        else {
          counters.events++;
          if (keepsIds && !ids.add(decoder.id)) counters.duplicates++;
        }
        core.add(at, decoder.org, decoder.region, decoder.cents, decoder.replay);
        if (at > horizon) {
          ahead++;
          if (at < least) least = at;
        } else if (at > maxTime) maxTime = at;
        if (!decoder.replay) latency.add(now - at);
      }
      if (++seen % CHECK_EVERY === 0 && performance.now() >= until) break;
    }
    if (offset >= 0) {
      const value = cursor.buffer.subarray(Math.max(0, cursor.valueStart), Math.max(0, cursor.valueEnd));
      this.places.set(fetched.partition, { next: offset + 1, last: crc32(value) });
    }
    if (!more) this.#finish(fetched, cursor, now);
    if (maxTime > Number.NEGATIVE_INFINITY) this.lastTime = maxTime;
    if (maxTime > Number.NEGATIVE_INFINITY || ahead > 0) {
      this.#observe(fetched.partition, now, maxTime, ahead, least);
    }
    this.#tellDropped(core.dropped - droppedBefore, core.overflow - overflowBefore, now);
    return !more;
  }

  #finish(fetched: FetchedPartition, cursor: RecordCursor, now: number): void {
    const place = this.places.get(fetched.partition);
    // Behind the last record may stand control records, which are no events.
    if (place === undefined || place.next < fetched.next) {
      this.places.set(fetched.partition, { next: fetched.next, last: null });
    }
    if (cursor.unreadable === 0) return;
    this.counters.unreadable += cursor.unreadable;
    this.#incidents.note('compression', now, cursor.unreadable, (times) => ({
      severity: 'error',
      code: 'unreadable',
      title: `${times} records could not be read`,
      cause: `Partition ${fetched.partition} of ${this.#topic} holds batches below offset ${fetched.next} in a compression or format that is not known here.`,
      remedy: 'Publish with gzip, zstd or no compression.',
    }));
  }

  #observe(partition: number, now: number, maxTime: number, ahead: number, least: number): void {
    const { clock } = this.core;
    const time = maxTime > Number.NEGATIVE_INFINITY ? maxTime : null;
    if (clock.observe(partition, now, time, { events: ahead, least })) {
      const seconds = Math.round((least - now) / 1000);
      this.#incidents.note('ahead', now, 1, () => ({
        severity: 'warning',
        code: 'clock-skew',
        title: `Events run ${seconds} s ahead of this computer's clock`,
        cause: 'All of the last events are dated in the future: another time zone, or a clock that is wrong.',
        remedy: 'Windows go by the time of the events. Store created_at in UTC, or set the clock.',
      }));
    } else if (ahead > 0) {
      this.#incidents.note('future', now, ahead, (times) => ({
        severity: 'warning',
        code: 'future-timestamp',
        title: `${times} events dated in the future`,
        cause: `The nearest is dated ${new Date(least).toISOString()}. They count in their own windows, but do not close others.`,
        remedy: 'Correct created_at where the rows are written.',
      }));
    }
  }

  #unreadable(partition: number, offset: number, reason: string, now: number): void {
    this.counters.unreadable++;
    this.#incidents.note('unreadable', now, 1, (times) => ({
      severity: 'warning',
      code: 'unreadable',
      title: times === 1 ? 'A record could not be read' : `${times} records could not be read`,
      cause: `Partition ${partition}, offset ${offset} of ${this.#topic} was passed over: ${reason}.`,
      remedy: 'Look at the record in the topic panel and correct who publishes it.',
    }));
  }

  #tellDropped(dropped: number, overflow: number, now: number): void {
    if (overflow > 0) {
      this.#incidents.note('overflow', now, overflow, (times) => ({
        severity: 'error',
        code: 'too-many-groups',
        title: `${times} events were not counted`,
        cause: 'There are more groups and windows at once than the processor holds in memory.',
        remedy: 'Group by a field with fewer values, or take larger windows or less allowed lateness.',
      }));
    } else if (dropped > 0) {
      this.#incidents.note('dropped', now, dropped, (times) => ({
        severity: 'warning',
        code: 'late',
        title: `${times} late events were dropped`,
        cause: 'They came after the allowed lateness of their windows.',
        remedy: 'Allow more lateness in the query, or replay from before them.',
      }));
    }
  }
}
