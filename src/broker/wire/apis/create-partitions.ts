// CreatePartitions (key 37, versions 0-3, flexible from 2): adds partitions to topics.
// https://kafka.apache.org/protocol#The_Messages_CreatePartitions ("(n+)" since version n, "?" may be null)
//   request => topics[name count assignments?[brokerIds[int32]]] timeoutMs validateOnly
//   response => throttleTimeMs results[name errorCode errorMessage?]
import { api } from '../api.ts';
import { array, bool, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const CreatePartitions = api({
  key: 37,
  name: 'CreatePartitions',
  min: 0,
  max: 3,
  flexible: 2,
  request: struct({
    topics: array(
      struct({
        name: string,
        count: int32,
        assignments: nullable(
          array(
            struct({
              brokerIds: array(int32),
            }),
          ),
        ),
      }),
    ),
    timeoutMs: int32,
    validateOnly: bool,
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    results: array(
      struct({
        name: string,
        errorCode: int16,
        errorMessage: since(0, nullable(string), null),
      }),
    ),
  }),
});
