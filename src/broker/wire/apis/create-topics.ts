// CreateTopics (key 19, versions 2-7, flexible from 5): creates topics.
// https://kafka.apache.org/protocol#The_Messages_CreateTopics ("(n+)" since version n, "?" may be null)
//   request => topics[name numPartitions replicationFactor assignments[partitionIndex brokerIds[int32]]
//     configs[name value?]] timeoutMs validateOnly
//   response => throttleTimeMs topics[name topicId(7+) errorCode errorMessage? numPartitions(5+)
//     replicationFactor(5+) configs(5+)?[name value? readOnly configSource isSensitive]]
import { api } from '../api.ts';
import {
  array,
  bool,
  int8,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  uuid,
  ZERO_UUID,
} from '../schema.ts';

export const CreateTopics = api({
  key: 19,
  name: 'CreateTopics',
  min: 2,
  max: 7,
  flexible: 5,
  request: struct({
    topics: array(
      struct({
        name: string,
        numPartitions: int32,
        replicationFactor: int16,
        assignments: array(
          struct({
            partitionIndex: int32,
            brokerIds: array(int32),
          }),
        ),
        configs: array(
          struct({
            name: string,
            value: nullable(string),
          }),
        ),
      }),
    ),
    timeoutMs: int32,
    validateOnly: bool,
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    topics: array(
      struct({
        name: string,
        topicId: since(7, uuid, ZERO_UUID),
        errorCode: int16,
        errorMessage: since(0, nullable(string), null),
        numPartitions: since(5, int32, -1),
        replicationFactor: since(5, int16, -1),
        configs: since(
          5,
          nullable(
            array(
              struct({
                name: string,
                value: nullable(string),
                readOnly: bool,
                configSource: since(0, int8, -1),
                isSensitive: bool,
              }),
            ),
          ),
          null,
        ),
      }),
    ),
  }),
});
