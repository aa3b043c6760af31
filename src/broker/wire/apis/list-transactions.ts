// ListTransactions (key 66, versions 0-1, flexible from 0): lists the transactional ids (KIP-664).
// https://kafka.apache.org/protocol#The_Messages_ListTransactions ("(n+)" since version n, "?" may be null)
//   request => stateFilters[string] producerIdFilters[int64] durationFilter(1+)
//   response => throttleTimeMs errorCode unknownStateFilters[string] transactionStates[transactionalId
//     producerId transactionState]
import { api } from '../api.ts';
import { array, int16, int32, int64, since, string, struct } from '../schema.ts';

export const ListTransactions = api({
  key: 66,
  name: 'ListTransactions',
  min: 0,
  max: 1,
  flexible: 0,
  request: struct({
    stateFilters: array(string),
    producerIdFilters: array(int64),
    durationFilter: since(1, int64, -1),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array(
      struct({
        transactionalId: string,
        producerId: int64,
        transactionState: string,
      }),
    ),
  }),
});
