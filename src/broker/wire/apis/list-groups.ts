// ListGroups (key 16, versions 0-4, flexible from 3): lists the groups with their states.
// https://kafka.apache.org/protocol#The_Messages_ListGroups ("(n+)" since version n, "?" may be null)
//   request => statesFilter(4+)[string]
//   response => throttleTimeMs(1+) errorCode groups[groupId protocolType groupState(4+)]
import { api } from '../api.ts';
import { array, int16, int32, since, string, struct } from '../schema.ts';

export const ListGroups = api({
  key: 16,
  name: 'ListGroups',
  min: 0,
  max: 4,
  flexible: 3,
  request: struct({
    statesFilter: since(4, array(string), []),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
    groups: array(
      struct({
        groupId: string,
        protocolType: string,
        groupState: since(4, string, ''),
      }),
    ),
  }),
});
