// Reads the events topic from the places of the intake, and makes sure that it still is the same log: after every start
// and every loss of the connection the last record read is read again and recognised. Used by the live engine.
import { crc32 } from 'node:zlib';
import {
  type FetchedPartition,
  type KafkaAdmin,
  openReader,
  type PartitionReader,
  RecordCursor,
} from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { SILENCE_SAID_MS, silenceOf, tellingSilence } from '../../clients/silence.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import type { IncidentNote } from './engine.ts';
import type { InputPlace } from './intake.ts';

const POLL_WAIT_MS = 500;
/** Of one fetch over all partitions: each gets its share, so that none runs ahead of the others for long. */
const FETCH_BYTES = 1536 * 1024;
const LEAST_BYTES = 128 * 1024;

/** The events topic was deleted and made anew: start again from nothing. */
export class TopicMadeAnew extends Error {}

export interface EventSourceParts {
  kafka: KafkaEndpoint;
  admin: KafkaAdmin;
  log: Logger | null;
  places: Map<number, InputPlace>;
  waiting(reason: string | null): void;
  incident(note: IncidentNote): void;
}

export class EventSource {
  readonly #parts: EventSourceParts;
  readonly #reader: PartitionReader;
  /** Partitions whose last record has to be recognised before reading goes on. */
  readonly #unverified = new Set<number>();
  #away = false;
  /** A fetch has not been answered for long: half-dead, or only slow. */
  #silent = false;
  #closed = false;

  constructor(parts: EventSourceParts) {
    this.#parts = parts;
    const offsets = new Map<number, number>();
    for (const [partition, place] of parts.places) offsets.set(partition, this.#doubt(partition, place));
    this.#reader = openReader(parts.kafka, parts.kafka.topic, offsets, {
      clientIdSuffix: 'processor',
      log: parts.log,
      maxWaitMs: POLL_WAIT_MS,
      maxBytesPerPartition: Math.max(LEAST_BYTES, Math.floor(FETCH_BYTES / Math.max(1, offsets.size))),
      // Brokers fill an answer in order up to this: it must never leave the last partitions out.
      maxBytes: 16 * FETCH_BYTES,
      onWaiting: (reason) => this.#onWaiting(reason),
    });
  }

  /** The cluster cannot be read at present: silence of a partition means nothing then. */
  get away(): boolean {
    return this.#away || this.#silent;
  }

  /** Events that wait in the log, as last heard; one for a partition not yet heard of, so that 0 means caught up. */
  get lag(): number {
    let lag = 0;
    for (const [partition, { next }] of this.#parts.places)
      lag += Math.max(0, this.#end(partition, next + 1) - next);
    return lag;
  }

  /** End of a partition as last heard; null before that. */
  endOf(partition: number): number | null {
    return this.#reader.highWatermarks.get(partition) ?? null;
  }

  /** What has come; [] when nothing has within 500 ms, or after `close`. Throws TopicMadeAnew or a LiveDbError. */
  async poll(): Promise<FetchedPartition[]> {
    try {
      return await tellingSilence(
        this.#reader.poll(),
        {
          said: () => this.#onSilence(true),
          over: () => this.#onSilence(false),
        },
        POLL_WAIT_MS + SILENCE_SAID_MS,
      );
    } catch (error) {
      if (this.#closed) return [];
      const { code, details } = LiveDbError.dataOf(error);
      const partition = (details as { partition?: number } | undefined)?.partition;
      if (code !== 'kafka.offset-out-of-range' || partition === undefined) throw error;
      await this.#outOfRange(partition);
      return [];
    }
  }

  /** The records of a fetch that are still to be taken in. Throws TopicMadeAnew. */
  open(fetched: FetchedPartition): RecordCursor {
    const place = this.#parts.places.get(fetched.partition);
    if (this.#unverified.delete(fetched.partition) && place !== undefined && place.last !== null) {
      const cursor = fetched.records(place.next);
      if (cursor.next() && cursor.offset === place.next - 1) {
        const value = cursor.buffer.subarray(Math.max(0, cursor.valueStart), Math.max(0, cursor.valueEnd));
        if (crc32(value) !== place.last) throw new TopicMadeAnew();
      }
    }
    return new RecordCursor(fetched.set, Math.max(fetched.from, place?.next ?? 0));
  }

  /** True when the partition is read to its end as far as is known. */
  caughtUp(partition: number): boolean {
    const next = this.#parts.places.get(partition)?.next;
    return !this.away && next !== undefined && next >= this.#end(partition, Number.POSITIVE_INFINITY);
  }

  /** Starts to read partitions that were added to the topic; returns their numbers. */
  async findPartitions(): Promise<number[]> {
    const { admin, kafka, places } = this.#parts;
    if (this.#away || this.#closed) return [];
    const added: number[] = [];
    for (const { partition, low } of await admin.offsets(kafka.topic)) {
      if (places.has(partition)) continue;
      places.set(partition, { next: low, last: null });
      this.#reader.seek(partition, low);
      added.push(partition);
    }
    return added;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reader.close();
  }

  #end(partition: number, unknown: number): number {
    return this.#reader.highWatermarks.get(partition) ?? unknown;
  }

  /** Where to read on from so that the record before the place is seen again. */
  #doubt(partition: number, place: InputPlace): number {
    if (place.last === null || place.next === 0) return place.next;
    this.#unverified.add(partition);
    return place.next - 1;
  }

  #onSilence(silent: boolean): void {
    this.#silent = silent;
    if (silent) this.#parts.waiting(silenceOf(`Kafka at ${this.#parts.kafka.brokers.join(',')}`));
    // A reason that came meanwhile stands.
    else if (!this.#away) this.#parts.waiting(null);
  }

  #onWaiting(reason: string | null): void {
    this.#parts.waiting(reason);
    const wasAway = this.#away;
    this.#away = reason !== null;
    if (wasAway || !this.#away) return;
    for (const [partition, place] of this.#parts.places)
      this.#reader.seek(partition, this.#doubt(partition, place));
  }

  /** An offset that is not there: deleted by retention, or the whole topic is another one. */
  async #outOfRange(partition: number): Promise<void> {
    const { admin, kafka, places, incident } = this.#parts;
    const place = places.get(partition);
    const found = (await admin.offsets(kafka.topic)).find((one) => one.partition === partition);
    // Asked again at the next poll.
    if (found === undefined || place === undefined) return;
    if (found.high < place.next) throw new TopicMadeAnew();
    if (found.low > place.next) {
      incident({
        severity: 'error',
        code: 'events-deleted',
        title: `${found.low - place.next} events were deleted before they were processed`,
        cause: `Partition ${partition} of ${kafka.topic} begins at offset ${found.low} now; offset ${place.next} was next.`,
        remedy: 'Raise the retention of the topic, or replay from the table.',
      });
    }
    // The record before the place is gone: nothing is left to recognise.
    this.#unverified.delete(partition);
    const next = Math.max(place.next, found.low);
    places.set(partition, { next, last: null });
    this.#reader.seek(partition, next);
  }
}
