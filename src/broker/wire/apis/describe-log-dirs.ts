// DescribeLogDirs (key 35, versions 1-4, flexible from 2): tells how much disk the partitions take (KIP-113).
// https://kafka.apache.org/protocol#The_Messages_DescribeLogDirs ("(n+)" since version n, "?" may be null)
//   request => topics?[topic partitions[int32]]
//   response => throttleTimeMs errorCode(3+) results[errorCode logDir topics[name partitions[partitionIndex
//     partitionSize offsetLag isFutureKey]] totalBytes(4+) usableBytes(4+)]
import { api } from '../api.ts';
import { array, bool, int16, int32, int64, nullable, since, string, struct } from '../schema.ts';

export const DescribeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  min: 1,
  max: 4,
  flexible: 2,
  request: struct({
    topics: nullable(
      array(
        struct({
          topic: string,
          partitions: array(int32),
        }),
      ),
    ),
  }),
  response: struct({
    throttleTimeMs: since(0, int32, 0),
    errorCode: since(3, int16, 0),
    results: array(
      struct({
        errorCode: int16,
        logDir: string,
        topics: array(
          struct({
            name: string,
            partitions: array(
              struct({
                partitionIndex: int32,
                partitionSize: int64,
                offsetLag: int64,
                isFutureKey: bool,
              }),
            ),
          }),
        ),
        totalBytes: since(4, int64, -1),
        usableBytes: since(4, int64, -1),
      }),
    ),
  }),
});
