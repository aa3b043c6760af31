// Reads partitions of a topic from explicit offsets, in raw record sets, without a consumer group: the processor, the
// replays, the producer's resume and the topic panel read through it. One fetch is always ahead of the caller.
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaEndpoint } from '../shared/link.ts';
import { isStaleMetadata, kafkaError, kafkaFailure, kafkaPassesByItself } from './kafka-errors.ts';
import {
  encodeFetch,
  FETCH_API,
  type FetchAnswer,
  type FetchLimits,
  fetchResponse,
} from './kafka-fetch-api.ts';
import { offsetAfter, RecordCursor } from './kafka-records.ts';
import {
  apiVersion,
  type KafkaSession,
  openKafkaSession,
  protocolError,
  REQUEST_TIMEOUT_MS,
  sendRaw,
} from './kafka-session.ts';
import type { Logger } from './log.ts';
import { retryPauseMs } from './retrying.ts';

export interface ReaderOptions {
  clientIdSuffix: string;
  log?: Logger | null;
  /** How long the broker holds an empty answer back, ms (default 500). */
  maxWaitMs?: number;
  /** Default 4 MiB and 8 MiB. Up to two answers are held at a time. */
  maxBytesPerPartition?: number;
  maxBytes?: number;
  /** What the reader waits for; null when it goes on. */
  onWaiting?(reason: string | null): void;
}

/** What one fetch brought of one partition. */
export interface FetchedPartition {
  partition: number;
  /** First offset asked for; records below it are passed over. */
  from: number;
  /** Where the next fetch goes on. */
  next: number;
  highWatermark: number;
  logStart: number;
  /** The raw record set (batches of format v2). */
  set: Buffer;
  /** A cursor over its records with offsets in [from, until). */
  records(until?: number): RecordCursor;
}

export interface PartitionReader {
  /**
   * What has come since the last call; waits up to maxWaitMs for it, [] when there is nothing. While the cluster is
   * away it says so through `onWaiting`, pauses and gives []: call again. Throws what does not pass by itself:
   * `kafka.offset-out-of-range` (details: topic, partition, offset, logStart, highWatermark; `seek` and go on), `kafka.auth` …
   */
  poll(): Promise<FetchedPartition[]>;
  seek(partition: number, offset: number): void;
  /** Partitions that are not asked for until the next call; what is on its way of them still comes. */
  hold(partitions: ReadonlySet<number>): void;
  /** Next offset to be given by `poll`, per partition. */
  readonly offsets: ReadonlyMap<number, number>;
  /** End of the log as last heard, per partition. */
  readonly highWatermarks: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

const LONGEST_PAUSE_MS = 2_000;
const OFFSET_OUT_OF_RANGE = 1;

class Reader implements PartitionReader {
  readonly offsets: Map<number, number>;
  readonly highWatermarks = new Map<number, number>();
  #endpoint: KafkaEndpoint;
  #topic: string;
  #options: ReaderOptions;
  #limits: FetchLimits;
  #session: KafkaSession | null = null;
  /** One fetch under way per leader. */
  #slots = new Map<number, Promise<FetchAnswer[]>>();
  /** What the fetches under way asked for, per partition. */
  #asked = new Map<number, number>();
  #held: ReadonlySet<number> = new Set();
  #failures = 0;
  #closed = new AbortController();

  constructor(endpoint: KafkaEndpoint, topic: string, offsets: Map<number, number>, options: ReaderOptions) {
    this.#endpoint = endpoint;
    this.#topic = topic;
    this.offsets = new Map(offsets);
    this.#options = options;
    this.#limits = {
      maxWaitMs: options.maxWaitMs ?? 500,
      maxBytesPerPartition: options.maxBytesPerPartition ?? 4 * 1024 * 1024,
      maxBytes: options.maxBytes ?? 8 * 1024 * 1024,
    };
  }

  async poll(): Promise<FetchedPartition[]> {
    if (this.#closed.signal.aborted) throw kafkaFailure('kafka.closed', 'This reader is closed.');
    try {
      const session = await this.#connected();
      await this.#fillSlots(session);
      if (this.#slots.size === 0) return await this.#idle();
      const [leader, answers] = await Promise.race(
        [...this.#slots].map(async ([node, answer]) => [node, await answer] as const),
      );
      this.#slots.delete(leader);
      // Only here do the offsets move: an answer that is dropped on the way to the caller is fetched again.
      const fetched = this.#take(answers);
      // The next fetch is on its way while the caller works on this one; should it fail, the next poll says so.
      await this.#fillSlots(session).catch(() => this.#slots.clear());
      if (this.#failures > 0) {
        this.#failures = 0;
        this.#options.onWaiting?.(null);
      }
      return fetched;
    } catch (error) {
      if (this.#closed.signal.aborted) throw kafkaFailure('kafka.closed', 'This reader is closed.');
      return this.#recover(kafkaError(error, `read topic "${this.#topic}"`));
    }
  }

  seek(partition: number, offset: number): void {
    this.offsets.set(partition, offset);
    if (this.#slots.size === 0) return;
    // A fetch under way is for the old place and may be held back by the broker; the next one must not queue behind it.
    this.#slots.clear();
    void this.#session?.close();
    this.#session = null;
  }

  hold(partitions: ReadonlySet<number>): void {
    this.#held = partitions;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#slots.clear();
    await this.#session?.close();
    this.#session = null;
  }

  async #connected(): Promise<KafkaSession> {
    this.#session ??= await openKafkaSession(this.#endpoint, this.#options);
    if (this.#closed.signal.aborted) await this.close();
    return this.#session ?? Promise.reject(kafkaFailure('kafka.closed', 'This reader is closed.'));
  }

  async #fillSlots(session: KafkaSession): Promise<void> {
    const byLeader = new Map<number, [number, number][]>();
    for (const { partition, leader } of await session.partitions(this.#topic)) {
      const offset = this.offsets.get(partition);
      if (offset === undefined || this.#held.has(partition)) continue;
      const list = byLeader.get(leader);
      if (list === undefined) byLeader.set(leader, [[partition, offset]]);
      else list.push([partition, offset]);
    }
    for (const [leader, offsets] of byLeader) {
      if (this.#slots.has(leader)) continue;
      for (const [partition, offset] of offsets) this.#asked.set(partition, offset);
      const answer = this.#fetch(session, leader, offsets);
      // Whoever awaits the answer sees its failure; one that is dropped must not end the process.
      answer.catch(() => undefined);
      this.#slots.set(leader, answer);
    }
  }

  async #fetch(
    session: KafkaSession,
    leader: number,
    offsets: readonly [number, number][],
  ): Promise<FetchAnswer[]> {
    const broker = await session.broker(leader);
    const version = FETCH_API.versionFor(apiVersion(broker, FETCH_API.key));
    const body = encodeFetch(version, this.#topic, offsets, this.#limits);
    const api = { key: FETCH_API.key, name: FETCH_API.name, version } as const;
    const decode = (payload: Buffer) => fetchResponse(payload, version);
    const timeout = this.#limits.maxWaitMs + REQUEST_TIMEOUT_MS;
    const { errorCode, partitions } = await sendRaw(broker, api, body, decode, timeout);
    if (errorCode !== 0) throw protocolError(errorCode);
    return partitions;
  }

  #take(answers: readonly FetchAnswer[]): FetchedPartition[] {
    const fetched: FetchedPartition[] = [];
    let failed: FetchAnswer | null = null;
    for (const answer of answers) {
      const { partition, highWatermark, logStart, records: set } = answer;
      const from = this.offsets.get(partition);
      if (from === undefined || this.#asked.get(partition) !== from) continue;
      if (answer.errorCode !== 0) {
        failed ??= answer;
        continue;
      }
      this.highWatermarks.set(partition, highWatermark);
      if (set.length === 0) continue;
      const next = offsetAfter(set, from);
      this.offsets.set(partition, next);
      const records = (until?: number) => new RecordCursor(set, from, until);
      fetched.push({ partition, from, next, highWatermark, logStart, set, records });
    }
    // What came is given first; a partition that still fails says so at the next poll.
    if (failed !== null && fetched.length === 0)
      this.#check(failed, this.offsets.get(failed.partition) ?? -1);
    return fetched;
  }

  #check(answer: FetchAnswer, offset: number): void {
    if (answer.errorCode === 0) return;
    if (answer.errorCode === OFFSET_OUT_OF_RANGE) {
      const { partition, logStart, highWatermark } = answer;
      throw kafkaFailure(
        'kafka.offset-out-of-range',
        `Partition ${partition} of topic "${this.#topic}" has no offset ${offset} (any more).`,
        { topic: this.#topic, partition, offset, logStart, highWatermark },
      );
    }
    throw protocolError(answer.errorCode);
  }

  /** Nothing is assigned that exists: waits as a fetch would. */
  async #idle(): Promise<FetchedPartition[]> {
    await pause(this.#limits.maxWaitMs, undefined, { signal: this.#closed.signal });
    return [];
  }

  async #recover(error: ReturnType<typeof kafkaError>): Promise<FetchedPartition[]> {
    this.#slots.clear();
    if (!kafkaPassesByItself(error)) throw error;
    if (isStaleMetadata(error) && this.#failures === 0 && this.#session !== null) {
      this.#failures++;
      await this.#session.refresh().catch(() => undefined);
      return [];
    }
    await this.#session?.close();
    this.#session = null;
    this.#options.onWaiting?.(error.data.message);
    const ms = retryPauseMs(this.#failures++, LONGEST_PAUSE_MS, Math.random());
    await pause(ms, undefined, { signal: this.#closed.signal }).catch(() => undefined);
    return [];
  }
}

/** A reader of `topic` from these offsets (first to read, per partition; partitions not named are left out). */
export function openReader(
  endpoint: KafkaEndpoint,
  topic: string,
  offsets: Map<number, number>,
  options: ReaderOptions,
): PartitionReader {
  return new Reader(endpoint, topic, offsets, options);
}
