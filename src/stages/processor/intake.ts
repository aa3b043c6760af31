// Takes records of the events topic into the windows and the id set, a time slice at once. The hot path: everything per
// event happens here. Used by the live engine.
import { crc32 } from 'node:zlib';
import type { FetchedPartition, RecordCursor } from '../../clients/kafka.ts';
import { IdSet } from '../../shared/ids.ts';
import { Decoder } from './decode/decoder.ts';
import { LatencyCounts, WrittenOrder } from './latency.ts';
import type { SideRecords } from './publish/side-records.ts';
import type { RareIncidents } from './rare-incidents.ts';
import type { WindowCore } from './windows/window-core.ts';

/** The clock is looked at once in so many records. */
const CHECK_EVERY = 256;

export interface IntakeCounters {
  events: number;
  duplicates: number;
  replayed: number;
  unreadable: number;
  /** Events dated so far in the future that they do not move the watermark; part of `events`. */
  future: number;
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
  /** Below these offsets events were counted before: only the windows take them in (again). */
  readonly counted = new Map<number, number>();
  /** Events dated in the future, per partition. */
  readonly future = new Map<number, number>();
  /** Wall clock of the last record, per partition. */
  readonly arrivals = new Map<number, number>();
  readonly latency = new LatencyCounts();
  readonly #orders = new Map<number, WrittenOrder>();
  counters: IntakeCounters = { events: 0, duplicates: 0, replayed: 0, unreadable: 0, future: 0 };
  /** Where records go that do not count; null: nowhere. */
  side: SideRecords | null = null;
  /** Least and largest event time, epoch ms; null before the first. */
  times: { first: number; last: number } | null = null;
  /** Time up to which events of the last partition read were taken in, epoch ms; null before the first. */
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
    const { core, counters } = this;
    const decoder = this.#decoder;
    decoder.orgs = core.org;
    decoder.regions = core.region;
    const horizon = core.clock.horizon(now);
    const replays = core.takesReplayed;
    const until = performance.now() + budgetMs;
    const overflowBefore = core.overflow;
    const { partition } = fetched;
    const countedTo = this.counted.get(partition) ?? 0;
    const order = this.#orders.get(partition) ?? new WrittenOrder();
    this.#orders.set(partition, order);
    const stuck = this.side?.knownLate(partition) ?? null;
    let first = this.times?.first ?? Number.POSITIVE_INFINITY;
    let last = this.times?.last ?? Number.NEGATIVE_INFINITY;
    let maxTime = Number.NEGATIVE_INFINITY;
    let ahead = 0;
    let least = Number.POSITIVE_INFINITY;
    let offset = -1;
    let seen = 0;
    let more = cursor.next();
    for (; more; more = cursor.next()) {
      offset = cursor.offset;
      const fresh = offset >= countedTo;
      const { valueStart } = cursor;
      if (valueStart < 0) this.#unreadable(partition, cursor, fresh, 'it has no value', now);
      else if (!decoder.decode(cursor.buffer, valueStart, cursor.valueEnd)) {
        this.#unreadable(partition, cursor, fresh, decoder.reason, now);
      } else if (decoder.replay && !replays) {
        if (fresh) counters.replayed++;
      } else {
        const { at } = decoder;
        if (fresh) this.#count(decoder, order, now, horizon);
        const { overflow } = core;
        // Put aside before a crash: it does not count now either.
        if (stuck?.has(offset) && this.side?.isLate(partition, cursor)) core.dropped++;
        else if (core.add(at, decoder.org, decoder.region, decoder.cents, decoder.replay) === 'dropped')
          this.#late(partition, cursor, at, core.overflow > overflow, now);
        if (at < first) first = at;
        if (at > last) last = at;
        if (at > horizon) {
          ahead++;
          if (fresh) counters.future++;
          if (at < least) least = at;
        } else if (at > maxTime) maxTime = at;
      }
      if (++seen % CHECK_EVERY === 0 && (performance.now() >= until || this.side?.full)) break;
    }
    if (offset >= 0) {
      const value = cursor.buffer.subarray(Math.max(0, cursor.valueStart), Math.max(0, cursor.valueEnd));
      this.places.set(partition, { next: offset + 1, last: crc32(value) });
      this.arrivals.set(partition, now);
    }
    this.#unreadableBatches(partition, cursor, countedTo, now);
    if (!more) this.#finish(fetched);
    if (first <= last) this.times = { first, last };
    // One that is dated back says nothing of how far the reading has come.
    if (maxTime > Number.NEGATIVE_INFINITY) this.lastTime = Math.max(maxTime, order.latest);
    if (maxTime > Number.NEGATIVE_INFINITY || ahead > 0) this.#observe(partition, now, maxTime, ahead, least);
    if (ahead > 0) this.future.set(partition, (this.future.get(partition) ?? 0) + ahead);
    this.#tellOverflow(core.overflow - overflowBefore, now);
    return !more;
  }

  #count(decoder: Decoder, order: WrittenOrder, now: number, horizon: number): void {
    const { counters } = this;
    if (decoder.replay) {
      counters.replayed++;
      return;
    }
    counters.events++;
    if (this.#keepsIds && !this.ids.add(decoder.id)) counters.duplicates++;
    if (order.takes(decoder.at, now, horizon)) this.latency.add(now - decoder.at);
  }

  #finish(fetched: FetchedPartition): void {
    const place = this.places.get(fetched.partition);
    // Behind the last record may stand control records, which are no events.
    if (place === undefined || place.next < fetched.next) {
      this.places.set(fetched.partition, { next: fetched.next, last: null });
    }
  }

  #unreadableBatches(partition: number, cursor: RecordCursor, countedTo: number, now: number): void {
    for (const batch of cursor.takeUnreadable()) {
      if (batch.offset >= countedTo) this.counters.unreadable += batch.count;
      const reason = 'it is in a batch of a compression or format that is not known here, or damaged';
      this.side?.deadBatch(partition, batch, reason, now);
      this.#incidents.note('compression', now, batch.count, (times) => ({
        severity: 'error',
        code: 'unreadable',
        title: `${recordsText(times)} could not be read`,
        cause: `Partition ${partition} of ${this.#topic} holds a batch from offset ${batch.offset} on in a compression or format that is not known here, or damaged. ${this.#takesDead ? 'It was put aside whole on the dead topic.' : `Query "${this.core.query.name}" has passed it over.`}`,
        remedy: 'Publish with gzip, zstd or no compression.',
      }));
    }
  }

  #late(partition: number, cursor: RecordCursor, at: number, overflow: boolean, now: number): void {
    if (this.side === null) return;
    const { query } = this.core;
    this.side.late(partition, cursor, {
      reason: overflow
        ? 'there were more groups and windows at once than the processor holds'
        : `it came after the allowed lateness of ${query.allowedLatenessMs} ms`,
      query: query.name,
      window: windowText(this.core.windowOf(at)),
      at: now,
    });
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
    } else if (ahead > 0 && this.#takesDead) {
      // Each query sees the same events: the one that puts records aside for all tells of them.
      this.#incidents.note('future', now, ahead, (times) => ({
        severity: 'warning',
        code: 'future-timestamp',
        title: `${eventsText(times)} dated in the future`,
        cause: `The nearest is dated ${new Date(least).toISOString()}. Such events count in their own windows, but do not close others.`,
        remedy: 'Correct created_at where the rows are written.',
      }));
    }
  }

  #unreadable(partition: number, cursor: RecordCursor, fresh: boolean, reason: string, now: number): void {
    if (fresh) this.counters.unreadable++;
    this.side?.dead(partition, cursor, reason, now);
    const { offset } = cursor;
    this.#incidents.note('unreadable', now, 1, (times) => ({
      severity: 'warning',
      code: 'unreadable',
      title: `${recordsText(times)} could not be read`,
      cause: `Partition ${partition}, offset ${offset} of ${this.#topic} was ${this.#takesDead ? 'put aside on the dead topic' : `passed over by query "${this.core.query.name}"`}: ${reason}.`,
      remedy: 'Look at the record, correct it and send it again; correct who publishes it.',
    }));
  }

  #tellOverflow(overflow: number, now: number): void {
    if (overflow === 0) return;
    const { name } = this.core.query;
    this.#incidents.note('overflow', now, overflow, (times) => ({
      severity: 'error',
      code: 'too-many-groups',
      title: `Query "${name}": ${eventsText(times)} ${times === 1 ? 'was' : 'were'} not counted`,
      cause: 'There are more groups and windows at once than the processor holds in memory.',
      remedy: 'Group by a field with fewer values, or take larger windows or less allowed lateness.',
    }));
  }

  get #takesDead(): boolean {
    return this.side?.takesDead ?? false;
  }
}

const eventsText = (count: number) => (count === 1 ? '1 event' : `${count} events`);
const recordsText = (count: number) => (count === 1 ? '1 record' : `${count} records`);

/** `start/end`, ISO 8601. */
function windowText({ start, end }: { start: number; end: number }): string {
  return `${new Date(start).toISOString()}/${new Date(end).toISOString()}`;
}
