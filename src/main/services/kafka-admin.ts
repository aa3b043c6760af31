// Topics, offsets and replay ranges for the control plane, on the embedded broker and on foreign clusters alike.
// Connections open at the first call and close when nobody has asked for a while; every call is bounded in time.
import {
  countRecords,
  kafkaError,
  openAdmin,
  openReader,
  type PartitionOffsets,
  type PartitionReader,
} from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import type { ProcessorFrom, ReplayPreview } from '../../shared/replay.ts';
import type { TopicInfo, TopicPage, TopicRead } from '../../shared/topics.ts';
import { type KeyFound, type KeySearch, searchKey } from './record-search.ts';
import { type PlannedRange, planRanges } from './replay-ranges.ts';
import { type PageRange, readPage } from './topic-page.ts';

const CALL_TIMEOUT_MS = 10_000;
const IDLE_MS = 30_000;
/** Exact counts read the batches' headers; after this long the rest is counted by offsets, and the note says so. */
const COUNT_TIMEOUT_MS = 3_000;
/** On the embedded broker offsets are events unless somebody else used transactions: not worth reading more for. */
const EMBEDDED_COUNT_LIMIT = 500_000;
const PAGE_BYTES_PER_PARTITION = 1024 * 1024;

export interface KafkaTopicAdmin {
  /** Creates those that are missing; leaves the others as they are. */
  ensureTopics(topics: readonly { name: string; partitions: number }[]): Promise<void>;
  list(): Promise<TopicInfo[]>;
  create(topic: { name: string; partitions: number }): Promise<void>;
  delete(name: string): Promise<void>;
  read(request: TopicRead): Promise<TopicPage>;
  /** The records of one key, the likeliest place first; bounded in time. */
  findByKey(search: KeySearch): Promise<KeyFound>;
  /** Ranges of the events topic that a processor replay from there would read, and how many events they hold. */
  replayPreview(from: ProcessorFrom): Promise<Pick<ReplayPreview, 'events' | 'ranges' | 'note'>>;
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
    replayPreview: (from) =>
      used(async () => {
        const { topic } = endpoint;
        const offsets = await admin.offsets(topic);
        const byTime =
          from.kind === 'time'
            ? await admin.offsetsByTime(topic, Date.parse(from.at))
            : new Map<number, number>();
        const { ranges, notes } = planRanges(from, offsets, byTime);
        const counts = await countEvents(ranges);
        if (!counts.exact)
          notes.push('Counted by offsets: transaction markers, if there are any, are counted too.');
        const counted = ranges.map((range) => ({
          partition: range.partition,
          from: String(range.from),
          to: String(range.to),
          events: counts.events.get(range.partition) ?? 0,
        }));
        const events = counted.reduce((sum, range) => sum + range.events, 0);
        if (events === 0) notes.push('There is nothing to replay in this range.');
        return { events, ranges: counted, note: notes.join(' ') };
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

  async function countEvents(
    ranges: readonly PlannedRange[],
  ): Promise<{ events: Map<number, number>; exact: boolean }> {
    const events = new Map(ranges.map(({ partition, from, to }) => [partition, to - from]));
    const open = ranges.filter(({ from, to }) => from < to);
    const total = open.reduce((sum, { from, to }) => sum + to - from, 0);
    if (open.length === 0) return { events, exact: true };
    if (endpoint.kind === 'embedded' && total > EMBEDDED_COUNT_LIMIT) return { events, exact: true };
    const offsets = new Map(open.map(({ partition, from }) => [partition, from]));
    const giveUpAt = Date.now() + COUNT_TIMEOUT_MS;
    return withReader(endpoint.topic, offsets, 50, async (reader) => {
      const counts = new Map(open.map(({ partition }) => [partition, 0]));
      const ends = new Map(open.map(({ partition, to }) => [partition, to]));
      const unfinished = () => open.some(({ partition, to }) => (reader.offsets.get(partition) ?? to) < to);
      while (unfinished() && Date.now() < giveUpAt) {
        for (const { partition, set, from, next } of await reader.poll()) {
          const end = ends.get(partition) ?? 0;
          counts.set(partition, (counts.get(partition) ?? 0) + countRecords(set, from, Math.min(next, end)));
        }
      }
      for (const { partition, to } of open) {
        const left = Math.max(0, to - (reader.offsets.get(partition) ?? to));
        events.set(partition, (counts.get(partition) ?? 0) + left);
      }
      return { events, exact: !unfinished() };
    });
  }
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
