// SyncGroup (key 14, versions 0-5, flexible from 4): hands the leader's assignment to every member of a generation.
// https://kafka.apache.org/protocol#The_Messages_SyncGroup ("(n+)" since version n, "?" may be null)
//   request => groupId generationId memberId groupInstanceId(3+)? protocolType(5+)? protocolName(5+)?
//     assignments[memberId assignment]
//   response => throttleTimeMs(1+) errorCode protocolType(5+)? protocolName(5+)? assignment
import { api } from '../api.ts';
import { array, bytes, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const SyncGroup = api({
  key: 14,
  name: 'SyncGroup',
  min: 0,
  max: 5,
  flexible: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullable(string), null),
    protocolType: since(5, nullable(string), null),
    protocolName: since(5, nullable(string), null),
    assignments: array(
      struct({
        memberId: string,
        assignment: bytes,
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
    protocolType: since(5, nullable(string), null),
    protocolName: since(5, nullable(string), null),
    assignment: bytes,
  }),
});
