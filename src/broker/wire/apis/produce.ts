// Produce (key 0, versions 0-9, flexible from 9): appends record batches to partitions.
// https://kafka.apache.org/protocol#The_Messages_Produce ("(n+)" since version n, "?" may be null)
//   request => transactionalId(3+)? acks timeoutMs topicData[name partitionData[index records?]]
//   response => responses[name partitionResponses[index errorCode baseOffset logAppendTimeMs(2+)
//     logStartOffset(5+) recordErrors(8+)[batchIndex batchIndexErrorMessage?] errorMessage(8+)?]]
//     throttleTimeMs(1+)
import { api } from '../api.ts';
import { array, bytes, int16, int32, int64, nullable, since, string, struct } from '../schema.ts';

export const Produce = api({
  key: 0,
  name: 'Produce',
  min: 0,
  max: 9,
  flexible: 9,
  request: struct({
    transactionalId: since(3, nullable(string), null),
    acks: int16,
    timeoutMs: int32,
    topicData: array(
      struct({
        name: string,
        partitionData: array(
          struct({
            index: int32,
            records: nullable(bytes),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    responses: array(
      struct({
        name: string,
        partitionResponses: array(
          struct({
            index: int32,
            errorCode: int16,
            baseOffset: int64,
            logAppendTimeMs: since(2, int64, -1),
            logStartOffset: since(5, int64, -1),
            recordErrors: since(
              8,
              array(
                struct({
                  batchIndex: int32,
                  batchIndexErrorMessage: since(0, nullable(string), null),
                }),
              ),
              [],
            ),
            errorMessage: since(8, nullable(string), null),
          }),
        ),
      }),
    ),
    throttleTimeMs: since(1, int32, 0),
  }),
});
