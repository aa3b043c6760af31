// One page of a topic for a person to read: records of several partitions merged by time, bounded in number and bytes.
// Called by kafka-admin.ts.
import type { FetchedPartition, PartitionReader } from '../../clients/kafka.ts';
import type { TopicPage, TopicRecord } from '../../shared/topics.ts';

/** A page is a message to a screen: beyond this the rest is left for the next page. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

export interface PageRange {
  partition: number;
  from: number;
  /** Read up to here without waiting; where it equals `from` there is nothing yet. */
  to: number;
}

function collect(
  fetched: FetchedPartition,
  into: TopicRecord[],
  keep: { first?: number; last?: number },
): void {
  const cursor = fetched.records();
  while (cursor.next()) {
    if (keep.first !== undefined && into.length >= keep.first) return;
    into.push({
      partition: fetched.partition,
      offset: String(cursor.offset),
      timestamp: cursor.timestamp,
      key: cursor.key(),
      value: cursor.value(),
      headers: cursor.headers(),
    });
    if (keep.last !== undefined && into.length > keep.last) into.shift();
  }
}

/** Merges by timestamp and keeps each partition's own order. */
export function mergeByTime(lists: readonly (readonly TopicRecord[])[]): TopicRecord[] {
  const places = lists.map(() => 0);
  const merged: TopicRecord[] = [];
  for (;;) {
    let best = -1;
    let bestRecord: TopicRecord | undefined;
    for (const [index, list] of lists.entries()) {
      const record = list[places[index] ?? 0];
      if (record !== undefined && (bestRecord === undefined || record.timestamp < bestRecord.timestamp)) {
        best = index;
        bestRecord = record;
      }
    }
    if (bestRecord === undefined) return merged;
    merged.push(bestRecord);
    places[best] = (places[best] ?? 0) + 1;
  }
}

function bytesOf(record: TopicRecord): number {
  return (record.value?.length ?? 0) + (record.key?.length ?? 0) + 100;
}

/**
 * Reads until each partition has given `limit` records or its end is reached; when all are at their end already, waits
 * up to `waitMs` for the first record. `newest` keeps the last records of the ranges instead of the first.
 */
export async function readPage(
  reader: PartitionReader,
  ranges: readonly PageRange[],
  options: { limit: number; waitMs: number; newest: boolean; deadline: number },
): Promise<TopicPage> {
  const lists = new Map<number, TopicRecord[]>(ranges.map(({ partition }) => [partition, []]));
  const reached = new Map(ranges.map(({ partition, from }) => [partition, from]));
  const waitUntil = Math.min(options.deadline, Date.now() + options.waitMs);
  const unfinished = () =>
    ranges.some(
      ({ partition, to }) =>
        (reached.get(partition) ?? 0) < to &&
        (options.newest || (lists.get(partition)?.length ?? 0) < options.limit),
    );
  const empty = () => [...lists.values()].every((list) => list.length === 0);
  while (Date.now() < options.deadline && (unfinished() || (empty() && Date.now() < waitUntil))) {
    for (const fetched of await reader.poll()) {
      const list = lists.get(fetched.partition);
      if (list === undefined) continue;
      collect(fetched, list, options.newest ? { last: options.limit } : { first: options.limit });
      reached.set(fetched.partition, fetched.next);
    }
  }
  const merged = mergeByTime([...lists.values()]);
  const chosen = options.newest ? merged.slice(-options.limit) : merged.slice(0, options.limit);
  const records = withinBytes(options.newest ? chosen.reverse() : chosen);
  if (options.newest) return { records: records.reverse(), next: nextOf(reached) };
  return { records, next: nextOf(continueAfter(ranges, reached, merged, records)) };
}

/** The first of these records that fit on a page together; at least one. */
function withinBytes(records: readonly TopicRecord[]): TopicRecord[] {
  let bytes = 0;
  const cut = records.findIndex((record) => {
    bytes += bytesOf(record);
    return bytes > MAX_PAGE_BYTES;
  });
  return cut < 0 ? [...records] : records.slice(0, Math.max(1, cut));
}

/** Partitions all of whose records are on the page go on where the reader stands, the others after their last one. */
function continueAfter(
  ranges: readonly PageRange[],
  reached: ReadonlyMap<number, number>,
  merged: readonly TopicRecord[],
  records: readonly TopicRecord[],
): Map<number, number> {
  const next = new Map<number, number>();
  const shown = new Map<number, TopicRecord[]>();
  for (const record of records) {
    const list = shown.get(record.partition);
    if (list === undefined) shown.set(record.partition, [record]);
    else list.push(record);
  }
  for (const { partition, from } of ranges) {
    const all = merged.filter((record) => record.partition === partition);
    const last = shown.get(partition)?.at(-1);
    const cutShort = (shown.get(partition)?.length ?? 0) < all.length;
    const atLast = last === undefined ? from : Number(last.offset) + 1;
    // A fetch may hold more records than were collected: never past one that was not shown.
    next.set(partition, cutShort || last !== undefined ? atLast : (reached.get(partition) ?? from));
  }
  return next;
}

function nextOf(offsets: ReadonlyMap<number, number>): Record<string, string> {
  return Object.fromEntries([...offsets].map(([partition, offset]) => [String(partition), String(offset)]));
}
