// DeleteGroups (key 42, versions 0-2, flexible from 2): deletes empty groups with their offsets.
// https://kafka.apache.org/protocol#The_Messages_DeleteGroups ("(n+)" since version n, "?" may be null)
//   request => groupsNames[string]
//   response => throttleTimeMs results[groupId errorCode]
import { api } from '../api.ts';
import { array, int16, int32, since, string, struct } from '../schema.ts';

export const DeleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  min: 0,
  max: 2,
  flexible: 2,
  request: struct({
    groupsNames: array(string),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    results: array(
      struct({
        groupId: string,
        errorCode: int16,
      }),
    ),
  }),
});
