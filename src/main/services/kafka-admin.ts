// Topics, offsets and replay ranges for the control plane, on the embedded broker and on foreign clusters alike.
// Connections open at the first call and close when nobody has asked for a while; every call is bounded in time.
import {
  kafkaError,
  openAdmin,
  openReader,
  type PartitionOffsets,
  type PartitionReader,
} from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import type { ProcessorFrom, ProcessorTo, ReplayRange } from '../../shared/replay.ts';
import type { TopicInfo, TopicPage, TopicRead } from '../../shared/topics.ts';
import { type KeyFound, type KeySearch, searchKey } from './record-search.ts';
import { type OffsetRange, planRanges } from './replay-ranges.ts';
import { type PageRange, readPage } from './topic-page.ts';

const CALL_TIMEOUT_MS = 10_000;
const IDLE_MS = 30_000;
const PAGE_BYTES_PER_PARTITION = 1024 * 1024;

export interface ReplayQuestion {
  from: ProcessorFrom;
  to: ProcessorTo | null;
  /** Next offset of the line that a shift counts from, per partition. */
  place: ReadonlyMap<number, number>;
  /** What the last so many ms are counted from, epoch ms. */
  now: number;
}

export interface ReplayRanges {
  ranges: ReplayRange[];
  /** What the topic holds. */
  partitions: OffsetRange[];
  /** Sentences about what the topic no longer has. */
  gone: string[];
}

export interface KafkaTopicAdmin {
  /** Creates those that are missing; leaves the others as they are. */
  ensureTopics(topics: readonly { name: string; partitions: number }[]): Promise<void>;
  list(): Promise<TopicInfo[]>;
  create(topic: { name: string; partitions: number }): Promise<void>;
  delete(name: string): Promise<void>;
  read(request: TopicRead): Promise<TopicPage>;
  /** The records of one key, the likeliest place first; bounded in time. */
  findByKey(search: KeySearch): Promise<KeyFound>;
  /** Ranges of the events topic that a processor replay would read, and how many offsets they have. */
  replayRanges(question: ReplayQuestion): Promise<ReplayRanges>;
  /** Committed offsets of a group on a topic, and the ends of the topic: what its lag is made of. */
  groupLag(
    group: string,
    topic: string,
  ): Promise<{ partition: number; committed: number | null; high: number }[]>;
  /** Whether the cluster answers. Kafka does not tell its version. */
  check(): Promise<{ version: string | null; clusterId: string | null; brokers: number }>;
  close(): Promise<void>;
}

export function openKafkaAdmin(endpoint: KafkaEndpoint, log: Logger | null = null): KafkaTopicAdmin {
  const client = { clientIdSuffix: 'control', log };
  const admin = openAdmin(endpoint, { ...client, patienceMs: CALL_TIMEOUT_MS });
  let idle: NodeJS.Timeout | null = null;
  let busy = 0;

  const used = async <T>(work: () => Promise<T>): Promise<T> => {
    if (idle !== null) clearTimeout(idle);
    busy++;
    try {
      return await work();
    } finally {
      if (--busy === 0) {
        idle = setTimeout(() => void admin.close(), IDLE_MS);
        idle.unref();
      }
    }
  };
  const withReader = async <T>(
    topic: string,
    offsets: Map<number, number>,
    maxWaitMs: number,
    work: (reader: PartitionReader) => Promise<T>,
  ): Promise<T> => {
    const reader = openReader(endpoint, topic, offsets, {
      ...client,
      maxWaitMs,
      maxBytesPerPartition: PAGE_BYTES_PER_PARTITION,
    });
    try {
      return await work(reader);
    } finally {
      await reader.close();
    }
  };

  const pageRanges = async (request: TopicRead): Promise<PageRange[]> => {
    const offsets = await admin.offsets(request.name);
    const { from } = request;
    switch (from.kind) {
      case 'earliest':
        return offsets.map(({ partition, low, high }) => ({ partition, from: low, to: high }));
      case 'latest':
        return offsets.map(({ partition, low, high }) => ({
          partition,
          from: Math.max(low, high - request.limit),
          to: high,
        }));
      case 'time': {
        const byTime = await admin.offsetsByTime(request.name, Date.parse(from.at));
        return offsets.map(({ partition, low, high }) => ({
          partition,
          from: Math.max(low, byTime.get(partition) ?? high),
          to: high,
        }));
      }
      case 'offsets':
        return Object.entries(from.offsets).map(([name, offset]) => {
          const found = offsets.find(({ partition }) => partition === Number(name));
          if (found === undefined) throw noPartition(request.name, name);
          // A topic that was emptied or made anew under a tail: go on with what is there.
          const start = Number(offset) > found.high ? found.low : Math.max(found.low, Number(offset));
          return { partition: found.partition, from: start, to: found.high };
        });
    }
  };

  return {
    ensureTopics: (topics) => used(async () => void (await admin.ensureTopics(topics))),
    list: () =>
      used(async () => {
        const topics = await admin.listTopics();
        return Promise.all(
          topics.map(async ({ name, internal }): Promise<TopicInfo> => {
            // A topic may go between the two questions: it is then shown empty.
            const offsets = await admin.offsets(name).catch((error: unknown): PartitionOffsets[] => {
              if (kafkaError(error, 'list').data.code !== 'kafka.no-topic') throw error;
              return [];
            });
            return {
              name,
              internal,
              partitions: offsets.map(({ partition, low, high }) => ({
                partition,
                low: String(low),
                high: String(high),
              })),
              events: offsets.reduce((sum, { low, high }) => sum + high - low, 0),
            };
          }),
        );
      }),
    create: ({ name, partitions }) =>
      used(async () => {
        await admin.createTopic(name, partitions);
        await admin.ensureTopics([{ name, partitions }]);
      }),
    delete: (name) => used(() => admin.deleteTopic(name)),
    read: (request) =>
      used(async () => {
        const deadline = Date.now() + CALL_TIMEOUT_MS;
        const ranges = await pageRanges(request);
        const nothing = ranges.every(({ from, to }) => from >= to);
        if (nothing && request.waitMs === 0) {
          const next = ranges.map(({ partition, from }) => [String(partition), String(from)]);
          return { records: [], next: Object.fromEntries(next) };
        }
        const offsets = new Map(ranges.map(({ partition, from }) => [partition, from]));
        const { limit, waitMs } = request;
        const newest = request.from.kind === 'latest';
        return withReader(request.name, offsets, Math.min(500, Math.max(10, waitMs)), (reader) =>
          readPage(reader, ranges, { limit, waitMs, newest, deadline }),
        );
      }),
    findByKey: (search) => used(() => searchKey(endpoint, admin, client, search)),
    replayRanges: ({ from, to, place, now }) =>
      used(async () => {
        const { topic } = endpoint;
        const begin =
          from.kind === 'duration' ? now - from.ms : from.kind === 'time' ? Date.parse(from.at) : null;
        const end = to?.kind === 'time' ? Date.parse(to.at) : null;
        const at = (moment: number | null) =>
          moment === null ? new Map<number, number>() : admin.offsetsByTime(topic, Math.max(0, moment));
        const [partitions, fromByTime, toByTime] = await Promise.all([
          admin.offsets(topic),
          at(begin),
          at(end),
        ]);
        const { ranges, gone } = planRanges({ from, to, partitions, fromByTime, toByTime, place });
        return {
          gone,
          partitions: partitions.map(({ partition, low, high }) => ({ partition, low, high })),
          ranges: ranges.map((range) => ({
            partition: range.partition,
            from: String(range.from),
            to: String(range.to),
            events: range.to - range.from,
          })),
        };
      }),
    groupLag: (group, topic) =>
      used(async () => {
        const [committed, offsets] = await Promise.all([
          admin.fetchGroupOffsets(group, topic),
          admin.offsets(topic),
        ]);
        return offsets.map(({ partition, high }) => ({
          partition,
          committed: committed.get(partition) ?? null,
          high,
        }));
      }),
    check: () =>
      used(async () => {
        const { clusterId, brokers } = await admin.cluster();
        return { version: null, clusterId, brokers: brokers.length };
      }),
    close: async () => {
      if (idle !== null) clearTimeout(idle);
      await admin.close();
    },
  };
}

function noPartition(topic: string, partition: string): LiveDbError {
  const message = `topic "${topic}" has no partition ${partition}`;
  return new LiveDbError({
    code: 'bad-request',
    message: `Field "from.offsets.${partition}" was refused: ${message}.`,
    remedy: 'Correct the named fields and send the request again; nothing was changed.',
    details: { fields: [{ path: `from.offsets.${partition}`, message }] },
  });
}
