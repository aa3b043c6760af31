// AlterConfigs (key 33, versions 0-2, flexible from 2): replaces the settings of topics.
// https://kafka.apache.org/protocol#The_Messages_AlterConfigs ("(n+)" since version n, "?" may be null)
//   request => resources[resourceType resourceName configs[name value?]] validateOnly
//   response => throttleTimeMs responses[errorCode errorMessage? resourceType resourceName]
import { api } from '../api.ts';
import { array, bool, int8, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const AlterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  min: 0,
  max: 2,
  flexible: 2,
  request: struct({
    resources: array(
      struct({
        resourceType: int8,
        resourceName: string,
        configs: array(
          struct({
            name: string,
            value: nullable(string),
          }),
        ),
      }),
    ),
    validateOnly: bool,
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    responses: array(
      struct({
        errorCode: int16,
        errorMessage: since(0, nullable(string), null),
        resourceType: int8,
        resourceName: string,
      }),
    ),
  }),
});
