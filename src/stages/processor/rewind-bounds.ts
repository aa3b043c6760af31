// From where to where a rewind reads, as offsets by partition, and what is wrong with that. Used by the rewind.
import { openReader } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import type { RewindBounds } from '../../shared/states.ts';

interface Topic {
  kafka: KafkaEndpoint;
  log: Logger | null;
  signal: AbortSignal;
}

/**
 * Events that retention took may have been part of a window touched, which could not be made whole: throws
 * `rewind.events-deleted` when those published after `since` (epoch ms) are not all there.
 */
export async function refuseDeleted(
  topic: Topic,
  held: readonly { partition: number; low: number }[],
  from: ReadonlyMap<number, number>,
  since: number,
): Promise<void> {
  for (const { partition, low } of held) {
    if (low === 0 || (from.get(partition) ?? low) > low) continue;
    const oldest = await recordTime(topic, partition, low);
    if (oldest === null || oldest < since) continue;
    throw new LiveDbError({
      code: 'rewind.events-deleted',
      message: `Events of the windows touched were deleted: partition ${partition} begins at offset ${low} now.`,
      remedy: 'Go back less far, to windows of which all events are there.',
      details: { partition, low },
    });
  }
}

/** When the record at an offset came into the log, epoch ms; null when there is none. */
async function recordTime(
  { kafka, log, signal }: Topic,
  partition: number,
  offset: number,
): Promise<number | null> {
  const reader = openReader(kafka, kafka.topic, new Map([[partition, offset]]), {
    clientIdSuffix: 'rewind-first',
    log,
    maxBytesPerPartition: 64 * 1024,
  });
  try {
    for (let tries = 0; tries < 10; tries++) {
      signal.throwIfAborted();
      for (const fetched of await reader.poll()) {
        const cursor = fetched.records();
        if (cursor.next()) return cursor.timestamp;
      }
    }
    return null;
  } finally {
    await reader.close();
  }
}

export function count(from: ReadonlyMap<number, number>, to: ReadonlyMap<number, number>): number {
  let events = 0;
  for (const [partition, offset] of from) events += Math.max(0, (to.get(partition) ?? offset) - offset);
  return events;
}

/** Where the preview let the reading begin; what retention took since is found missing afterwards. */
export function fixedFrom(
  bounds: RewindBounds,
  log: readonly { partition: number; low: number }[],
): Map<number, number> {
  const from = byPartition(bounds.from);
  for (const { partition, low } of log) from.set(partition, Math.max(low, from.get(partition) ?? low));
  return from;
}

export function byPartition(offsets: Readonly<Record<string, string>>): Map<number, number> {
  return new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), Number(offset)]));
}

export function asText(offsets: ReadonlyMap<number, number>): Record<string, string> {
  return Object.fromEntries([...offsets].map(([partition, offset]) => [String(partition), String(offset)]));
}

export function queryChanged(): LiveDbError {
  return new LiveDbError({
    code: 'rewind.query-changed',
    message: 'The query was changed since the rewind or its preview began.',
    remedy: 'Nothing was changed by the rewind; look at the preview again, then start it.',
  });
}

export function rangeGone(partition: number, from: number, low: number): LiveDbError {
  return new LiveDbError({
    code: 'rewind.range-gone',
    message: `Partition ${partition} begins at offset ${low} now: the events from ${from} on are partly deleted.`,
    remedy: 'Go back to offsets that are still there.',
    details: { partition, from, low },
  });
}
