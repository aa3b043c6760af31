// JoinGroup (key 11, versions 0-9, flexible from 6): enters a consumer group or a new generation of it (KIP-62, KIP-345, KIP-394).
// https://kafka.apache.org/protocol#The_Messages_JoinGroup ("(n+)" since version n, "?" may be null)
//   request => groupId sessionTimeoutMs rebalanceTimeoutMs(1+) memberId groupInstanceId(5+)? protocolType
//     protocols[name metadata] reason(8+)?
//   response => throttleTimeMs(2+) errorCode generationId protocolType(7+)? protocolName? leader
//     skipAssignment(9+) memberId members[memberId groupInstanceId(5+)? metadata]
import { api } from '../api.ts';
import { array, bool, bytes, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const JoinGroup = api({
  key: 11,
  name: 'JoinGroup',
  min: 0,
  max: 9,
  flexible: 6,
  request: struct({
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: since(1, int32, -1),
    memberId: string,
    groupInstanceId: since(5, nullable(string), null),
    protocolType: string,
    protocols: array(
      struct({
        name: string,
        metadata: bytes,
      }),
    ),
    reason: since(8, nullable(string), null),
  }),
  response: struct({
    throttleTimeMs: since(2, int32, 0),
    errorCode: int16,
    generationId: since(0, int32, -1),
    protocolType: since(7, nullable(string), null),
    protocolName: nullable(string),
    leader: string,
    skipAssignment: since(9, bool, false),
    memberId: string,
    members: array(
      struct({
        memberId: string,
        groupInstanceId: since(5, nullable(string), null),
        metadata: bytes,
      }),
    ),
  }),
});
