// The consumer groups of the broker with their committed offsets, kept in one journal. Settled generations survive a
// restart, so that consumers go on without a rebalance. Used by the handlers.
import type { Clock } from '../clock.ts';
import { Journal } from '../log/journal.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { Group } from './group.ts';
import { GroupEntry, type OffsetTuple, type SavedGroup } from './journal-entries.ts';
import { type CommittedOffset, OffsetStore } from './offset-store.ts';

/** Kafka's offsets.retention.minutes: offsets of a group that nobody uses are kept this long. */
const OFFSET_RETENTION_MS = 7 * 24 * 3_600_000;
const MAX_METADATA = 4_096;

export interface Committer {
  memberId: string;
  instanceId: string | null;
  /** -1: from outside the group's own protocol (admin tools, readers that assign partitions by themselves). */
  generation: number;
}

export class GroupCoordinator {
  private readonly groups = new Map<string, Group>();
  private readonly offsets = new OffsetStore();
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly storageFailed: (cause: unknown) => void;

  constructor(journalPath: string, clock: Clock, storageFailed: (cause: unknown) => void) {
    this.clock = clock;
    this.storageFailed = storageFailed;
    const saved = new Map<string, SavedGroup>();
    this.journal = new Journal(
      journalPath,
      (raw) => {
        const entry = GroupEntry.parse(raw);
        if (entry.kind === 'generation') saved.set(entry.group.id, entry.group);
        if (entry.kind === 'group-gone') saved.delete(entry.group);
        this.offsets.apply(entry);
      },
      () => this.entries(),
      storageFailed,
    );
    for (const group of saved.values()) this.open(group.id).restore(group);
  }

  private *entries(): Iterable<GroupEntry> {
    yield* this.offsets.entries();
    for (const group of this.groups.values()) {
      const settled = group.state === 'Stable' || group.state === 'Empty';
      if (settled && group.generation > 0) yield { kind: 'generation', group: group.save() };
    }
  }

  private write(entry: GroupEntry): void {
    this.journal.append(entry);
    this.offsets.apply(entry);
  }

  private open(id: string): Group {
    const group = new Group(id, this.clock, (settled) => {
      try {
        this.journal.append({ kind: 'generation', group: settled.save() } satisfies GroupEntry);
      } catch (cause) {
        // The generation works on; only a restart would not know it, and then its members join anew.
        this.storageFailed(cause);
      }
    });
    this.groups.set(id, group);
    return group;
  }

  find(id: string): Group | undefined {
    return this.groups.get(id);
  }

  findOrOpen(id: string): Group {
    return this.groups.get(id) ?? this.open(id);
  }

  /** Every group that has members or offsets. */
  ids(): string[] {
    return [...new Set([...this.groups.keys(), ...this.offsets.ids()])];
  }

  exists(id: string): boolean {
    return this.groups.has(id) || this.offsets.has(id);
  }

  /** Why a commit is refused, or null. */
  commitFault(id: string, by: Committer): ErrorCode | null {
    if (id === '') return ERROR.INVALID_GROUP_ID;
    const group = this.groups.get(id);
    if (by.generation < 0 && (group === undefined || group.members.size === 0)) return null;
    if (group === undefined) return ERROR.ILLEGAL_GENERATION;
    const fault = group.memberFault(by.memberId, by.instanceId, by.generation);
    if (fault !== null) return fault;
    if (group.state === 'CompletingRebalance') return ERROR.REBALANCE_IN_PROGRESS;
    const member = group.members.get(by.memberId);
    if (member !== undefined) group.touch(member);
    return null;
  }

  /** Keeps offsets; durable when it returns. Throws what the disk says. */
  commit(group: string, offsets: readonly OffsetTuple[]): void {
    this.write({ kind: 'offsets', group, at: this.clock.now(), offsets: [...offsets] });
  }

  metadataFault(metadata: string | null): ErrorCode | null {
    return metadata !== null && metadata.length > MAX_METADATA ? ERROR.OFFSET_METADATA_TOO_LARGE : null;
  }

  offset(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.offsets.get(group, topic, partition);
  }

  committed(group: string): [string, number[]][] {
    return this.offsets.committed(group);
  }

  forget(group: string, partitions: [string, number][]): void {
    this.write({ kind: 'forget', group, partitions });
  }

  topicGone(topic: string): void {
    this.write({ kind: 'topic-gone', topic });
  }

  /** Deletes a group that nobody is in, with its offsets. */
  delete(id: string): ErrorCode {
    if (!this.exists(id)) return ERROR.GROUP_ID_NOT_FOUND;
    const group = this.groups.get(id);
    if (group !== undefined && group.members.size > 0) return ERROR.NON_EMPTY_GROUP;
    this.write({ kind: 'group-gone', group: id });
    group?.close();
    this.groups.delete(id);
    return ERROR.NONE;
  }

  /** Deletes groups that nobody is in: those without offsets at once, the others when unused for a week. */
  expire(): void {
    const before = this.clock.now() - OFFSET_RETENTION_MS;
    for (const id of this.ids()) {
      const idle = this.groups.get(id)?.isIdle ?? true;
      const unused = !this.offsets.has(id) || this.offsets.newestCommit(id) < before;
      if (idle && unused) this.delete(id);
    }
  }

  sync(): Promise<void> {
    return this.journal.sync();
  }

  close(): void {
    for (const group of this.groups.values()) group.close();
    this.journal.close();
  }
}
