// OffsetFetch (key 9, versions 1-8, flexible from 6): tells the place a group has committed.
// https://kafka.apache.org/protocol#The_Messages_OffsetFetch ("(n+)" since version n, "?" may be null)
//   request => groupId(1-7) topics(1-7)?[name partitionIndexes[int32]] groups(8+)[groupId topics?[name
//     partitionIndexes[int32]]] requireStable(7+)
//   response => throttleTimeMs(3+) topics(1-7)[name partitions[partitionIndex committedOffset
//     committedLeaderEpoch(5+) metadata? errorCode]] errorCode(2-7) groups(8+)[groupId topics[name
//     partitions[partitionIndex committedOffset committedLeaderEpoch metadata? errorCode]] errorCode]
import { api } from '../api.ts';
import { array, between, bool, int16, int32, int64, nullable, since, string, struct } from '../schema.ts';

export const OffsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  min: 1,
  max: 8,
  flexible: 6,
  request: struct({
    groupId: between(1, 7, string, ''),
    topics: between(
      1,
      7,
      nullable(
        array(
          struct({
            name: string,
            partitionIndexes: array(int32),
          }),
        ),
      ),
      null,
    ),
    groups: since(
      8,
      array(
        struct({
          groupId: string,
          topics: nullable(
            array(
              struct({
                name: string,
                partitionIndexes: array(int32),
              }),
            ),
          ),
        }),
      ),
      [],
    ),
    requireStable: since(7, bool, false),
  }),
  response: struct({
    throttleTimeMs: since(3, int32, 0),
    topics: between(
      1,
      7,
      array(
        struct({
          name: string,
          partitions: array(
            struct({
              partitionIndex: int32,
              committedOffset: int64,
              committedLeaderEpoch: since(5, int32, -1),
              metadata: nullable(string),
              errorCode: int16,
            }),
          ),
        }),
      ),
      [],
    ),
    errorCode: between(2, 7, int16, 0),
    groups: since(
      8,
      array(
        struct({
          groupId: string,
          topics: array(
            struct({
              name: string,
              partitions: array(
                struct({
                  partitionIndex: int32,
                  committedOffset: int64,
                  committedLeaderEpoch: since(0, int32, -1),
                  metadata: nullable(string),
                  errorCode: int16,
                }),
              ),
            }),
          ),
          errorCode: since(0, int16, 0),
        }),
      ),
      [],
    ),
  }),
});
