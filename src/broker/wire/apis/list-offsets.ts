// ListOffsets (key 2, versions 1-7, flexible from 6): finds the earliest or latest offset, or the first one at or after a time.
// https://kafka.apache.org/protocol#The_Messages_ListOffsets ("(n+)" since version n, "?" may be null)
//   request => replicaId isolationLevel(2+) topics[name partitions[partitionIndex currentLeaderEpoch(4+)
//     timestamp]]
//   response => throttleTimeMs(2+) topics[name partitions[partitionIndex errorCode timestamp offset
//     leaderEpoch(4+)]]
import { api } from '../api.ts';
import { array, int8, int16, int32, int64, since, string, struct } from '../schema.ts';

export const ListOffsets = api({
  key: 2,
  name: 'ListOffsets',
  min: 1,
  max: 7,
  flexible: 6,
  request: struct({
    replicaId: int32,
    isolationLevel: since(2, int8, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            currentLeaderEpoch: since(4, int32, -1),
            timestamp: int64,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(2, int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            timestamp: since(0, int64, -1),
            offset: since(0, int64, -1),
            leaderEpoch: since(4, int32, -1),
          }),
        ),
      }),
    ),
  }),
});
