// Publishes results in order and exactly once: a bounded queue before the one fenced producer of this processor. When an
// answer is lost it takes over from itself and reads what of the batch stands in the topic. Used by the live engine.
import {
  type EventProducer,
  type KafkaAdmin,
  kafkaPassesByItself,
  openFencedProducer,
} from '../../../clients/kafka.ts';
import type { Logger } from '../../../clients/log.ts';
import { retrying } from '../../../clients/retrying.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import { resultKey, type WindowResult } from '../../../shared/event.ts';
import type { KafkaEndpoint } from '../../../shared/link.ts';
import { readTail } from './topic-tail.ts';

/** Results waiting for their acknowledgement; beyond it `full` tells the engine to stop reading. */
const MAX_WAITING = 5_000;
const MAX_BATCH = 2_000;

interface Queued {
  key: string;
  value: string;
  result: WindowResult;
}

interface Mark {
  resolve(place: PublishedPlace): void;
  reject(error: unknown): void;
}

/** Everything submitted before the mark stands below `offsets`; `results` of them were published in all. */
export interface PublishedPlace {
  offsets: ReadonlyMap<number, number>;
  results: number;
}

export interface PublisherOptions {
  endpoint: KafkaEndpoint;
  transactionalId: string;
  admin: KafkaAdmin;
  log: Logger | null;
  signal: AbortSignal;
  onWaiting(reason: string | null): void;
  /** It cannot go on: fenced off by another processor, or refused. */
  onFailed(error: unknown): void;
}

export class ResultPublisher {
  /** Told of results once they are acknowledged. */
  onPublished: (results: readonly WindowResult[]) => void = () => undefined;
  readonly #options: PublisherOptions;
  #producer: EventProducer | null = null;
  #queue: (Queued | Mark)[] = [];
  #waiting = 0;
  #busy = false;
  #failed: unknown = null;
  #offsets = new Map<number, number>();
  #results = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Fences off every predecessor. From here on nothing of theirs can reach the topic any more. */
  async open(): Promise<void> {
    this.#producer = await this.#fence();
  }

  /** Where the topic ends after its tail was read, and how many results this processor has published in all. */
  startAt(offsets: ReadonlyMap<number, number>, results: number): void {
    this.#offsets = new Map(offsets);
    this.#results = results;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get full(): boolean {
    return this.#waiting >= MAX_WAITING;
  }

  get results(): number {
    return this.#results;
  }

  submit(results: readonly WindowResult[]): void {
    for (const result of results) {
      this.#queue.push({ key: resultKey(result), value: JSON.stringify(result), result });
    }
    this.#waiting += results.length;
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
        item.resolve({ offsets: new Map(this.#offsets), results: this.#results });
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
    const { endpoint, signal } = this.#options;
    let rest = batch;
    while (rest.length > 0) {
      try {
        if (this.#producer === null)
          throw new LiveDbError({ code: 'kafka.lost', message: 'No producer is open.' });
        const records = rest.map(({ key, value }) => ({ key, value, headers: [] }));
        const next = await this.#producer.send(endpoint.resultsTopic, records, Date.now());
        for (const [partition, offset] of next) this.#offsets.set(partition, offset);
        this.#acknowledge(rest);
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

  /** Takes over from itself, then looks which of the batch stand in the topic; returns those that do not. */
  async #recover(batch: Queued[]): Promise<Queued[]> {
    const { endpoint, admin, log, signal, onWaiting } = this.#options;
    await this.#producer?.close();
    this.#producer = null;
    return retrying(
      async () => {
        if (endpoint.kind === 'embedded')
          await admin.ensureTopics([{ name: endpoint.resultsTopic, partitions: 3 }]);
        const producer = await this.#fence();
        try {
          const open = new Map(batch.map((item) => [item.value, item]));
          const found: Queued[] = [];
          const ends = await readTail(
            endpoint,
            admin,
            this.#offsets,
            { signal, log, onWaiting },
            (record) => {
              const value = record.value();
              const item = value === null ? undefined : open.get(value);
              if (value === null || item === undefined) return;
              open.delete(value);
              found.push(item);
            },
          );
          this.#producer = producer;
          this.#offsets = ends;
          this.#acknowledge(found);
          return [...open.values()];
        } catch (error) {
          await producer.close();
          throw error;
        }
      },
      { signal, passes: kafkaPassesByItself, onWaiting },
    );
  }

  #acknowledge(batch: readonly Queued[]): void {
    this.#waiting -= batch.length;
    this.#results += batch.length;
    this.onPublished(batch.map((item) => item.result));
  }

  #fence(): Promise<EventProducer> {
    const { endpoint, transactionalId, log } = this.#options;
    return openFencedProducer(endpoint, transactionalId, [endpoint.resultsTopic], {
      clientIdSuffix: 'results',
      log,
    });
  }

  #fail(error: unknown): void {
    this.#failed ??= error;
    for (const item of this.#queue) if ('reject' in item) item.reject(this.#failed);
    this.#queue = [];
  }
}
