// What the time of partitions says. Pure.
import type { PartitionTime } from '../../../shared/states.ts';

/** The partition whose watermark is the query's: the lowest of those that are not idle. Alone it holds nobody back. */
export function holdsBack(partitions: readonly PartitionTime[]): PartitionTime | null {
  const awake = partitions.filter(({ idle, watermark }) => !idle && watermark !== null);
  if (partitions.length < 2) return null;
  return awake.reduce<PartitionTime | null>(
    (lowest, one) => (lowest === null || (one.watermark ?? 0) < (lowest.watermark ?? 0) ? one : lowest),
    null,
  );
}

/** Events of the partition that are not read yet. */
export function unread({ offset, end }: Pick<PartitionTime, 'offset' | 'end'>): number {
  const left = BigInt(end) - BigInt(offset);
  return left > 0n ? Number(left) : 0;
}
