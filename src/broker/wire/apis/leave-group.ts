// LeaveGroup (key 13, versions 0-5, flexible from 4): takes members out of a group at once.
// https://kafka.apache.org/protocol#The_Messages_LeaveGroup ("(n+)" since version n, "?" may be null)
//   request => groupId memberId(0-2) members(3+)[memberId groupInstanceId? reason(5+)?]
//   response => throttleTimeMs(1+) errorCode members(3+)[memberId groupInstanceId? errorCode]
import { api } from '../api.ts';
import { array, between, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const LeaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  min: 0,
  max: 5,
  flexible: 4,
  request: struct({
    groupId: string,
    memberId: between(0, 2, string, ''),
    members: since(
      3,
      array(
        struct({
          memberId: string,
          groupInstanceId: nullable(string),
          reason: since(5, nullable(string), null),
        }),
      ),
      [],
    ),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
    members: since(
      3,
      array(
        struct({
          memberId: string,
          groupInstanceId: nullable(string),
          errorCode: int16,
        }),
      ),
      [],
    ),
  }),
});
