// FindCoordinator (key 10, versions 0-4, flexible from 3): tells which broker coordinates a group or a transactional id (always this one).
// https://kafka.apache.org/protocol#The_Messages_FindCoordinator ("(n+)" since version n, "?" may be null)
//   request => key(0-3) keyType(1+) coordinatorKeys(4+)[string]
//   response => throttleTimeMs(1+) errorCode(0-3) errorMessage(1-3)? nodeId(0-3) host(0-3) port(0-3)
//     coordinators(4+)[key nodeId host port errorCode errorMessage?]
import { api } from '../api.ts';
import { array, between, int8, int16, int32, nullable, since, string, struct } from '../schema.ts';

export const FindCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  min: 0,
  max: 4,
  flexible: 3,
  request: struct({
    key: between(0, 3, string, ''),
    keyType: since(1, int8, 0),
    coordinatorKeys: since(4, array(string), []),
  }),
  response: struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: between(0, 3, int16, 0),
    errorMessage: between(1, 3, nullable(string), null),
    nodeId: between(0, 3, int32, 0),
    host: between(0, 3, string, ''),
    port: between(0, 3, int32, 0),
    coordinators: since(
      4,
      array(
        struct({
          key: string,
          nodeId: int32,
          host: string,
          port: int32,
          errorCode: int16,
          errorMessage: since(0, nullable(string), null),
        }),
      ),
      [],
    ),
  }),
});
