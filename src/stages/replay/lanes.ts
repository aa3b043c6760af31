// Bounded ranges of several partitions read as one stream in the order of publication, so that event time passes as it
// did when the live line read them. Used by the branch, the previews and the search for events outside a range.
import {
  type FetchedPartition,
  openAdmin,
  openReader,
  type PartitionReader,
  type RecordCursor,
} from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';

/** Small fetches: the live line shares the broker and the machine. */
const FETCH_BYTES = 512 * 1024;
const MAX_FETCH_BYTES = 16 * 1024 * 1024;
/** A range whose end is not there for so long was deleted with its topic, ms. */
const STUCK_MS = 15_000;

/** Offsets read: from (inclusive), to (exclusive). */
export interface Stretch {
  partition: number;
  from: number;
  to: number;
}

export interface LanesOptions {
  clientIdSuffix: string;
  log: Logger | null;
  signal: AbortSignal;
  onWaiting(reason: string | null): void;
}

/** One partition's part of the stream; its cursor stands on the record that comes next. */
export class Lane {
  readonly partition: number;
  readonly to: number;
  /** Offset of what has been taken so far. */
  next: number;
  /** Nothing comes any more. */
  ended: boolean;
  cursor: RecordCursor | null = null;
  /** Records passed over because nobody can unpack them. */
  unreadable = 0;
  #queue: { cursor: RecordCursor; next: number }[] = [];
  #current = 0;

  constructor({ partition, from, to }: Stretch) {
    this.partition = partition;
    this.to = to;
    this.next = from;
    this.ended = from >= to;
  }

  /** Neither at its end nor with a record at hand. */
  get empty(): boolean {
    return !this.ended && this.cursor === null;
  }

  push(fetched: FetchedPartition): void {
    if (this.ended) return;
    this.#queue.push({ cursor: fetched.records(this.to), next: fetched.next });
    if (this.cursor === null) this.#open();
  }

  /** Moves on to the next record; the one before it is taken. */
  advance(): void {
    const { cursor } = this;
    if (cursor === null) return;
    this.next = cursor.offset + 1;
    if (cursor.next()) return;
    this.#close(cursor);
    this.#open();
  }

  #close(cursor: RecordCursor): void {
    this.unreadable += cursor.unreadable;
    this.next = Math.min(this.to, Math.max(this.next, this.#current));
    this.cursor = null;
    if (this.next >= this.to) this.ended = true;
  }

  #open(): void {
    for (let set = this.#queue.shift(); set !== undefined; set = this.#queue.shift()) {
      this.#current = set.next;
      if (set.cursor.next()) {
        this.cursor = set.cursor;
        return;
      }
      this.#close(set.cursor);
      if (this.ended) return;
    }
  }
}

export class Lanes {
  readonly all: readonly Lane[];
  readonly #kafka: KafkaEndpoint;
  readonly #options: LanesOptions;
  readonly #reader: PartitionReader;
  readonly #close = () => void this.#reader.close();
  #movedAt = Date.now();

  constructor(kafka: KafkaEndpoint, stretches: readonly Stretch[], options: LanesOptions) {
    this.#kafka = kafka;
    this.#options = options;
    this.all = stretches.map((stretch) => new Lane(stretch));
    const offsets = new Map(
      this.all.filter((lane) => !lane.ended).map((lane) => [lane.partition, lane.next]),
    );
    this.#reader = openReader(kafka, kafka.topic, offsets, {
      clientIdSuffix: options.clientIdSuffix,
      log: options.log,
      maxWaitMs: 100,
      maxBytesPerPartition: FETCH_BYTES,
      maxBytes: MAX_FETCH_BYTES,
      onWaiting: options.onWaiting,
    });
    options.signal.addEventListener('abort', this.#close);
  }

  /** The lane whose next record was published first, and when the next one of the others was (epoch ms); null at the end. */
  least(): { lane: Lane; until: number } | null {
    let least: Lane | null = null;
    let at = Number.POSITIVE_INFINITY;
    let until = Number.POSITIVE_INFINITY;
    for (const lane of this.all) {
      const { cursor } = lane;
      if (cursor === null) continue;
      if (cursor.timestamp < at || least === null) {
        if (least !== null) until = at;
        least = lane;
        at = cursor.timestamp;
      } else if (cursor.timestamp < until) until = cursor.timestamp;
    }
    return least === null ? null : { lane: least, until };
  }

  /**
   * Fetches until every lane has a record at hand or is at its end. Throws the signal's reason, `replay.range-gone` when
   * the topic no longer holds the range, or what the reader throws.
   */
  async fill(): Promise<void> {
    const { signal } = this.#options;
    this.#movedAt = Date.now();
    while (this.all.some((lane) => lane.empty)) {
      signal.throwIfAborted();
      // What one partition has ahead of the others waits in the broker, not here.
      this.#reader.hold(new Set(this.all.filter((lane) => !lane.empty).map((lane) => lane.partition)));
      try {
        for (const fetched of await this.#reader.poll()) {
          this.#movedAt = Date.now();
          this.all.find((lane) => lane.partition === fetched.partition)?.push(fetched);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (LiveDbError.dataOf(error).code === 'kafka.offset-out-of-range') await this.#checkRanges();
        throw error;
      }
      if (Date.now() - this.#movedAt > STUCK_MS) {
        await this.#checkRanges();
        this.#movedAt = Date.now();
      }
    }
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#close);
    await this.#reader.close();
  }

  /** Throws when events of the ranges are no longer in the topic. */
  async #checkRanges(): Promise<void> {
    const { topic } = this.#kafka;
    const admin = openAdmin(this.#kafka, { clientIdSuffix: 'replay-admin', log: this.#options.log });
    try {
      for (const { partition, low, high } of await admin.offsets(topic)) {
        const lane = this.all.find((one) => one.partition === partition && !one.ended);
        if (lane === undefined || (low <= lane.next && lane.to <= high)) continue;
        throw new LiveDbError({
          code: 'replay.range-gone',
          message: `Partition ${partition} of ${topic} no longer holds offsets ${lane.next} to ${lane.to}; it has ${low} to ${high}.`,
          remedy: 'Events were deleted since the preview. Look at the preview again and start a new replay.',
          details: { partition, from: lane.next, to: lane.to, low, high },
        });
      }
    } finally {
      await admin.close();
    }
  }
}
