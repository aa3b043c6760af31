// OffsetForLeaderEpoch (key 23, versions 2-4, flexible from 4): tells where a leader epoch ends in the log (KIP-320).
// https://kafka.apache.org/protocol#The_Messages_OffsetForLeaderEpoch ("(n+)" since version n, "?" may be null)
//   request => replicaId(3+) topics[topic partitions[partition currentLeaderEpoch leaderEpoch]]
//   response => throttleTimeMs topics[topic partitions[errorCode partition leaderEpoch endOffset]]
import { api } from '../api.ts';
import { array, int16, int32, int64, since, string, struct } from '../schema.ts';

export const OffsetForLeaderEpoch = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  min: 2,
  max: 4,
  flexible: 4,
  request: struct({
    replicaId: since(3, int32, -2),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            partition: int32,
            currentLeaderEpoch: int32,
            leaderEpoch: int32,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            errorCode: int16,
            partition: int32,
            leaderEpoch: since(0, int32, -1),
            endOffset: since(0, int64, -1),
          }),
        ),
      }),
    ),
  }),
});
