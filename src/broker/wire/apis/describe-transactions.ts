// DescribeTransactions (key 65, versions 0-0, flexible from 0): shows the state of transactions (KIP-664).
// https://kafka.apache.org/protocol#The_Messages_DescribeTransactions ("(n+)" since version n, "?" may be null)
//   request => transactionalIds[string]
//   response => throttleTimeMs transactionStates[errorCode transactionalId transactionState
//     transactionTimeoutMs transactionStartTimeMs producerId producerEpoch topics[topic partitions[int32]]]
import { api } from '../api.ts';
import { array, int16, int32, int64, since, string, struct } from '../schema.ts';

export const DescribeTransactions = api({
  key: 65,
  name: 'DescribeTransactions',
  min: 0,
  max: 0,
  flexible: 0,
  request: struct({
    transactionalIds: array(string),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    transactionStates: array(
      struct({
        errorCode: int16,
        transactionalId: string,
        transactionState: string,
        transactionTimeoutMs: int32,
        transactionStartTimeMs: int64,
        producerId: int64,
        producerEpoch: int16,
        topics: array(
          struct({
            topic: string,
            partitions: array(int32),
          }),
        ),
      }),
    ),
  }),
});
