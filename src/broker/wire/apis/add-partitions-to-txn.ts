// AddPartitionsToTxn (key 24, versions 0-3, flexible from 3): takes partitions into a transaction (KIP-98).
// https://kafka.apache.org/protocol#The_Messages_AddPartitionsToTxn ("(n+)" since version n, "?" may be null)
//   request => transactionalId producerId producerEpoch topics[name partitions[int32]]
//   response => throttleTimeMs resultsByTopic[name resultsByPartition[partitionIndex partitionErrorCode]]
import { api } from '../api.ts';
import { array, int16, int32, int64, since, string, struct } from '../schema.ts';

export const AddPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  min: 0,
  max: 3,
  flexible: 3,
  request: struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    topics: array(
      struct({
        name: string,
        partitions: array(int32),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    resultsByTopic: array(
      struct({
        name: string,
        resultsByPartition: array(
          struct({
            partitionIndex: int32,
            partitionErrorCode: int16,
          }),
        ),
      }),
    ),
  }),
});
