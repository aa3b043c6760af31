// Committed offsets by group, topic and partition. Changes come as journal entries, live ones and those read at start
// alike. Used by the group coordinator.
import type { GroupEntry, OffsetTuple } from './journal-entries.ts';

export interface CommittedOffset {
  offset: number;
  leaderEpoch: number;
  metadata: string | null;
}

interface GroupOffsets {
  /** Epoch ms of the newest commit. */
  at: number;
  topics: Map<string, Map<number, CommittedOffset>>;
}

export class OffsetStore {
  private readonly groups = new Map<string, GroupOffsets>();

  apply(entry: GroupEntry): void {
    switch (entry.kind) {
      case 'offsets':
        this.commit(entry.group, entry.offsets, entry.at);
        return;
      case 'forget': {
        for (const [topic, partition] of entry.partitions) this.forget(entry.group, topic, partition);
        return;
      }
      case 'topic-gone': {
        for (const group of this.groups.values()) group.topics.delete(entry.topic);
        return;
      }
      case 'group-gone': {
        this.groups.delete(entry.group);
        return;
      }
      case 'generation':
        return;
    }
  }

  private commit(id: string, offsets: readonly OffsetTuple[], at: number): void {
    const group = this.groups.get(id) ?? { at, topics: new Map<string, Map<number, CommittedOffset>>() };
    group.at = at;
    for (const [topic, partition, offset, leaderEpoch, metadata] of offsets) {
      const partitions = group.topics.get(topic) ?? new Map<number, CommittedOffset>();
      partitions.set(partition, { offset, leaderEpoch, metadata });
      group.topics.set(topic, partitions);
    }
    this.groups.set(id, group);
  }

  private forget(id: string, topic: string, partition: number): void {
    const topics = this.groups.get(id)?.topics;
    const partitions = topics?.get(topic);
    partitions?.delete(partition);
    if (partitions?.size === 0) topics?.delete(topic);
  }

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.groups.get(group)?.topics.get(topic)?.get(partition);
  }

  /** Topic and partitions that a group has offsets for. */
  committed(group: string): [string, number[]][] {
    return [...(this.groups.get(group)?.topics ?? [])].map(([topic, partitions]) => [
      topic,
      [...partitions.keys()],
    ]);
  }

  has(group: string): boolean {
    return this.groups.has(group);
  }

  ids(): string[] {
    return [...this.groups.keys()];
  }

  /** Epoch ms of a group's newest commit; 0 when it has none. */
  newestCommit(group: string): number {
    return this.groups.get(group)?.at ?? 0;
  }

  *entries(): Iterable<GroupEntry> {
    for (const [group, { at, topics }] of this.groups) {
      const offsets: OffsetTuple[] = [];
      for (const [topic, partitions] of topics) {
        for (const [partition, one] of partitions) {
          offsets.push([topic, partition, one.offset, one.leaderEpoch, one.metadata]);
        }
      }
      yield { kind: 'offsets', group, at, offsets };
    }
  }
}
