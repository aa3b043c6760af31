// Producing with idempotence on an identity of LiveDB's own choice. `openFencedProducer` takes over from a predecessor:
// whatever it still has on its way is refused from then on, so that what the topic holds can be read and trusted.
// Protocol rules: KIP-98 (idempotence, epochs), KIP-360 (sequence numbers), KIP-447 (fencing).
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaEndpoint } from '../shared/link.ts';
import { BatchBuilder, type RecordContent, type RecordHeader } from './kafka-batch.ts';
import { isStaleMetadata, kafkaError, kafkaFailure } from './kafka-errors.ts';
import { partitionOf } from './kafka-partition.ts';
import { encodeProduce, PRODUCE_API, type ProducedPartition, produceResponse } from './kafka-produce-api.ts';
import {
  apiVersion,
  type Broker,
  type KafkaSession,
  openKafkaSession,
  protocolError,
  REQUEST_TIMEOUT_MS,
  sendRaw,
} from './kafka-session.ts';
import type { Logger } from './log.ts';

export interface OutgoingRecord {
  /** Its partition follows from the key; null counts as empty for that. */
  key: RecordContent;
  value: RecordContent;
  headers: readonly RecordHeader[];
}

export interface EventProducer {
  readonly producerId: string;
  readonly epoch: number;
  /**
   * Sends in order and resolves once all records are acknowledged by all in-sync replicas, with the next offset of each
   * partition written to. A record is encoded as soon as it is given: a generator may reuse its object. Calls must not overlap. After a failure the fate of the records is unknown and the producer
   * is of no further use: open a new one and read what the topic holds. Throws `kafka.fenced`, `.sequence-lost`, `.lost` …
   */
  send(topic: string, records: Iterable<OutgoingRecord>, timestampMs: number): Promise<Map<number, number>>;
  close(): Promise<void>;
}

/** A batch above this is split: brokers refuse more than message.max.bytes, 1 MB unless told otherwise. */
const MAX_BATCH_BYTES = 900 * 1024;
/** An election takes this long at most before the stage says that it waits. */
const LEADER_PATIENCE_MS = 5_000;
const LEADER_PAUSE_MS = 50;
const FENCE_PATIENCE_MS = 20_000;
const FENCE_PAUSE_MS = 20;
/** Open only between two requests of the fence; short, so that readers of committed data never wait long for a killed one. */
const TRANSACTION_TIMEOUT_MS = 10_000;
const API_ADD_PARTITIONS_TO_TXN = 24;
const MAX_SEQUENCE = 0x7fffffff;
const DUPLICATE_SEQUENCE_NUMBER = 46;

interface Identity {
  id: bigint;
  epoch: number;
}

interface Outgoing {
  builder: BatchBuilder;
  sequence: number;
}

class IdempotentProducer implements EventProducer {
  #session: KafkaSession;
  #identity: Identity;
  #partitions = new Map<string, Map<number, Outgoing>>();
  #failed = false;

  constructor(session: KafkaSession, identity: Identity) {
    this.#session = session;
    this.#identity = identity;
  }

  get producerId(): string {
    return this.#identity.id.toString();
  }

  get epoch(): number {
    return this.#identity.epoch;
  }

  async send(
    topic: string,
    records: Iterable<OutgoingRecord>,
    timestampMs: number,
  ): Promise<Map<number, number>> {
    if (this.#failed) throw kafkaFailure('kafka.closed', 'This producer has failed before; open a new one.');
    const next = new Map<number, number>();
    try {
      const count = (await this.#session.partitions(topic)).length;
      let outgoing = this.#partitions.get(topic);
      if (outgoing === undefined) {
        outgoing = new Map();
        this.#partitions.set(topic, outgoing);
      }
      for (const record of records) {
        const partition = partitionOf(record.key ?? '', count);
        let one = outgoing.get(partition);
        if (one === undefined) {
          one = { builder: new BatchBuilder(), sequence: 0 };
          outgoing.set(partition, one);
        }
        // A large record begins a batch of its own, so that both stay below what a broker takes.
        if (one.builder.count > 0 && one.builder.bytes + (record.value?.length ?? 0) > MAX_BATCH_BYTES) {
          await this.#flush(topic, outgoing, timestampMs, next);
        }
        one.builder.append(record.key, record.value, record.headers);
        if (one.builder.bytes >= MAX_BATCH_BYTES) await this.#flush(topic, outgoing, timestampMs, next);
      }
      await this.#flush(topic, outgoing, timestampMs, next);
      return next;
    } catch (error) {
      this.#failed = true;
      throw kafkaError(error, `publish to topic "${topic}"`);
    }
  }

  async #flush(
    topic: string,
    outgoing: Map<number, Outgoing>,
    timestampMs: number,
    next: Map<number, number>,
  ): Promise<void> {
    let waiting = new Map<number, Buffer>();
    for (const [partition, { builder, sequence }] of outgoing) {
      if (builder.count === 0) continue;
      const { id, epoch } = this.#identity;
      waiting.set(partition, builder.finish(timestampMs, { id, epoch, sequence }));
    }
    const giveUpAt = Date.now() + LEADER_PATIENCE_MS;
    while (waiting.size > 0) {
      const answers = await this.#request(topic, waiting);
      const again = new Map<number, Buffer>();
      for (const [partition, batch] of waiting) {
        const answer = answers.get(partition);
        if (answer === undefined)
          throw kafkaFailure('kafka.protocol', `No answer for partition ${partition}.`);
        if (answer.errorCode !== 0 && answer.errorCode !== DUPLICATE_SEQUENCE_NUMBER) {
          const error = protocolError(answer.errorCode);
          // The very same bytes again: a broker that has them already recognises their sequence numbers.
          if (!isStaleMetadata(error) || Date.now() > giveUpAt) throw error;
          again.set(partition, batch);
          continue;
        }
        const one = outgoing.get(partition);
        if (one === undefined) continue;
        const { count } = one.builder;
        if (answer.baseOffset >= 0) next.set(partition, answer.baseOffset + count);
        one.sequence =
          one.sequence > MAX_SEQUENCE - count
            ? count - (MAX_SEQUENCE - one.sequence) - 1
            : one.sequence + count;
        one.builder.reset();
      }
      if (again.size > 0) {
        await pause(LEADER_PAUSE_MS);
        await this.#session.refresh();
      }
      waiting = again;
    }
  }

  async #request(topic: string, batches: Map<number, Buffer>): Promise<Map<number, ProducedPartition>> {
    const leaders = new Map(
      (await this.#session.partitions(topic)).map((one) => [one.partition, one.leader]),
    );
    const byLeader = new Map<number, [number, Buffer][]>();
    for (const [partition, batch] of batches) {
      const leader = leaders.get(partition) ?? -1;
      const list = byLeader.get(leader);
      if (list === undefined) byLeader.set(leader, [[partition, batch]]);
      else list.push([partition, batch]);
    }
    const answers = new Map<number, ProducedPartition>();
    await Promise.all(
      [...byLeader].map(async ([leader, list]) => {
        const broker = await this.#session.broker(leader);
        const version = PRODUCE_API.versionFor(apiVersion(broker, PRODUCE_API.key));
        const body = encodeProduce(topic, list, REQUEST_TIMEOUT_MS);
        const api = { key: PRODUCE_API.key, name: PRODUCE_API.name, version } as const;
        const decode = (payload: Buffer) => produceResponse(payload, version);
        const { partitions } = await sendRaw(broker, api, body, decode, REQUEST_TIMEOUT_MS);
        for (const answer of partitions) answers.set(answer.partition, answer);
      }),
    );
    return answers;
  }

  close(): Promise<void> {
    this.#failed = true;
    return this.#session.close();
  }
}

/** Repeats a request to a transaction coordinator that is loading or still ends the predecessor's transaction. */
function coordinated<T>(
  session: KafkaSession,
  transactionalId: string,
  doing: string,
  request: (broker: Broker) => Promise<T>,
): Promise<T> {
  return whileBusy(doing, async () => request(await session.coordinator(transactionalId, 'transaction')));
}

async function whileBusy<T>(doing: string, request: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + FENCE_PATIENCE_MS;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const failure = kafkaError(error, doing);
      if (failure.data.code !== 'kafka.busy' || Date.now() > giveUpAt) throw failure;
      await pause(FENCE_PAUSE_MS);
    }
  }
}

/**
 * Opens the one producer of `transactionalId` and fences off all earlier ones on all partitions of `topics`.
 *
 * The new epoch alone binds only the coordinator of an Apache Kafka: its partitions learn of it from a marker. So an
 * empty transaction over all partitions is begun and aborted, and a second InitProducerId waits until its markers
 * stand. The embedded broker fences on InitProducerId at once.
 */
export async function openFencedProducer(
  endpoint: KafkaEndpoint,
  transactionalId: string,
  topics: readonly string[],
  options: { clientIdSuffix: string; log?: Logger | null },
): Promise<EventProducer> {
  const session = await openKafkaSession(endpoint, options);
  try {
    const doing = `take over as "${transactionalId}"`;
    const take = () =>
      coordinated(session, transactionalId, doing, (broker) =>
        broker.initProducerId({ transactionalId, transactionTimeout: TRANSACTION_TIMEOUT_MS }),
      );
    let taken = await take();
    const coordinator = await session.coordinator(transactionalId, 'transaction');
    if (endpoint.kind === 'external' && apiVersion(coordinator, API_ADD_PARTITIONS_TO_TXN) >= 0) {
      const { producerId, producerEpoch } = taken;
      const all = await Promise.all(
        topics.map(async (topic) => ({
          topic,
          partitions: (await session.partitions(topic)).map((one) => one.partition),
        })),
      );
      await coordinated(session, transactionalId, doing, (broker) =>
        broker.addPartitionsToTxn({ transactionalId, producerId, producerEpoch, topics: all }),
      );
      await coordinated(session, transactionalId, doing, (broker) =>
        broker.endTxn({ transactionalId, producerId, producerEpoch, transactionResult: false }),
      );
      taken = await take();
    }
    return new IdempotentProducer(session, { id: BigInt(taken.producerId), epoch: taken.producerEpoch });
  } catch (error) {
    await session.close();
    throw kafkaError(error, `take over as "${transactionalId}"`);
  }
}

/** Opens an idempotent producer of its own, which fences nobody: for replays. */
export async function openPlainProducer(
  endpoint: KafkaEndpoint,
  options: { clientIdSuffix: string; log?: Logger | null },
): Promise<EventProducer> {
  const session = await openKafkaSession(endpoint, options);
  try {
    // A cluster that has just started answers that it is still loading.
    const taken = await whileBusy('open a producer', async () =>
      (await session.controller()).initProducerId({ transactionTimeout: TRANSACTION_TIMEOUT_MS }),
    );
    return new IdempotentProducer(session, { id: BigInt(taken.producerId), epoch: taken.producerEpoch });
  } catch (error) {
    await session.close();
    throw kafkaError(error, 'open a producer');
  }
}
