// Types of the kafkajs 2.2.4 internals that the adapter composes (src/clients/kafka*.ts only; the version is pinned).
declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    constructor(initialSize?: number);
    buf: Buffer;
    offset: number;
  }
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    scheduleCheckPendingRequests(): void;
    checkPendingRequests(): void;
  }
}

declare module 'kafkajs/src/network/socketFactory.js' {
  const socketFactory: () => (to: unknown) => import('node:net').Socket;
  export default socketFactory;
}

declare module 'kafkajs/src/loggers/index.js' {
  export interface LogEntry {
    namespace: string;
    level: number;
    label: string;
    log: { message: string; timestamp: string; logger: string; [extra: string]: unknown };
  }
  export interface InternalLogger {
    namespace(name: string): InternalLogger;
  }
  export function createLogger(options: {
    level: number;
    logCreator: (level: number) => (entry: LogEntry) => void;
  }): InternalLogger;
  const loggers: { createLogger: typeof createLogger };
  export default loggers;
}

declare module 'kafkajs/src/protocol/error.js' {
  export interface ProtocolError extends Error {
    type: string;
    code: number;
    retriable: boolean;
  }
  const protocolErrors: { createErrorFromCode(code: number): ProtocolError };
  export default protocolErrors;
}

declare module 'kafkajs/src/cluster/index.js' {
  import type { InternalLogger } from 'kafkajs/src/loggers/index.js';
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  export interface ProtocolRequest<T> {
    request: { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<Encoder> };
    response: {
      decode(payload: Buffer): Promise<T & { clientSideThrottleTime?: number | null }>;
      parse(decoded: T): Promise<T>;
    };
    requestTimeout?: number;
    logResponseError?: boolean;
  }

  export interface TopicMetadata {
    topicErrorCode: number;
    topic: string;
    isInternal: boolean;
    partitionMetadata: { partitionErrorCode: number; partitionId: number; leader: number }[];
  }

  export interface Metadata {
    brokers: { nodeId: number; host: string; port: number }[];
    clusterId?: string | null;
    controllerId: number;
    topicMetadata: TopicMetadata[];
  }

  export interface GroupTopic {
    topic: string;
    partitions: { partition: number; errorCode?: number; offset: string; metadata?: string | null }[];
  }

  export interface Broker {
    nodeId: number;
    versions: Record<number, { minVersion: number; maxVersion: number }> | null;
    connectionPool: {
      send<T>(request: ProtocolRequest<T>): Promise<T>;
      pool: { socket?: { destroy(error: Error): void } }[];
    };
    connect(): Promise<void>;
    metadata(topics: string[]): Promise<Metadata>;
    listOffsets(options: {
      replicaId: number;
      isolationLevel: number;
      topics: { topic: string; partitions: { partition: number; timestamp: string | number }[] }[];
    }): Promise<{
      responses: {
        topic: string;
        partitions: { partition: number; errorCode: number; offset: string; timestamp?: string }[];
      }[];
    }>;
    createTopics(options: {
      topics: { topic: string; numPartitions: number; replicationFactor: number }[];
      timeout: number;
    }): Promise<unknown>;
    deleteTopics(options: { topics: string[]; timeout: number }): Promise<unknown>;
    initProducerId(options: {
      transactionalId?: string;
      transactionTimeout: number;
    }): Promise<{ producerId: string; producerEpoch: number }>;
    addPartitionsToTxn(options: {
      transactionalId: string;
      producerId: string;
      producerEpoch: number;
      topics: { topic: string; partitions: number[] }[];
    }): Promise<unknown>;
    endTxn(options: {
      transactionalId: string;
      producerId: string;
      producerEpoch: number;
      transactionResult: boolean;
    }): Promise<unknown>;
    offsetCommit(options: {
      groupId: string;
      groupGenerationId: number;
      memberId: string;
      retentionTime?: number;
      topics: { topic: string; partitions: { partition: number; offset: string; metadata: string }[] }[];
    }): Promise<unknown>;
    deleteGroups(groupIds: string[]): Promise<{ results: { groupId: string; errorCode: number }[] }>;
    offsetFetch(options: {
      groupId: string;
      topics: { topic: string; partitions: { partition: number }[] }[];
    }): Promise<{ responses: GroupTopic[] }>;
  }

  export interface ClusterOptions {
    logger: InternalLogger;
    socketFactory: unknown;
    brokers: string[];
    ssl?: unknown;
    sasl?: unknown;
    clientId: string;
    connectionTimeout: number;
    authenticationTimeout: number;
    reauthenticationThreshold: number;
    requestTimeout: number;
    enforceRequestTimeout: boolean;
    metadataMaxAge: number;
    retry: {
      retries: number;
      initialRetryTime: number;
      maxRetryTime: number;
      factor: number;
      multiplier: number;
    };
    allowAutoTopicCreation: boolean;
    maxInFlightRequests: number | null;
    isolationLevel: number;
  }

  export default class Cluster {
    constructor(options: ClusterOptions);
    brokerPool: {
      metadata: Metadata | null;
      seedBroker: Broker | undefined;
      brokers: Record<string, Broker>;
    };
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    refreshMetadata(): Promise<void>;
    refreshMetadataIfNecessary(): Promise<void>;
    addMultipleTargetTopics(topics: string[]): Promise<void>;
    targetTopics: Set<string>;
    findBroker(options: { nodeId: number | string }): Promise<Broker>;
    findControllerBroker(): Promise<Broker>;
    findGroupCoordinator(options: { groupId: string; coordinatorType?: number }): Promise<Broker>;
  }
}
