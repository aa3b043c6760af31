// Publishes results and records aside in order and exactly once: a bounded queue before the one fenced producer of a line.
// When an answer is lost it takes over from itself and reads what of the batch stands in the topics. Used by the engine.
import {
  type EventProducer,
  type KafkaAdmin,
  kafkaPassesByItself,
  type OutgoingRecord,
  openFencedProducer,
} from '../../../clients/kafka.ts';
import type { Logger } from '../../../clients/log.ts';
import { retrying } from '../../../clients/retrying.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import { resultKey, type WindowResult } from '../../../shared/event.ts';
import type { KafkaEndpoint } from '../../../shared/link.ts';
import { type SideKind, type SideSink, sideIdentity } from './side-records.ts';
import { readTail } from './topic-tail.ts';

/** Records waiting for their acknowledgement; beyond it `full` tells the engine to stop reading. */
const MAX_WAITING = 5_000;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const MAX_BATCH = 2_000;
/** Roughly what a record takes beside its value. */
const RECORD_BYTES = 300;

interface Queued {
  topic: string;
  record: OutgoingRecord;
  /** What tells it apart in its topic: the value of a result, query and source of a record aside. */
  identity: string;
  bytes: number;
  result: WindowResult | null;
}

interface Mark {
  resolve(place: PublishedPlace): void;
  reject(error: unknown): void;
}

/** Everything submitted before the mark stands below these offsets; `published` results of them in all. */
export interface PublishedPlace {
  results: ReadonlyMap<number, number>;
  published: number;
  /** The topics of records aside; null where there is none. */
  late: ReadonlyMap<number, number> | null;
  dead: ReadonlyMap<number, number> | null;
}

export interface SideTopics {
  late: string;
  /** null: of a line that puts no records aside that are no events. */
  dead: string | null;
}

export interface PublisherOptions {
  endpoint: KafkaEndpoint;
  transactionalId: string;
  /** Topics of records aside; null: this line puts none aside. */
  side: SideTopics | null;
  admin: KafkaAdmin;
  log: Logger | null;
  signal: AbortSignal;
  onWaiting(reason: string | null): void;
  /** It cannot go on: fenced off by another processor, or refused. */
  onFailed(error: unknown): void;
}

export class ResultPublisher implements SideSink {
  /** Told of results once they are acknowledged. */
  onPublished: (results: readonly WindowResult[]) => void = () => undefined;
  readonly #options: PublisherOptions;
  #producer: EventProducer | null = null;
  #queue: (Queued | Mark)[] = [];
  #waiting = 0;
  #waitingBytes = 0;
  #busy = false;
  #failed: unknown = null;
  /** Per topic: where it ends as far as this publisher has written or read it. */
  readonly #offsets = new Map<string, Map<number, number>>();
  #published = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Fences off every predecessor. From here on nothing of theirs can reach the topic any more. */
  async open(): Promise<void> {
    this.#producer = await this.#fence();
  }

  /** Where a topic ends after its tail was read. */
  startAt(topic: string, offsets: ReadonlyMap<number, number>): void {
    this.#offsets.set(topic, new Map(offsets));
  }

  get waiting(): number {
    return this.#waiting;
  }

  get full(): boolean {
    return this.#waiting >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /** Results that this line has published in all. */
  get published(): number {
    return this.#published;
  }

  set published(results: number) {
    this.#published = results;
  }

  submit(results: readonly WindowResult[]): void {
    const topic = this.#options.endpoint.resultsTopic;
    for (const result of results) {
      const value = JSON.stringify(result);
      const record = { key: resultKey(result), value, headers: [] };
      this.#enqueue({ topic, record, identity: value, bytes: value.length + RECORD_BYTES, result });
    }
    void this.#work();
  }

  submitSide(kind: SideKind, record: OutgoingRecord): void {
    const topic = this.#options.side?.[kind] ?? null;
    if (topic === null) return;
    const identity = sideIdentity(
      Object.fromEntries(record.headers.map(({ name, value }) => [name, String(value)])),
    );
    const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0) + RECORD_BYTES;
    this.#enqueue({ topic, record, identity, bytes, result: null });
    void this.#work();
  }

  /** Resolves when everything submitted so far is acknowledged. Rejects when the publisher has failed or is closed. */
  mark(): Promise<PublishedPlace> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ resolve, reject });
      void this.#work();
    });
  }

  async close(): Promise<void> {
    this.#fail(new LiveDbError({ code: 'closed', message: 'The processor is stopping.' }));
    await this.#producer?.close();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#queue.length > 0 && this.#failed === null) {
        const batch = this.#nextBatch();
        if (batch.length > 0) await this.#send(batch);
      }
    } catch (error) {
      if (this.#failed === null && !this.#options.signal.aborted) this.#options.onFailed(error);
      this.#fail(error);
    } finally {
      this.#busy = false;
    }
    if (this.#failed !== null) this.#fail(this.#failed);
  }

  /** Results up to the next mark; marks at the head are answered. */
  #nextBatch(): Queued[] {
    const batch: Queued[] = [];
    let taken = 0;
    for (const item of this.#queue) {
      if ('resolve' in item) {
        if (batch.length > 0) break;
        item.resolve(this.#place());
      } else {
        if (batch.length >= MAX_BATCH) break;
        batch.push(item);
      }
      taken++;
    }
    this.#queue.splice(0, taken);
    return batch;
  }

  async #send(batch: Queued[]): Promise<void> {
    const { signal } = this.#options;
    let rest = batch;
    while (rest.length > 0) {
      try {
        if (this.#producer === null)
          throw new LiveDbError({ code: 'kafka.lost', message: 'No producer is open.' });
        for (const topic of new Set(rest.map((item) => item.topic))) {
          const own = rest.filter((item) => item.topic === topic);
          const next = await this.#producer.send(
            topic,
            own.map((item) => item.record),
            Date.now(),
          );
          const offsets = this.#offsetsOf(topic);
          for (const [partition, offset] of next) offsets.set(partition, offset);
          this.#acknowledge(own);
          rest = rest.filter((item) => item.topic !== topic);
        }
        return;
      } catch (error) {
        signal.throwIfAborted();
        const { code, message } = LiveDbError.dataOf(error);
        if (!kafkaPassesByItself(error) && code !== 'kafka.sequence-lost' && code !== 'kafka.closed')
          throw error;
        this.#options.log?.warn({ code }, `publishing results was interrupted: ${message}`);
        this.#options.onWaiting(message);
        rest = await this.#recover(rest);
        this.#options.onWaiting(null);
      }
    }
  }

  /** Takes over from itself, then looks which of the batch stand in their topics; returns those that do not. */
  async #recover(batch: Queued[]): Promise<Queued[]> {
    const { endpoint, admin, log, signal, onWaiting } = this.#options;
    await this.#producer?.close();
    this.#producer = null;
    return retrying(
      async () => {
        if (endpoint.kind === 'embedded')
          await admin.ensureTopics(this.#topics().map((name) => ({ name, partitions: 3 })));
        const producer = await this.#fence();
        try {
          const ends = new Map<string, Map<number, number>>();
          const found: Queued[] = [];
          for (const topic of this.#topics()) {
            const open = new Map(
              batch.filter((item) => item.topic === topic).map((item) => [item.identity, item]),
            );
            const isResult = topic === endpoint.resultsTopic;
            const from = this.#offsetsOf(topic);
            const options = { topic, from, signal, log, onWaiting };
            const end = await readTail(endpoint, admin, options, (record) => {
              const identity = isResult ? record.value() : sideIdentity(record.headers());
              const item = open.get(identity ?? '');
              if (item === undefined) return;
              open.delete(item.identity);
              found.push(item);
            });
            ends.set(topic, end);
          }
          const rest = batch.filter((item) => !found.includes(item));
          this.#producer = producer;
          for (const [topic, end] of ends) this.#offsets.set(topic, end);
          this.#acknowledge(found);
          return rest;
        } catch (error) {
          await producer.close();
          throw error;
        }
      },
      { signal, passes: kafkaPassesByItself, onWaiting },
    );
  }

  #enqueue(item: Queued): void {
    this.#queue.push(item);
    this.#waiting++;
    this.#waitingBytes += item.bytes;
  }

  #topics(): string[] {
    const { endpoint, side } = this.#options;
    const names = [endpoint.resultsTopic, side?.late ?? null, side?.dead ?? null];
    return names.filter((name) => name !== null);
  }

  #offsetsOf(topic: string): Map<number, number> {
    let offsets = this.#offsets.get(topic);
    if (offsets === undefined) {
      offsets = new Map();
      this.#offsets.set(topic, offsets);
    }
    return offsets;
  }

  #place(): PublishedPlace {
    const { endpoint, side } = this.#options;
    const of = (topic: string | undefined | null) => (topic == null ? null : new Map(this.#offsetsOf(topic)));
    return {
      results: new Map(this.#offsetsOf(endpoint.resultsTopic)),
      published: this.#published,
      late: of(side?.late),
      dead: of(side?.dead),
    };
  }

  #acknowledge(batch: readonly Queued[]): void {
    const results: WindowResult[] = [];
    for (const { bytes, result } of batch) {
      this.#waitingBytes -= bytes;
      if (result !== null) results.push(result);
    }
    this.#waiting -= batch.length;
    this.#published += results.length;
    this.onPublished(results);
  }

  #fence(): Promise<EventProducer> {
    const { endpoint, transactionalId, log } = this.#options;
    return openFencedProducer(endpoint, transactionalId, this.#topics(), { clientIdSuffix: 'results', log });
  }

  #fail(error: unknown): void {
    this.#failed ??= error;
    for (const item of this.#queue) if ('reject' in item) item.reject(this.#failed);
    this.#queue = [];
  }
}
