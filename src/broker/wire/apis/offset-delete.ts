// OffsetDelete (key 47, versions 0-0, not flexible): forgets a group's offsets of topics (KIP-496).
// https://kafka.apache.org/protocol#The_Messages_OffsetDelete ("(n+)" since version n, "?" may be null)
//   request => groupId topics[name partitions[partitionIndex]]
//   response => errorCode throttleTimeMs topics[name partitions[partitionIndex errorCode]]
import { api } from '../api.ts';
import { array, int16, int32, since, string, struct } from '../schema.ts';

export const OffsetDelete = api({
  key: 47,
  name: 'OffsetDelete',
  min: 0,
  max: 0,
  flexible: null,
  request: struct({
    groupId: string,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    errorCode: int16,
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
