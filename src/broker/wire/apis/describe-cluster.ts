// DescribeCluster (key 60, versions 0-1, flexible from 0): tells cluster id, controller and brokers (KIP-700).
// https://kafka.apache.org/protocol#The_Messages_DescribeCluster ("(n+)" since version n, "?" may be null)
//   request => includeClusterAuthorizedOperations endpointType(1+)
//   response => throttleTimeMs errorCode errorMessage? endpointType(1+) clusterId controllerId
//     brokers[brokerId host port rack?] clusterAuthorizedOperations
import { api } from '../api.ts';
import { array, bool, int8, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const DescribeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  min: 0,
  max: 1,
  flexible: 0,
  request: struct({
    includeClusterAuthorizedOperations: bool,
    endpointType: since(1, int8, 1),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    errorCode: int16,
    errorMessage: since(0, nullable(string), null),
    endpointType: since(1, int8, 1),
    clusterId: string,
    controllerId: since(0, int32, -1),
    brokers: array(
      struct({
        brokerId: int32,
        host: string,
        port: int32,
        rack: since(0, nullable(string), null),
      }),
    ),
    clusterAuthorizedOperations: since(0, int32, -2_147_483_648),
  }),
});
