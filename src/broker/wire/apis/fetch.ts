// Fetch (key 1, versions 4-12, flexible from 12): reads record batches from offsets, waiting for new ones (long poll).
// https://kafka.apache.org/protocol#The_Messages_Fetch ("(n+)" since version n, "?" may be null)
//   request => replicaId maxWaitMs minBytes maxBytes isolationLevel sessionId(7+) sessionEpoch(7+)
//     topics[topic partitions[partition currentLeaderEpoch(9+) fetchOffset lastFetchedEpoch(12+)
//     logStartOffset(5+) partitionMaxBytes]] forgottenTopicsData(7+)[topic partitions[int32]] rackId(11+)
//   response => throttleTimeMs errorCode(7+) sessionId(7+) responses[topic partitions[partitionIndex
//     errorCode highWatermark lastStableOffset logStartOffset(5+) abortedTransactions?[producerId
//     firstOffset] preferredReadReplica(11+) records?]]
import { api } from '../api.ts';
import { array, bytes, int8, int16, int32, int64, nullable, since, string, struct } from '../schema.ts';

export const Fetch = api({
  key: 1,
  name: 'Fetch',
  min: 4,
  max: 12,
  flexible: 12,
  request: struct({
    replicaId: int32,
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32,
    isolationLevel: int8,
    sessionId: since(7, int32, 0),
    sessionEpoch: since(7, int32, -1),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            partition: int32,
            currentLeaderEpoch: since(9, int32, -1),
            fetchOffset: int64,
            lastFetchedEpoch: since(12, int32, -1),
            logStartOffset: since(5, int64, -1),
            partitionMaxBytes: int32,
          }),
        ),
      }),
    ),
    forgottenTopicsData: since(
      7,
      array(
        struct({
          topic: string,
          partitions: array(int32),
        }),
      ),
      [],
    ),
    rackId: since(11, string, ''),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    errorCode: since(7, int16, 0),
    sessionId: since(7, int32, 0),
    responses: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            highWatermark: int64,
            lastStableOffset: since(0, int64, -1),
            logStartOffset: since(5, int64, -1),
            abortedTransactions: nullable(
              array(
                struct({
                  producerId: int64,
                  firstOffset: int64,
                }),
              ),
            ),
            preferredReadReplica: since(11, int32, -1),
            records: nullable(bytes),
          }),
        ),
      }),
    ),
  }),
});
