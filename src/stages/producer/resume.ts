// What the topic already holds after the last saved place: read once at the start, so that rows whose acknowledgement
// or place was lost in a kill are not published again. Runs after the fence: the tail cannot grow behind its back.
import type { FetchedPartition, PartitionOffsets, PartitionReader } from '../../clients/kafka.ts';
import { EVENT_HEADERS, LiveEvent } from '../../shared/event.ts';

export interface TailPlan {
  /** First offset to read, per partition. */
  from: Map<number, number>;
  /** Where the topic ends now. */
  ends: Map<number, number>;
  /** Sentences about a topic that is not what it was; empty when it is. */
  surprises: string[];
}

/** Compares the saved offsets with the topic. `saved` null: nothing was published yet, and nothing is to be found. */
export function planTail(
  saved: Readonly<Record<string, number>> | null,
  topic: readonly PartitionOffsets[],
): TailPlan {
  const from = new Map<number, number>();
  const surprises: string[] = [];
  for (const { partition, low, high } of topic) {
    const place = saved === null ? high : (saved[partition] ?? low);
    if (place > high) {
      surprises.push(`partition ${partition} ends at offset ${high}, but had been written up to ${place}`);
    } else if (place < low) {
      surprises.push(`partition ${partition} starts at offset ${low}, but was read up to ${place} only`);
    }
    from.set(partition, Math.min(high, Math.max(low, place)));
  }
  const ends = new Map(topic.map(({ partition, high }) => [partition, high]));
  return { from, ends, surprises };
}

/** Ids of the live events in what was fetched; replays and what is no event are passed over. */
export function collectIds(fetched: FetchedPartition, until: number, into: Set<string>): void {
  const cursor = fetched.records(until);
  while (cursor.next()) {
    const key = cursor.key();
    const value = cursor.value();
    if (key === null || value === null) continue;
    const headers = cursor.headers();
    if (headers[EVENT_HEADERS.replayId] !== undefined) continue;
    // The producer's own carry their position, whatever their row holds (an amount without a value, or of 400 digits).
    if (headers[EVENT_HEADERS.position] !== undefined || isLive(value)) into.add(key);
  }
}

function isLive(value: string): boolean {
  try {
    const event = LiveEvent.safeParse(JSON.parse(value));
    return event.success && event.data.meta.mode === 'normal';
  } catch {
    // Somebody else's bytes in the topic are nobody's published row.
    return false;
  }
}

/** Reads the planned tail and gives the ids in it. */
export async function readTail(
  reader: PartitionReader,
  ends: ReadonlyMap<number, number>,
  signal: AbortSignal,
): Promise<Set<string>> {
  const ids = new Set<string>();
  const unfinished = () => [...ends].some(([partition, end]) => (reader.offsets.get(partition) ?? end) < end);
  while (unfinished()) {
    signal.throwIfAborted();
    for (const fetched of await reader.poll()) {
      collectIds(fetched, ends.get(fetched.partition) ?? 0, ids);
    }
  }
  return ids;
}
