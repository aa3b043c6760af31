// DescribeConfigs (key 32, versions 1-4, flexible from 4): shows the settings of topics and of the broker.
// https://kafka.apache.org/protocol#The_Messages_DescribeConfigs ("(n+)" since version n, "?" may be null)
//   request => resources[resourceType resourceName configurationKeys?[string]] includeSynonyms
//     includeDocumentation(3+)
//   response => throttleTimeMs results[errorCode errorMessage? resourceType resourceName configs[name
//     value? readOnly configSource isSensitive synonyms[name value? source] configType(3+)
//     documentation(3+)?]]
import { api } from '../api.ts';
import { array, bool, int8, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const DescribeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  min: 1,
  max: 4,
  flexible: 4,
  request: struct({
    resources: array(
      struct({
        resourceType: int8,
        resourceName: string,
        configurationKeys: nullable(array(string)),
      }),
    ),
    includeSynonyms: bool,
    includeDocumentation: since(3, bool, false),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    results: array(
      struct({
        errorCode: int16,
        errorMessage: since(0, nullable(string), null),
        resourceType: int8,
        resourceName: string,
        configs: array(
          struct({
            name: string,
            value: nullable(string),
            readOnly: bool,
            configSource: since(0, int8, -1),
            isSensitive: bool,
            synonyms: array(
              struct({
                name: string,
                value: nullable(string),
                source: int8,
              }),
            ),
            configType: since(3, int8, 0),
            documentation: since(3, nullable(string), null),
          }),
        ),
      }),
    ),
  }),
});
