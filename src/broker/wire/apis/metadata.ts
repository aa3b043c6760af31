// Metadata (key 3, versions 0-12, flexible from 9): tells the broker's address and the topics with their partitions; may create topics.
// https://kafka.apache.org/protocol#The_Messages_Metadata ("(n+)" since version n, "?" may be null)
//   request => topics?[topicId(10+) name?] allowAutoTopicCreation(4+)
//     includeClusterAuthorizedOperations(8-10) includeTopicAuthorizedOperations(8+)
//   response => throttleTimeMs(3+) brokers[nodeId host port rack(1+)?] clusterId(2+)? controllerId(1+)
//     topics[errorCode name? topicId(10+) isInternal(1+) partitions[errorCode partitionIndex leaderId
//     leaderEpoch(7+) replicaNodes[int32] isrNodes[int32] offlineReplicas(5+)[int32]]
//     topicAuthorizedOperations(8+)] clusterAuthorizedOperations(8-10)
import { api } from '../api.ts';
import {
  array,
  between,
  bool,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  uuid,
  ZERO_UUID,
} from '../schema.ts';

export const Metadata = api({
  key: 3,
  name: 'Metadata',
  min: 0,
  max: 12,
  flexible: 9,
  request: struct({
    topics: nullable(
      array(
        struct({
          topicId: since(10, uuid, ZERO_UUID),
          name: nullable(string),
        }),
      ),
    ),
    allowAutoTopicCreation: since(4, bool, true),
    includeClusterAuthorizedOperations: between(8, 10, bool, false),
    includeTopicAuthorizedOperations: since(8, bool, false),
  }),
  response: struct({
    throttleTimeMs: since(3, int32, 0),
    brokers: array(
      struct({
        nodeId: int32,
        host: string,
        port: int32,
        rack: since(1, nullable(string), null),
      }),
    ),
    clusterId: since(2, nullable(string), null),
    controllerId: since(1, int32, -1),
    topics: array(
      struct({
        errorCode: int16,
        name: nullable(string),
        topicId: since(10, uuid, ZERO_UUID),
        isInternal: since(1, bool, false),
        partitions: array(
          struct({
            errorCode: int16,
            partitionIndex: int32,
            leaderId: int32,
            leaderEpoch: since(7, int32, -1),
            replicaNodes: array(int32),
            isrNodes: array(int32),
            offlineReplicas: since(5, array(int32), []),
          }),
        ),
        topicAuthorizedOperations: since(8, int32, -2_147_483_648),
      }),
    ),
    clusterAuthorizedOperations: between(8, 10, int32, -2_147_483_648),
  }),
});
