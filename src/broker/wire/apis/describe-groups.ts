// DescribeGroups (key 15, versions 0-5, flexible from 5): shows members and assignments of groups.
// https://kafka.apache.org/protocol#The_Messages_DescribeGroups ("(n+)" since version n, "?" may be null)
//   request => groups[string] includeAuthorizedOperations(3+)
//   response => throttleTimeMs(1+) groups[errorCode groupId groupState protocolType protocolData
//     members[memberId groupInstanceId(4+)? clientId clientHost memberMetadata memberAssignment]
//     authorizedOperations(3+)]
import { api } from '../api.ts';
import { array, bool, bytes, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const DescribeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  min: 0,
  max: 5,
  flexible: 5,
  request: struct({
    groups: array(string),
    includeAuthorizedOperations: since(3, bool, false),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    groups: array(
      struct({
        errorCode: int16,
        groupId: string,
        groupState: string,
        protocolType: string,
        protocolData: string,
        members: array(
          struct({
            memberId: string,
            groupInstanceId: since(4, nullable(string), null),
            clientId: string,
            clientHost: string,
            memberMetadata: bytes,
            memberAssignment: bytes,
          }),
        ),
        authorizedOperations: since(3, int32, -2_147_483_648),
      }),
    ),
  }),
});
