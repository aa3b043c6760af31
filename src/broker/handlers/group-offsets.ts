// OffsetCommit, OffsetFetch and OffsetDelete: the place that a group has reached.
import type { RequestContext } from '../context.ts';
import type { OffsetTuple } from '../groups/journal-entries.ts';
import { OffsetCommit } from '../wire/apis/offset-commit.ts';
import { OffsetDelete } from '../wire/apis/offset-delete.ts';
import { OffsetFetch } from '../wire/apis/offset-fetch.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { handler } from './handler.ts';

export const offsetCommit = handler(OffsetCommit, (request, context) => {
  const fault = context.groups.commitFault(request.groupId, {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    generation: request.generationIdOrMemberEpoch,
  });
  const kept: OffsetTuple[] = [];
  const faults = request.topics.map(({ name, partitions }) =>
    partitions.map((one): ErrorCode => {
      if (fault !== null) return fault;
      const log = context.topics.partition(name, one.partitionIndex);
      if (log === undefined) return ERROR.UNKNOWN_TOPIC_OR_PARTITION;
      const metadataFault = context.groups.metadataFault(one.committedMetadata);
      if (metadataFault !== null) return metadataFault;
      const { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata } = one;
      kept.push([name, partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata]);
      return ERROR.NONE;
    }),
  );
  let stored = true;
  try {
    if (kept.length > 0) context.groups.commit(request.groupId, kept);
  } catch (cause) {
    context.storageFailed(cause);
    stored = false;
  }
  return {
    topics: request.topics.map(({ name, partitions }, topic) => ({
      name,
      partitions: partitions.map(({ partitionIndex }, place) => {
        const errorCode = faults[topic]?.[place] ?? ERROR.NONE;
        // Retriable for every client: the group's coordinator cannot write for now.
        const unstored = errorCode === ERROR.NONE && !stored;
        return { partitionIndex, errorCode: unstored ? ERROR.COORDINATOR_NOT_AVAILABLE : errorCode };
      }),
    })),
  };
});

interface AskedTopic {
  name: string;
  partitionIndexes: number[];
}

function fetchOffsets(
  group: string,
  asked: AskedTopic[] | null,
  requireStable: boolean,
  context: RequestContext,
) {
  const all = context.groups.committed(group).map(([name, partitionIndexes]) => ({ name, partitionIndexes }));
  return (asked ?? all).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const unstable = requireStable && context.transactions.isPending(group, name, partitionIndex);
      const committed = unstable ? undefined : context.groups.offset(group, name, partitionIndex);
      return {
        partitionIndex,
        committedOffset: committed?.offset ?? -1,
        committedLeaderEpoch: committed?.leaderEpoch ?? -1,
        metadata: committed?.metadata ?? '',
        errorCode: unstable ? ERROR.UNSTABLE_OFFSET_COMMIT : ERROR.NONE,
      };
    }),
  }));
}

/** From here on several groups are asked for at once (KIP-709). */
const FIRST_WITH_GROUPS = 8;

export const offsetFetch = handler(OffsetFetch, (request, context) => {
  if (context.version >= FIRST_WITH_GROUPS) {
    const groups = request.groups.map(({ groupId, topics }) => ({
      groupId,
      topics: fetchOffsets(groupId, topics, request.requireStable, context),
    }));
    return { groups };
  }
  return { topics: fetchOffsets(request.groupId, request.topics, request.requireStable, context) };
});

export const offsetDelete = handler(OffsetDelete, (request, context) => {
  if (!context.groups.exists(request.groupId)) return { errorCode: ERROR.GROUP_ID_NOT_FOUND, topics: [] };
  // Who is subscribed cannot be told without its members' own metadata: only a group at rest may forget.
  const inUse = (context.groups.find(request.groupId)?.members.size ?? 0) > 0;
  const errorCode = inUse ? ERROR.GROUP_SUBSCRIBED_TO_TOPIC : ERROR.NONE;
  const partitions = request.topics.flatMap(({ name, partitions: indexes }) =>
    indexes.map(({ partitionIndex }): [string, number] => [name, partitionIndex]),
  );
  if (!inUse) context.groups.forget(request.groupId, partitions);
  return {
    errorCode: ERROR.NONE,
    topics: request.topics.map(({ name, partitions: indexes }) => ({
      name,
      partitions: indexes.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
});
