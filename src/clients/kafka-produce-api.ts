// Produce requests and responses as bytes, because kafkajs builds them from an object per record.
//
// Produce Request (v3-v7) => transactional_id NULLABLE_STRING, acks INT16, timeout_ms INT32,
//   [topic STRING, [partition INT32, records BYTES]]
// Produce Response (v3-v7) => [topic STRING, [partition INT32, error_code INT16, base_offset INT64,
//   log_append_time INT64, log_start_offset INT64 (v5+)]], throttle_time_ms INT32

export const PRODUCE_API = {
  key: 0,
  name: 'Produce',
  /** Version to speak with a broker that knows up to `highest`. */
  versionFor: (highest: number) => Math.max(3, Math.min(7, highest)),
} as const;

const ACKS_ALL = -1;
const NULL_STRING = -1;

export interface ProducedPartition {
  partition: number;
  errorCode: number;
  /** Offset of the batch's first record; -1 when the broker does not tell. */
  baseOffset: number;
}

export function encodeProduce(
  topic: string,
  batches: readonly [number, Buffer][],
  timeoutMs: number,
): Buffer {
  const name = Buffer.from(topic, 'utf8');
  let bytes = 2 + 2 + 4 + 4 + 2 + name.length + 4;
  for (const [, batch] of batches) bytes += 8 + batch.length;
  const body = Buffer.allocUnsafe(bytes);
  let at = body.writeInt16BE(NULL_STRING, 0);
  at = body.writeInt16BE(ACKS_ALL, at);
  at = body.writeInt32BE(timeoutMs, at);
  at = body.writeInt32BE(1, at);
  at = body.writeInt16BE(name.length, at);
  at += name.copy(body, at);
  at = body.writeInt32BE(batches.length, at);
  for (const [partition, batch] of batches) {
    at = body.writeInt32BE(partition, at);
    at = body.writeInt32BE(batch.length, at);
    at += batch.copy(body, at);
  }
  return body;
}

export function produceResponse(
  payload: Buffer,
  version: number,
): { partitions: ProducedPartition[]; clientSideThrottleTime: number } {
  const partitions: ProducedPartition[] = [];
  let at = 0;
  const topics = payload.readInt32BE(at);
  at += 4;
  for (let topic = 0; topic < topics; topic++) {
    at += 2 + payload.readInt16BE(at);
    const count = payload.readInt32BE(at);
    at += 4;
    for (let i = 0; i < count; i++) {
      partitions.push({
        partition: payload.readInt32BE(at),
        errorCode: payload.readInt16BE(at + 4),
        baseOffset: Number(payload.readBigInt64BE(at + 6)),
      });
      at += version >= 5 ? 30 : 22;
    }
  }
  return { partitions, clientSideThrottleTime: version >= 6 ? payload.readInt32BE(at) : 0 };
}
