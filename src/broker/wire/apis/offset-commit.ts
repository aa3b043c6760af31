// OffsetCommit (key 8, versions 2-8, flexible from 8): keeps the place a group has reached.
// https://kafka.apache.org/protocol#The_Messages_OffsetCommit ("(n+)" since version n, "?" may be null)
//   request => groupId generationIdOrMemberEpoch memberId groupInstanceId(7+)? retentionTimeMs(2-4)
//     topics[name partitions[partitionIndex committedOffset committedLeaderEpoch(6+) committedMetadata?]]
//   response => throttleTimeMs(3+) topics[name partitions[partitionIndex errorCode]]
import { api } from '../api.ts';
import { array, between, int16, int32, int64, nullable, since, string, struct } from '../schema.ts';

export const OffsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  min: 2,
  max: 8,
  flexible: 8,
  request: struct({
    groupId: string,
    generationIdOrMemberEpoch: int32,
    memberId: string,
    groupInstanceId: since(7, nullable(string), null),
    retentionTimeMs: between(2, 4, int64, -1),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: since(6, int32, -1),
            committedMetadata: nullable(string),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(3, int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
          }),
        ),
      }),
    ),
  }),
});
