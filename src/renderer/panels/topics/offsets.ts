// Sums over a topic's partitions: where a reading starts, and how much is still ahead of it. Pure.
import type { TopicInfo } from '../../../shared/topics.ts';
import type { ReaderState } from './topic-reader.ts';

/** Records after the last one shown, by the topic's newest known ends; null before anything was read. */
export function behind(topic: TopicInfo, { next }: Pick<ReaderState, 'next'>): number | null {
  if (next === null) return null;
  let sum = 0;
  for (const { partition, high } of topic.partitions) {
    const at = next[String(partition)];
    if (at !== undefined) sum += Math.max(0, Number(high) - Number(at));
  }
  return sum;
}

/** The offset in one partition or in all, moved into what each of them holds. */
export function offsetsFor(topic: TopicInfo, partition: string, offset: number): Record<string, string> {
  const offsets: Record<string, string> = {};
  for (const { partition: id, low, high } of topic.partitions) {
    if (partition !== 'all' && partition !== String(id)) continue;
    offsets[String(id)] = String(Math.min(Math.max(offset, Number(low)), Number(high)));
  }
  return offsets;
}
