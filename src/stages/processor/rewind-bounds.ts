// From where to where a rewind reads, as offsets by partition, and what is wrong with that. Used by the rewind.
import { LiveDbError } from '../../shared/errors.ts';
import type { RewindBounds } from '../../shared/states.ts';

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
