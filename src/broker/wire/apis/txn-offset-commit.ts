// TxnOffsetCommit (key 28, versions 0-3, flexible from 3): commits a group's offsets as part of a transaction (KIP-98, KIP-447).
// https://kafka.apache.org/protocol#The_Messages_TxnOffsetCommit ("(n+)" since version n, "?" may be null)
//   request => transactionalId groupId producerId producerEpoch generationId(3+) memberId(3+)
//     groupInstanceId(3+)? topics[name partitions[partitionIndex committedOffset committedLeaderEpoch(2+)
//     committedMetadata?]]
//   response => throttleTimeMs topics[name partitions[partitionIndex errorCode]]
import { api } from '../api.ts';
import { array, int16, int32, int64, nullable, since, string, struct } from '../schema.ts';

export const TxnOffsetCommit = api({
  key: 28,
  name: 'TxnOffsetCommit',
  min: 0,
  max: 3,
  flexible: 3,
  request: struct({
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: since(3, int32, -1),
    memberId: since(3, string, ''),
    groupInstanceId: since(3, nullable(string), null),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: since(2, int32, -1),
            committedMetadata: nullable(string),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
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
