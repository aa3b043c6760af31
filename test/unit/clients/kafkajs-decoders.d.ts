// kafkajs's own decoders, against which the adapter's are tested.
declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
  }
}
declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export default function decode(decoder: Decoder): Promise<{
    records: { key: Buffer | null; value: Buffer | null }[];
    producerId: string;
    producerEpoch: number;
    firstSequence: number;
  }>;
}
declare module 'kafkajs/src/producer/partitioners/default/index.js' {
  export default function createPartitioner(): (options: {
    topic: string;
    partitionMetadata: { partitionId: number; leader: number }[];
    message: { key: string };
  }) => number;
}
