// Where the fields of a record batch of format v2 stand. Kafka documentation, "Record Batch" (KIP-98).

/** Bytes before the first record: base offset, length, leader epoch, magic, crc, attributes … record count. */
export const BATCH_HEADER_BYTES = 61;
export const LENGTH_AT = 8;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const COUNT_AT = 57;
/** Bytes counted by the length field start after it. */
export const LENGTH_COVERS_FROM = 12;
export const MAGIC = 2;
export const COMPRESSION_MASK = 0x07;
export const CONTROL_BIT = 0x20;
