// Heartbeat (key 12, versions 0-4, flexible from 4): keeps a group member alive and tells it of rebalances.
// https://kafka.apache.org/protocol#The_Messages_Heartbeat ("(n+)" since version n, "?" may be null)
//   request => groupId generationId memberId groupInstanceId(3+)?
//   response => throttleTimeMs(1+) errorCode
import { api } from '../api.ts';
import { int16, int32, nullable, since, string, struct } from '../schema.ts';

export const Heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  min: 0,
  max: 4,
  flexible: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullable(string), null),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
  }),
});
