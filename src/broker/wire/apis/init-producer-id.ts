// InitProducerId (key 22, versions 0-4, flexible from 2): hands out a producer id and epoch, fencing earlier holders of a transactional id (KIP-98, KIP-360).
// https://kafka.apache.org/protocol#The_Messages_InitProducerId ("(n+)" since version n, "?" may be null)
//   request => transactionalId? transactionTimeoutMs producerId(3+) producerEpoch(3+)
//   response => throttleTimeMs errorCode producerId producerEpoch
import { api } from '../api.ts';
import { int16, int32, int64, nullable, since, string, struct } from '../schema.ts';

export const InitProducerId = api({
  key: 22,
  name: 'InitProducerId',
  min: 0,
  max: 4,
  flexible: 2,
  request: struct({
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    producerId: since(3, int64, -1),
    producerEpoch: since(3, int16, -1),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    errorCode: int16,
    producerId: since(0, int64, -1),
    producerEpoch: int16,
  }),
});
