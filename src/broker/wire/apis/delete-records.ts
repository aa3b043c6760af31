// DeleteRecords (key 21, versions 0-2, flexible from 2): moves the start of partitions forward.
// https://kafka.apache.org/protocol#The_Messages_DeleteRecords ("(n+)" since version n, "?" may be null)
//   request => topics[name partitions[partitionIndex offset]] timeoutMs
//   response => throttleTimeMs topics[name partitions[partitionIndex lowWatermark errorCode]]
import { api } from '../api.ts';
import { array, int16, int32, int64, since, string, struct } from '../schema.ts';

export const DeleteRecords = api({
  key: 21,
  name: 'DeleteRecords',
  min: 0,
  max: 2,
  flexible: 2,
  request: struct({
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            offset: int64,
          }),
        ),
      }),
    ),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            lowWatermark: int64,
            errorCode: int16,
          }),
        ),
      }),
    ),
  }),
});
