// The topics of records aside as the control plane works with them: pages from the newest down, single records whole, and
// the producer that sends a corrected one again. Every call is bounded in time and bytes. Opened by control/side-topic-door.
import {
  type KafkaAdmin,
  kafkaError,
  type OutgoingRecord,
  openAdmin,
  openFencedProducer,
  openPlainProducer,
  openReader,
  type PartitionOffsets,
  type RecordCursor,
} from '../../clients/kafka.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { FIXED_HEADER, SIDE_VALUE_BYTES } from '../../shared/side-records.ts';

export interface AsideRecord {
  partition: number;
  offset: number;
  /** Epoch ms. */
  timestamp: number;
  key: string | null;
  /** Of a page: at most SIDE_VALUE_BYTES of it. */
  value: Buffer | null;
  /** Of the whole value. */
  bytes: number;
  headers: Record<string, string>;
}

export interface AsidePage {
  /** Newest first. */
  records: AsideRecord[];
  next: Map<number, number> | null;
}

/** Sends one record after the other; opening it shuts out whoever sent before. Calls must not overlap. */
export interface FixedSender {
  /** Gives the place at which the record stands. After a failure it may stand there or not: open a new sender, look. */
  send(record: OutgoingRecord): Promise<{ partition: number; offset: number }>;
  close(): Promise<void>;
}

export interface SideTopics {
  /** Records below `before` (all, without it). A topic that is not there is empty. */
  page(topic: string, limit: number, before: ReadonlyMap<number, number> | null): Promise<AsidePage>;
  /** Single records with their whole values, by `partition/offset`; those that are not there are left out. */
  records(topic: string, ids: readonly string[]): Promise<Map<string, AsideRecord>>;
  /** First and next offset of each partition; none of a topic that is not there. */
  bounds(topic: string): Promise<PartitionOffsets[]>;
  /** The end of the events topic. */
  ends(): Promise<Map<number, number>>;
  /** Which of these dead records stand in the events topic, from these offsets on. */
  findFixed(
    from: ReadonlyMap<number, number>,
    ids: ReadonlySet<string>,
  ): Promise<Map<string, { partition: number; offset: number }>>;
  openSender(): Promise<FixedSender>;
  /** Publishes to the events topic beside everybody else. */
  publish(records: Iterable<OutgoingRecord>): Promise<void>;
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 10_000;
const READ_TIMEOUT_MS = 10_000;
const MAX_WAIT_MS = 100;
const FETCH_BYTES = 1024 * 1024;
/** Of one partition's part of a page. */
const PAGE_BYTES = 4 * 1024 * 1024;
/** Records that lie closer together are read in one go. */
const NEAR = 500;
const SENDER = 'livedb-fixed';

export function openSideTopics(endpoint: KafkaEndpoint): SideTopics {
  const client = { clientIdSuffix: 'aside', log: null };
  const admin: KafkaAdmin = openAdmin(endpoint, { ...client, patienceMs: CALL_TIMEOUT_MS });

  const offsetsOf = async (topic: string): Promise<PartitionOffsets[]> => {
    try {
      return await admin.offsets(topic);
    } catch (error) {
      if (kafkaError(error, 'list').data.code === 'kafka.no-topic') return [];
      throw error;
    }
  };

  /** Reads [from, to) of each partition and gives every record in it, partition by partition in order. */
  const scan = async (
    topic: string,
    ranges: readonly { partition: number; from: number; to: number }[],
    take: (partition: number, cursor: RecordCursor) => void,
  ): Promise<void> => {
    const open = ranges.filter(({ from, to }) => from < to);
    if (open.length === 0) return;
    const ends = new Map(open.map(({ partition, to }) => [partition, to]));
    const offsets = new Map(open.map(({ partition, from }) => [partition, from]));
    const reader = openReader(endpoint, topic, offsets, {
      ...client,
      maxWaitMs: MAX_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES,
    });
    const giveUpAt = Date.now() + READ_TIMEOUT_MS;
    try {
      while ([...ends].some(([partition, end]) => (reader.offsets.get(partition) ?? end) < end)) {
        if (Date.now() > giveUpAt) throw kafkaError(new Error('it took too long'), `read topic "${topic}"`);
        for (const fetched of await reader.poll()) {
          const cursor = fetched.records(ends.get(fetched.partition));
          while (cursor.next()) take(fetched.partition, cursor);
        }
      }
    } finally {
      await reader.close();
    }
  };

  return {
    async page(topic, limit, before) {
      const offsets = await offsetsOf(topic);
      const ranges = offsets.map(({ partition, low, high }) => {
        const to = Math.max(low, Math.min(high, before?.get(partition) ?? high));
        return { partition, from: Math.max(low, to - limit), to };
      });
      const kept = new Map<number, Kept>(ranges.map(({ partition }) => [partition, new Kept(limit)]));
      await scan(topic, ranges, (partition, cursor) => kept.get(partition)?.add(recordAt(partition, cursor)));
      const records = newest(
        [...kept.values()].map(({ list }) => list),
        limit,
      );
      const next = new Map<number, number>();
      for (const { partition, from, to } of ranges) {
        const all = kept.get(partition)?.list ?? [];
        const shown = records.filter((record) => record.partition === partition);
        const oldest = shown.at(-1)?.offset;
        // Nothing there but gaps: the next page goes on below them.
        next.set(partition, oldest ?? (all.length === 0 ? from : to));
      }
      const more = offsets.some(({ partition, low }) => (next.get(partition) ?? low) > low);
      return { records, next: more ? next : null };
    },

    async records(topic, ids) {
      const found = new Map<string, AsideRecord>();
      const wanted = new Set(ids);
      const places = await offsetsOf(topic);
      for (const range of rangesOf(ids)) {
        const at = places.find(({ partition }) => partition === range.partition);
        if (at === undefined) continue;
        const bounded = { ...range, from: Math.max(at.low, range.from), to: Math.min(at.high, range.to) };
        await scan(topic, [bounded], (partition, cursor) => {
          const id = `${partition}/${cursor.offset}`;
          if (wanted.has(id)) found.set(id, recordAt(partition, cursor, Number.POSITIVE_INFINITY));
        });
      }
      return found;
    },

    bounds: offsetsOf,

    async ends() {
      return new Map((await admin.offsets(endpoint.topic)).map(({ partition, high }) => [partition, high]));
    },

    async findFixed(from, ids) {
      const found = new Map<string, { partition: number; offset: number }>();
      const name = Buffer.from(FIXED_HEADER);
      const ranges = (await admin.offsets(endpoint.topic)).map(({ partition, low, high }) => ({
        partition,
        from: Math.min(high, Math.max(low, from.get(partition) ?? low)),
        to: high,
      }));
      await scan(endpoint.topic, ranges, (partition, cursor) => {
        const id = cursor.headerCount === 0 ? null : cursor.header(name);
        if (id !== null && ids.has(id)) found.set(id, { partition, offset: cursor.offset });
      });
      return found;
    },

    async openSender() {
      const producer = await openFencedProducer(endpoint, SENDER, [endpoint.topic], client);
      return {
        async send(record) {
          const placed = await producer.send(endpoint.topic, [record], Date.now());
          const [partition = 0, next = 0] = [...placed][0] ?? [];
          return { partition, offset: next - 1 };
        },
        close: () => producer.close(),
      };
    },

    async publish(records) {
      const producer = await openPlainProducer(endpoint, client);
      try {
        await producer.send(endpoint.topic, records, Date.now());
      } finally {
        await producer.close();
      }
    },

    close: () => admin.close(),
  };
}

/** The last records of one partition, within a number and a size. */
class Kept {
  readonly list: AsideRecord[] = [];
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(record: AsideRecord): void {
    this.list.push(record);
    this.#bytes += sizeOf(record);
    while (this.list.length > this.#limit || (this.#bytes > PAGE_BYTES && this.list.length > 1)) {
      const dropped = this.list.shift();
      if (dropped !== undefined) this.#bytes -= sizeOf(dropped);
    }
  }
}

const sizeOf = ({ value }: AsideRecord) => 100 + (value?.length ?? 0);

/** The newest of these lists, each of which is in the order of its partition; that order is kept, turned round. */
export function newest(lists: readonly (readonly AsideRecord[])[], limit: number): AsideRecord[] {
  const places = lists.map((list) => list.length - 1);
  const merged: AsideRecord[] = [];
  let bytes = 0;
  while (merged.length < limit) {
    let best = -1;
    lists.forEach((list, index) => {
      const record = list[places[index] ?? -1];
      const leader = lists[best]?.[places[best] ?? -1];
      if (record !== undefined && (leader === undefined || record.timestamp > leader.timestamp)) best = index;
    });
    const record = lists[best]?.[places[best] ?? -1];
    if (record === undefined) break;
    bytes += sizeOf(record);
    if (bytes > PAGE_BYTES && merged.length > 0) break;
    merged.push(record);
    places[best] = (places[best] ?? 0) - 1;
  }
  return merged;
}

/** Stretches of offsets that hold these ids. */
export function rangesOf(ids: readonly string[]): { partition: number; from: number; to: number }[] {
  const places = ids
    .map((id) => id.split('/').map(Number))
    .map(([partition = 0, offset = 0]) => ({ partition, offset }))
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  const ranges: { partition: number; from: number; to: number }[] = [];
  for (const { partition, offset } of places) {
    const last = ranges.at(-1);
    if (last?.partition === partition && offset - last.to < NEAR) last.to = offset + 1;
    else ranges.push({ partition, from: offset, to: offset + 1 });
  }
  return ranges;
}

function recordAt(partition: number, cursor: RecordCursor, most: number = SIDE_VALUE_BYTES): AsideRecord {
  const { offset, timestamp, valueStart, valueEnd } = cursor;
  const bytes = valueStart < 0 ? 0 : valueEnd - valueStart;
  const value =
    valueStart < 0
      ? null
      : Buffer.from(cursor.buffer.subarray(valueStart, valueStart + Math.min(bytes, most)));
  return { partition, offset, timestamp, key: cursor.key(), value, bytes, headers: cursor.headers() };
}
