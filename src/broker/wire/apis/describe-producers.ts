// DescribeProducers (key 61, versions 0-0, flexible from 0): shows the producers that a partition knows (KIP-664).
// https://kafka.apache.org/protocol#The_Messages_DescribeProducers ("(n+)" since version n, "?" may be null)
//   request => topics[name partitionIndexes[int32]]
//   response => throttleTimeMs topics[name partitions[partitionIndex errorCode errorMessage?
//     activeProducers[producerId producerEpoch lastSequence lastTimestamp coordinatorEpoch
//     currentTxnStartOffset]]]
import { api } from '../api.ts';
import { array, int16, int32, int64, nullable, since, string, struct } from '../schema.ts';

export const DescribeProducers = api({
  key: 61,
  name: 'DescribeProducers',
  min: 0,
  max: 0,
  flexible: 0,
  request: struct({
    topics: array(
      struct({
        name: string,
        partitionIndexes: array(int32),
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
            errorMessage: since(0, nullable(string), null),
            activeProducers: array(
              struct({
                producerId: int64,
                producerEpoch: int32,
                lastSequence: since(0, int32, -1),
                lastTimestamp: since(0, int64, -1),
                coordinatorEpoch: int32,
                currentTxnStartOffset: since(0, int64, -1),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
});
