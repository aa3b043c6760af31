// Reads a topic from given offsets up to where it ends now. The live engine reads what its predecessor published, the
// publisher what became of a batch whose answer was lost.
import { setImmediate as breathe } from 'node:timers/promises';
import { type KafkaAdmin, openReader, type RecordCursor } from '../../../clients/kafka.ts';
import type { Logger } from '../../../clients/log.ts';
import type { KafkaEndpoint } from '../../../shared/link.ts';

export interface TailOptions {
  topic: string;
  /** First offsets to read, clamped to what is there; null: from the beginning. */
  from: ReadonlyMap<number, number> | null;
  /** Where to end; null: where the topic ends now. */
  until?: ReadonlyMap<number, number> | null;
  signal: AbortSignal;
  log: Logger | null;
  onWaiting(reason: string | null): void;
  /** Read beside the live line, which gets its turns. */
  besideLive?: boolean;
}

/** Records read at a stretch beside the live line. */
const BREATHE_EVERY = 1_024;

/** Visits every record and returns the end that was read to, per partition. Throws LiveDbError `kafka.*`, or the signal's reason. */
export async function readTail(
  endpoint: KafkaEndpoint,
  admin: KafkaAdmin,
  options: TailOptions,
  visit: (record: RecordCursor, partition: number) => void,
): Promise<Map<number, number>> {
  const { topic, from, until = null, besideLive = false } = options;
  const ends = new Map<number, number>();
  const starts = new Map<number, number>();
  for (const { partition, low, high } of await admin.offsets(topic)) {
    const end = Math.min(high, until?.get(partition) ?? high);
    ends.set(partition, end);
    const wanted = from?.get(partition) ?? low;
    // A topic that was made anew is shorter than what is remembered of it: all of it is new.
    const start = wanted > high ? low : Math.max(low, wanted);
    if (start < end) starts.set(partition, start);
  }
  if (starts.size === 0) return ends;
  const reader = openReader(endpoint, topic, starts, {
    clientIdSuffix: 'processor-tail',
    log: options.log,
    maxWaitMs: 100,
    maxBytesPerPartition: 1024 * 1024,
    onWaiting: options.onWaiting,
  });
  let read = 0;
  try {
    const behind = () =>
      [...starts.keys()].some((one) => (reader.offsets.get(one) ?? 0) < (ends.get(one) ?? 0));
    while (behind()) {
      options.signal.throwIfAborted();
      for (const fetched of await reader.poll()) {
        const cursor = fetched.records(ends.get(fetched.partition));
        while (cursor.next()) {
          visit(cursor, fetched.partition);
          if (besideLive && ++read % BREATHE_EVERY === 0) await breathe();
        }
      }
    }
  } finally {
    await reader.close();
  }
  return ends;
}
