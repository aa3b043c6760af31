// Fetch requests and responses as bytes: record sets are handed on raw, because kafkajs makes an object of each record.
//
// Fetch Request (v4, v11) => replica_id INT32, max_wait_ms INT32, min_bytes INT32, max_bytes INT32, isolation_level INT8,
//   session_id INT32 (v7+), session_epoch INT32 (v7+), [topic STRING, [partition INT32, current_leader_epoch INT32 (v9+),
//   fetch_offset INT64, log_start_offset INT64 (v5+), partition_max_bytes INT32]],
//   forgotten_topics [] (v7+), rack_id STRING (v11+)
// Fetch Response (v4, v11) => throttle_time_ms INT32, error_code INT16 (v7+), session_id INT32 (v7+),
//   [topic STRING, [partition INT32, error_code INT16, high_watermark INT64, last_stable_offset INT64,
//   log_start_offset INT64 (v5+), aborted [producer_id INT64, first_offset INT64], preferred_read_replica INT32 (v11+),
//   records BYTES]]

export const FETCH_API = {
  key: 1,
  name: 'Fetch',
  versionFor: (highest: number) => (highest >= 11 ? 11 : 4),
} as const;

export interface FetchLimits {
  maxWaitMs: number;
  maxBytes: number;
  maxBytesPerPartition: number;
}

export interface FetchAnswer {
  partition: number;
  errorCode: number;
  highWatermark: number;
  /** -1 when the broker's version does not tell. */
  logStart: number;
  records: Buffer;
}

const NO_SESSION_EPOCH = -1;

export function encodeFetch(
  version: number,
  topic: string,
  offsets: readonly [number, number][],
  limits: FetchLimits,
): Buffer {
  const name = Buffer.from(topic, 'utf8');
  const modern = version >= 11;
  const perPartition = modern ? 28 : 16;
  const body = Buffer.alloc(17 + 4 + 2 + name.length + 4 + offsets.length * perPartition + (modern ? 14 : 0));
  let at = body.writeInt32BE(-1, 0);
  at = body.writeInt32BE(limits.maxWaitMs, at);
  at = body.writeInt32BE(1, at);
  at = body.writeInt32BE(limits.maxBytes, at);
  at = body.writeInt8(0, at);
  if (modern) {
    at = body.writeInt32BE(0, at);
    at = body.writeInt32BE(NO_SESSION_EPOCH, at);
  }
  at = body.writeInt32BE(1, at);
  at = body.writeInt16BE(name.length, at);
  at += name.copy(body, at);
  at = body.writeInt32BE(offsets.length, at);
  for (const [partition, offset] of offsets) {
    at = body.writeInt32BE(partition, at);
    if (modern) at = body.writeInt32BE(-1, at);
    at = body.writeBigInt64BE(BigInt(offset), at);
    if (modern) at = body.writeBigInt64BE(-1n, at);
    at = body.writeInt32BE(limits.maxBytesPerPartition, at);
  }
  if (modern) {
    at = body.writeInt32BE(0, at);
    body.writeInt16BE(0, at);
  }
  return body;
}

export function fetchResponse(
  payload: Buffer,
  version: number,
): { errorCode: number; partitions: FetchAnswer[]; clientSideThrottleTime: number } {
  const modern = version >= 11;
  const clientSideThrottleTime = payload.readInt32BE(0);
  const errorCode = modern ? payload.readInt16BE(4) : 0;
  const partitions: FetchAnswer[] = [];
  let at = modern ? 10 : 4;
  const topics = payload.readInt32BE(at);
  at += 4;
  for (let topic = 0; topic < topics; topic++) {
    at += 2 + payload.readInt16BE(at);
    const count = payload.readInt32BE(at);
    at += 4;
    for (let i = 0; i < count; i++) {
      const partition = payload.readInt32BE(at);
      const partitionError = payload.readInt16BE(at + 4);
      const highWatermark = Number(payload.readBigInt64BE(at + 6));
      at += 22;
      let logStart = -1;
      if (modern) {
        logStart = Number(payload.readBigInt64BE(at));
        at += 8;
      }
      const aborted = payload.readInt32BE(at);
      at += 4 + Math.max(0, aborted) * 16;
      if (modern) at += 4;
      const bytes = Math.max(0, payload.readInt32BE(at));
      at += 4;
      partitions.push({
        partition,
        errorCode: partitionError,
        highWatermark,
        logStart,
        records: payload.subarray(at, at + bytes),
      });
      at += bytes;
    }
  }
  return { errorCode, partitions, clientSideThrottleTime };
}
