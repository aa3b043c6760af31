// ListOffsets, OffsetForLeaderEpoch and DeleteRecords: where partitions begin and end, and moving their start.
import type { RequestContext } from '../context.ts';
import { LEADER_EPOCH, type PartitionLog } from '../log/partition-log.ts';
import { DeleteRecords } from '../wire/apis/delete-records.ts';
import { ListOffsets } from '../wire/apis/list-offsets.ts';
import { OffsetForLeaderEpoch } from '../wire/apis/offset-for-leader-epoch.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { handler } from './handler.ts';

const LATEST = -1;
const EARLIEST = -2;
/** The record with the greatest time (KIP-734). */
const MAX_TIMESTAMP = -3;
const READ_COMMITTED = 1;

function place(
  log: PartitionLog,
  timestamp: number,
  isolationLevel: number,
): { timestamp: number; offset: number } {
  const end = isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.endOffset;
  if (timestamp === LATEST) return { timestamp: -1, offset: end };
  if (timestamp === EARLIEST) return { timestamp: -1, offset: log.startOffset };
  const found = timestamp === MAX_TIMESTAMP ? log.newestByTime() : log.offsetAtTime(timestamp);
  return found === null || found.offset >= end ? { timestamp: -1, offset: -1 } : found;
}

export const listOffsets = handler(ListOffsets, (request, context) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, timestamp }) => {
      const log = context.topics.partition(name, partitionIndex);
      if (log === undefined) {
        return { partitionIndex, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION, timestamp: -1, offset: -1 };
      }
      const found = place(log, timestamp, request.isolationLevel);
      return { partitionIndex, errorCode: ERROR.NONE, ...found, leaderEpoch: LEADER_EPOCH };
    }),
  })),
}));

export const offsetForLeaderEpoch = handler(OffsetForLeaderEpoch, (request, context) => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, leaderEpoch }) => {
      const log = context.topics.partition(topic, partition);
      const errorCode = log === undefined ? ERROR.UNKNOWN_TOPIC_OR_PARTITION : ERROR.NONE;
      const known = log !== undefined && leaderEpoch >= LEADER_EPOCH;
      return {
        errorCode,
        partition,
        leaderEpoch: known ? LEADER_EPOCH : -1,
        endOffset: known ? log.endOffset : -1,
      };
    }),
  })),
}));

async function deleteBefore(
  context: RequestContext,
  topic: string,
  partition: number,
  offset: number,
): Promise<{ lowWatermark: number; errorCode: ErrorCode }> {
  const log = context.topics.partition(topic, partition);
  if (log === undefined) return { lowWatermark: -1, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION };
  const before = offset === LATEST ? log.endOffset : offset;
  if (before < 0 || before > log.endOffset) return { lowWatermark: -1, errorCode: ERROR.OFFSET_OUT_OF_RANGE };
  try {
    await log.deleteBefore(before);
  } catch (cause) {
    context.storageFailed(cause);
    return { lowWatermark: -1, errorCode: ERROR.STORAGE_ERROR };
  }
  return { lowWatermark: log.startOffset, errorCode: ERROR.NONE };
}

export const deleteRecords = handler(DeleteRecords, async (request, context) => ({
  topics: await Promise.all(
    request.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(async ({ partitionIndex, offset }) => ({
          partitionIndex,
          ...(await deleteBefore(context, name, partitionIndex, offset)),
        })),
      ),
    })),
  ),
}));
