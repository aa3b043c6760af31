// AddOffsetsToTxn (key 25, versions 0-3, flexible from 3): takes a group's offsets into a transaction (KIP-98).
// https://kafka.apache.org/protocol#The_Messages_AddOffsetsToTxn ("(n+)" since version n, "?" may be null)
//   request => transactionalId producerId producerEpoch groupId
//   response => throttleTimeMs errorCode
import { api } from '../api.ts';
import { int16, int32, int64, since, string, struct } from '../schema.ts';

export const AddOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  min: 0,
  max: 3,
  flexible: 3,
  request: struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    groupId: string,
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    errorCode: int16,
  }),
});
