// Finds the records of one key in a topic: first in the partition that the key belongs to, from a moment on; then
// further. Bounded in time, in small fetches, so that the control plane is not held up. Called by kafka-admin.ts.
import { setImmediate as breathe } from 'node:timers/promises';
import { type KafkaAdmin, openReader, partitionOf, type ReaderOptions } from '../../clients/kafka.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import type { TopicRecord } from '../../shared/topics.ts';

const FETCH_BYTES = 512 * 1024;
const MAX_WAIT_MS = 50;

export interface KeySearch {
  topic: string;
  key: string;
  /** Records from this moment on are looked at first, epoch ms. */
  fromMs: number;
  /** The whole search, ms. */
  budgetMs: number;
  /** Whether what was found is all that is wanted. */
  enough(found: readonly TopicRecord[]): boolean;
}

export interface KeyFound {
  records: TopicRecord[];
  /** False: time was up before everything had been read. */
  complete: boolean;
}

export async function searchKey(
  endpoint: KafkaEndpoint,
  admin: KafkaAdmin,
  options: ReaderOptions,
  search: KeySearch,
): Promise<KeyFound> {
  const { topic, fromMs } = search;
  const giveUpAt = Date.now() + search.budgetMs;
  const offsets = await admin.offsets(topic);
  const own = partitionOf(search.key, offsets.length);
  const byTime = await admin.offsetsByTime(topic, Math.max(0, Math.floor(fromMs)));
  const records: TopicRecord[] = [];

  /** False when time is up. */
  const look = async (ranges: readonly { partition: number; from: number; to: number }[]) => {
    const open = ranges.filter(({ from, to }) => from < to);
    if (open.length === 0) return true;
    const ends = new Map(open.map(({ partition, to }) => [partition, to]));
    const reader = openReader(
      endpoint,
      topic,
      new Map(open.map(({ partition, from }) => [partition, from])),
      { ...options, maxWaitMs: MAX_WAIT_MS, maxBytesPerPartition: FETCH_BYTES },
    );
    try {
      while (open.some(({ partition, to }) => (reader.offsets.get(partition) ?? to) < to)) {
        if (Date.now() > giveUpAt) return false;
        for (const fetched of await reader.poll()) {
          collect(fetched.records(ends.get(fetched.partition)), fetched.partition, search.key, records);
          if (search.enough(records)) return true;
          await breathe();
        }
      }
      return true;
    } finally {
      await reader.close();
    }
  };

  const after = offsets.map(({ partition, low, high }) => ({
    partition,
    from: Math.min(high, Math.max(low, byTime.get(partition) ?? high)),
    to: high,
  }));
  const before = offsets.map(({ partition, low, high }) => ({
    partition,
    from: low,
    to: Math.min(high, Math.max(low, byTime.get(partition) ?? high)),
  }));
  // The likeliest place first: the key's own partition, from the moment on; then what was written before it (clocks
  // that disagree); then the partitions that another partitioner may have chosen.
  const plans = [
    after.filter(({ partition }) => partition === own),
    before.filter(({ partition }) => partition === own),
    after.filter(({ partition }) => partition !== own),
    before.filter(({ partition }) => partition !== own),
  ];
  for (const plan of plans) {
    if (!(await look(plan))) return { records, complete: false };
    if (records.length > 0) break;
  }
  return { records, complete: true };
}

function collect(
  cursor: import('../../clients/kafka.ts').RecordCursor,
  partition: number,
  key: string,
  into: TopicRecord[],
): void {
  const wanted = Buffer.from(key);
  while (cursor.next()) {
    if (cursor.keyEnd - cursor.keyStart !== wanted.length || cursor.keyStart < 0) continue;
    if (wanted.compare(cursor.buffer, cursor.keyStart, cursor.keyEnd) !== 0) continue;
    into.push({
      partition,
      offset: String(cursor.offset),
      timestamp: cursor.timestamp,
      key,
      value: cursor.value(),
      headers: cursor.headers(),
    });
  }
}
