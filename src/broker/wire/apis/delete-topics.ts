// DeleteTopics (key 20, versions 1-6, flexible from 4): deletes topics with everything in them.
// https://kafka.apache.org/protocol#The_Messages_DeleteTopics ("(n+)" since version n, "?" may be null)
//   request => topics(6+)[name? topicId] topicNames(1-5)[string] timeoutMs
//   response => throttleTimeMs responses[name? topicId(6+) errorCode errorMessage(5+)?]
import { api } from '../api.ts';
import { array, between, int16, int32, nullable, since, string, struct, uuid, ZERO_UUID } from '../schema.ts';

export const DeleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  min: 1,
  max: 6,
  flexible: 4,
  request: struct({
    topics: since(
      6,
      array(
        struct({
          name: nullable(string),
          topicId: uuid,
        }),
      ),
      [],
    ),
    topicNames: between(1, 5, array(string), []),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    responses: array(
      struct({
        name: nullable(string),
        topicId: since(6, uuid, ZERO_UUID),
        errorCode: int16,
        errorMessage: since(5, nullable(string), null),
      }),
    ),
  }),
});
