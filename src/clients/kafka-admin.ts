// Topics, offsets and group places of a cluster: what the control plane asks for and what the stages need before they
// start. Every call is bounded in time; a cluster in motion ("coordinator is loading") is asked again by itself.
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaEndpoint } from '../shared/link.ts';
import { kafkaError, kafkaFailure } from './kafka-errors.ts';
import { type Broker, type KafkaSession, openKafkaSession, protocolError } from './kafka-session.ts';
import type { Logger } from './log.ts';

export interface PartitionOffsets {
  partition: number;
  /** First offset that is still there, and the one that the next record will get. */
  low: number;
  high: number;
}

export interface TopicSummary {
  name: string;
  internal: boolean;
  partitions: number[];
}

export interface ClusterInfo {
  clusterId: string | null;
  controllerId: number;
  brokers: { nodeId: number; host: string; port: number }[];
}

export interface KafkaAdmin {
  cluster(): Promise<ClusterInfo>;
  listTopics(): Promise<TopicSummary[]>;
  /** Throws `kafka.topic-exists`. */
  createTopic(name: string, partitions: number): Promise<void>;
  /** Throws `kafka.no-topic`. */
  deleteTopic(name: string): Promise<void>;
  /** Creates the topics that are missing and waits until they have leaders; existing ones stay as they are. */
  ensureTopics(topics: readonly { name: string; partitions: number }[]): Promise<{ created: string[] }>;
  /** Throws `kafka.no-topic`. */
  offsets(topic: string): Promise<PartitionOffsets[]>;
  /** First offset with a record timestamp at or after `atMs`, per partition; the end where there is none. */
  offsetsByTime(topic: string, atMs: number): Promise<Map<number, number>>;
  /** Commits a place for a group without members (as a consumer that assigns itself does). */
  commitGroupOffsets(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Committed places; partitions without one are left out. */
  fetchGroupOffsets(group: string, topic: string): Promise<Map<number, number>>;
  /** Forgets a group without members and its places; one that is not there is forgotten already. */
  deleteGroup(group: string): Promise<void>;
  close(): Promise<void>;
}

const PATIENCE_MS = 10_000;
const PAUSE_MS = 40;
const LATEST = -1;
const EARLIEST = -2;
const CONSUMER_REPLICA = -1;
const READ_UNCOMMITTED = 0;
const GROUP_ID_NOT_FOUND = 69;
/** The cluster's own default; brokers before 2.4 want a number. */
const DEFAULT_REPLICATION = -1;
const WORTH_ASKING_AGAIN: ReadonlySet<string> = new Set(['kafka.busy', 'kafka.lost', 'kafka.unreachable']);

/** Administers the cluster; connects at the first call, and again after a loss. `patienceMs` bounds each call. */
export function openAdmin(
  endpoint: KafkaEndpoint,
  options: { clientIdSuffix: string; log?: Logger | null; patienceMs?: number },
): KafkaAdmin {
  let session: Promise<KafkaSession> | null = null;

  const drop = async () => {
    const old = session;
    session = null;
    await (await old?.catch(() => null))?.close();
  };
  /** Runs `work`, again while the cluster is in motion, until it is done or time is up. */
  const asking = async <T>(doing: string, work: (session: KafkaSession) => Promise<T>): Promise<T> => {
    const giveUpAt = Date.now() + (options.patienceMs ?? PATIENCE_MS);
    for (;;) {
      try {
        session ??= openKafkaSession(endpoint, options);
        return await work(await session);
      } catch (error) {
        const failure = kafkaError(error, doing);
        const { code } = failure.data;
        if (code === 'kafka.lost' || code === 'kafka.unreachable' || code === 'kafka.silent') await drop();
        if (!WORTH_ASKING_AGAIN.has(code) || Date.now() > giveUpAt) throw failure;
        await pause(PAUSE_MS);
        if (code === 'kafka.busy') await (await session)?.refresh().catch(() => undefined);
      }
    }
  };

  const listOffsets = async (one: KafkaSession, topic: string, timestamp: number) => {
    const byLeader = new Map<number, number[]>();
    for (const { partition, leader } of await one.partitions(topic)) {
      const list = byLeader.get(leader);
      if (list === undefined) byLeader.set(leader, [partition]);
      else list.push(partition);
    }
    const found = new Map<number, number>();
    await Promise.all(
      [...byLeader].map(async ([leader, list]) => {
        const broker: Broker = await one.broker(leader);
        const partitions = list.map((partition) => ({ partition, timestamp: String(timestamp) }));
        const { responses } = await broker.listOffsets({
          replicaId: CONSUMER_REPLICA,
          isolationLevel: READ_UNCOMMITTED,
          topics: [{ topic, partitions }],
        });
        for (const { partitions: answers } of responses) {
          for (const answer of answers) found.set(answer.partition, Number(answer.offset));
        }
      }),
    );
    return found;
  };

  const createOne = async (one: KafkaSession, name: string, partitions: number) => {
    const controller = await one.controller();
    await controller.createTopics({
      topics: [{ topic: name, numPartitions: partitions, replicationFactor: DEFAULT_REPLICATION }],
      timeout: PATIENCE_MS,
    });
  };

  const admin: KafkaAdmin = {
    cluster: () =>
      asking('ask for the cluster', async (one) => {
        const { clusterId = null, controllerId, brokers } = await one.metadata([]);
        return {
          clusterId,
          controllerId,
          brokers: brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port })),
        };
      }),
    listTopics: () =>
      asking('list topics', async (one) => {
        const { topicMetadata } = await one.metadata([]);
        return topicMetadata
          .map(({ topic, isInternal, partitionMetadata }) => ({
            name: topic,
            internal: isInternal,
            partitions: partitionMetadata.map((each) => each.partitionId).sort((a, b) => a - b),
          }))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
      }),
    createTopic: (name, partitions) =>
      asking(`create topic "${name}"`, (one) => createOne(one, name, partitions)),
    deleteTopic: (name) =>
      asking(`delete topic "${name}"`, async (one) => {
        const controller = await one.controller();
        await controller.deleteTopics({ topics: [name], timeout: PATIENCE_MS });
        // The names of this session's metadata are asked for together: one that is gone would spoil the others.
        await drop();
      }),
    ensureTopics: async (topics) => {
      const existing = new Set((await admin.listTopics()).map((topic) => topic.name));
      const created: string[] = [];
      for (const { name, partitions } of topics) {
        if (existing.has(name)) continue;
        try {
          await admin.createTopic(name, partitions);
          created.push(name);
        } catch (error) {
          // Somebody else was quicker.
          if (kafkaError(error, 'create').data.code !== 'kafka.topic-exists') throw error;
        }
      }
      for (const { name } of topics) await admin.offsets(name).catch((error: unknown) => settle(name, error));
      return { created };
    },
    offsets: (topic) =>
      asking(`find the offsets of topic "${topic}"`, async (one) => {
        const [low, high] = await Promise.all([
          listOffsets(one, topic, EARLIEST),
          listOffsets(one, topic, LATEST),
        ]);
        return [...high]
          .map(([partition, end]) => ({ partition, low: low.get(partition) ?? 0, high: end }))
          .sort((a, b) => a.partition - b.partition);
      }),
    offsetsByTime: (topic, atMs) =>
      asking(`find offsets by time in topic "${topic}"`, async (one) => {
        const [found, high] = await Promise.all([
          listOffsets(one, topic, atMs),
          listOffsets(one, topic, LATEST),
        ]);
        return new Map(
          [...found].map(([partition, at]) => [partition, at < 0 ? (high.get(partition) ?? 0) : at]),
        );
      }),
    commitGroupOffsets: (group, topic, offsets) =>
      asking(`commit the place of group "${group}"`, async (one) => {
        const coordinator = await one.coordinator(group, 'group');
        const partitions = [...offsets].map(([partition, offset]) => ({
          partition,
          offset: String(offset),
          metadata: '',
        }));
        await coordinator.offsetCommit({
          groupId: group,
          groupGenerationId: -1,
          memberId: '',
          topics: [{ topic, partitions }],
        });
      }),
    fetchGroupOffsets: (group, topic) =>
      asking(`fetch the place of group "${group}"`, async (one) => {
        const partitions = (await one.partitions(topic)).map(({ partition }) => ({ partition }));
        const coordinator = await one.coordinator(group, 'group');
        const { responses } = await coordinator.offsetFetch({
          groupId: group,
          topics: [{ topic, partitions }],
        });
        const found = new Map<number, number>();
        for (const { partitions: answers } of responses) {
          for (const { partition, offset } of answers) {
            if (Number(offset) >= 0) found.set(partition, Number(offset));
          }
        }
        return found;
      }),
    deleteGroup: (group) =>
      asking(`delete group "${group}"`, async (one) => {
        const coordinator = await one.coordinator(group, 'group');
        const { results } = await coordinator.deleteGroups([group]);
        for (const { errorCode } of results) {
          if (errorCode !== 0 && errorCode !== GROUP_ID_NOT_FOUND) throw protocolError(errorCode);
        }
      }),
    close: drop,
  };

  /** A topic that was created a moment ago may not be known everywhere yet. */
  const settle = async (name: string, first: unknown): Promise<void> => {
    const giveUpAt = Date.now() + (options.patienceMs ?? PATIENCE_MS);
    for (let failure = first; ; ) {
      if (kafkaError(failure, 'wait').data.code !== 'kafka.no-topic' || Date.now() > giveUpAt) throw failure;
      await pause(PAUSE_MS);
      try {
        await admin.offsets(name);
        return;
      } catch (error) {
        failure = error;
      }
    }
  };
  return admin;
}

/** The topic's partitions must be known before it can be read or written: says which is missing. */
export function offsetOf(offsets: readonly PartitionOffsets[], partition: number): PartitionOffsets {
  const found = offsets.find((one) => one.partition === partition);
  if (found === undefined) throw kafkaFailure('kafka.no-topic', `The topic has no partition ${partition}.`);
  return found;
}
