// EndTxn (key 26, versions 0-3, flexible from 3): commits or aborts a transaction (KIP-98).
// https://kafka.apache.org/protocol#The_Messages_EndTxn ("(n+)" since version n, "?" may be null)
//   request => transactionalId producerId producerEpoch committed
//   response => throttleTimeMs errorCode
import { api } from '../api.ts';
import { bool, int16, int32, int64, since, string, struct } from '../schema.ts';

export const EndTxn = api({
  key: 26,
  name: 'EndTxn',
  min: 0,
  max: 3,
  flexible: 3,
  request: struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    committed: bool,
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    errorCode: int16,
  }),
});
