// The one adapter over kafkajs. Everything LiveDB does with Kafka goes through here: admin, producers with an identity
// of their own, readers from explicit offsets. Built from kafkajs's cluster and network, so that another client is a
// swap of src/clients/kafka-session.ts.
//
//   openAdmin(endpoint, …)            topics, offsets, group places              (kafka-admin.ts)
//   openFencedProducer(endpoint, …)   the one producer of an identity            (kafka-producer.ts)
//   openPlainProducer(endpoint, …)    an idempotent producer beside it           (kafka-producer.ts)
//   openReader(endpoint, …)           raw record sets from explicit offsets      (kafka-reader.ts)
import type { KafkaEndpoint } from '../shared/link.ts';
import { type KafkaAdmin, openAdmin } from './kafka-admin.ts';
import { type EventProducer, openFencedProducer, openPlainProducer } from './kafka-producer.ts';
import { openReader, type PartitionReader, type ReaderOptions } from './kafka-reader.ts';
import type { Logger } from './log.ts';

export type { ClusterInfo, KafkaAdmin, PartitionOffsets, TopicSummary } from './kafka-admin.ts';
export type { RecordContent, RecordHeader } from './kafka-batch.ts';
export { kafkaError, kafkaPassesByItself } from './kafka-errors.ts';
export { partitionOf } from './kafka-partition.ts';
export type { EventProducer, OutgoingRecord } from './kafka-producer.ts';
export type { FetchedPartition, PartitionReader, ReaderOptions } from './kafka-reader.ts';
export { countRecords, RecordCursor } from './kafka-records.ts';
export { openAdmin, openFencedProducer, openPlainProducer, openReader };

export interface Kafka {
  readonly admin: KafkaAdmin;
  fencedProducer(transactionalId: string, topics: readonly string[]): Promise<EventProducer>;
  plainProducer(): Promise<EventProducer>;
  reader(
    topic: string,
    offsets: Map<number, number>,
    options?: Omit<ReaderOptions, 'clientIdSuffix' | 'log'>,
  ): PartitionReader;
  /** Closes the admin's connections; producers and readers are closed by who opened them. */
  close(): Promise<void>;
}

/** All of the above for one endpoint and one client name; opens nothing yet. */
export function connectKafka(
  endpoint: KafkaEndpoint,
  options: { clientIdSuffix: string; log?: Logger | null },
): Kafka {
  const admin = openAdmin(endpoint, options);
  return {
    admin,
    fencedProducer: (transactionalId, topics) =>
      openFencedProducer(endpoint, transactionalId, topics, options),
    plainProducer: () => openPlainProducer(endpoint, options),
    reader: (topic, offsets, more = {}) => openReader(endpoint, topic, offsets, { ...options, ...more }),
    close: () => admin.close(),
  };
}
