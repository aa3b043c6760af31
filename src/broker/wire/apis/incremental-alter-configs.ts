// IncrementalAlterConfigs (key 44, versions 0-1, flexible from 1): sets or unsets single settings of topics (KIP-339).
// https://kafka.apache.org/protocol#The_Messages_IncrementalAlterConfigs ("(n+)" since version n, "?" may be null)
//   request => resources[resourceType resourceName configs[name configOperation value?]] validateOnly
//   response => throttleTimeMs responses[errorCode errorMessage? resourceType resourceName]
import { api } from '../api.ts';
import { array, bool, int8, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const IncrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  min: 0,
  max: 1,
  flexible: 1,
  request: struct({
    resources: array(
      struct({
        resourceType: int8,
        resourceName: string,
        configs: array(
          struct({
            name: string,
            configOperation: int8,
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
