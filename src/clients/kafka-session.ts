// One set of connections to a Kafka cluster, composed from kafkajs's own cluster, brokers and network, with LiveDB's
// log and time limits. The producer, the reader and the admin of the adapter each build on it; nobody else does.
import Cluster, { type Broker, type Metadata, type ProtocolRequest } from 'kafkajs/src/cluster/index.js';
import loggers from 'kafkajs/src/loggers/index.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import socketFactory from 'kafkajs/src/network/socketFactory.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import protocolErrors from 'kafkajs/src/protocol/error.js';
import type { KafkaEndpoint } from '../shared/link.ts';
import { detourSocketFactory } from './detour.ts';
import { kafkaError, kafkaFailure } from './kafka-errors.ts';
import type { Logger } from './log.ts';

export type { Broker, Metadata };

/** Bound of one request, ms. A long poll adds its own wait. */
export const REQUEST_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3_000;
const METADATA_MAX_AGE_MS = 60_000;
const READ_UNCOMMITTED = 0;
const LOG_LEVEL_INFO = 4;
const API_PRODUCE = 0;
const API_FETCH = 1;

// kafkajs 2.2.4 re-arms a timer with a negative delay for ever once a request has been answered: one wake-up per ms
// and connection, and a TimeoutNegativeWarning on Node 24 (its issues 1751 and 1768). It is needed only when requests wait.
const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhenNeeded(this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};

/** kafkajs leaves Nagle's algorithm on: the end of a large request would wait for the broker to acknowledge its begin. */
function promptSocketFactory() {
  const connect = socketFactory();
  return (to: unknown) => connect(to).setNoDelay(true);
}

function quietLogger(log: Logger | null) {
  return loggers.createLogger({
    level: LOG_LEVEL_INFO,
    // kafkajs calls errors what it then retries by itself: for LiveDB all of it is detail.
    logCreator: () => (entry) => {
      const { message, timestamp: _time, logger: _logger, stack: _stack, ...extra } = entry.log;
      log?.debug({ kafkajs: entry.label, part: entry.namespace, ...extra }, message);
    },
  });
}

export interface PartitionLeader {
  partition: number;
  leader: number;
}

export interface KafkaSession {
  readonly address: string;
  /** Partitions of a topic with their leaders, by number. Throws `kafka.no-topic` when it does not exist. */
  partitions(topic: string): Promise<PartitionLeader[]>;
  /** Forgets leaders and asks again. */
  refresh(): Promise<void>;
  metadata(topics: string[]): Promise<Metadata>;
  broker(nodeId: number): Promise<Broker>;
  controller(): Promise<Broker>;
  coordinator(id: string, kind: 'group' | 'transaction'): Promise<Broker>;
  /** Cuts the connections at once; requests under way fail. Never throws. */
  close(): Promise<void>;
}

const COORDINATOR = { group: 0, transaction: 1 } as const;

/** Opens a session; connects at once. Throws LiveDbError `kafka.unreachable`, `.auth`, `.tls` … */
export async function openKafkaSession(
  endpoint: KafkaEndpoint,
  options: { clientIdSuffix: string; log?: Logger | null },
): Promise<KafkaSession> {
  const address = endpoint.brokers.join(',');
  const cluster = new Cluster({
    logger: quietLogger(options.log ?? null),
    socketFactory:
      endpoint.detour === undefined ? promptSocketFactory() : detourSocketFactory(endpoint.detour),
    brokers: endpoint.brokers,
    ssl: endpoint.ssl ? { rejectUnauthorized: true } : undefined,
    sasl: endpoint.sasl ?? undefined,
    clientId: `${endpoint.clientId}-${options.clientIdSuffix}`,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    authenticationTimeout: REQUEST_TIMEOUT_MS,
    reauthenticationThreshold: 10_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    // Waiting is the caller's business (it says for what); here only what a cluster in motion needs.
    retry: { retries: 1, initialRetryTime: 50, maxRetryTime: 200, factor: 0.2, multiplier: 2 },
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: READ_UNCOMMITTED,
  });
  const doing = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw kafkaError(error, `${what} at ${address}`);
    }
  };
  // kafkajs waits for requests under way before it closes a socket; a session that is given up must not.
  const cut = () => {
    const { seedBroker, brokers } = cluster.brokerPool;
    for (const broker of new Set([
      ...(seedBroker === undefined ? [] : [seedBroker]),
      ...Object.values(brokers),
    ])) {
      for (const connection of broker.connectionPool.pool)
        connection.socket?.destroy(new Error('closed on purpose'));
    }
  };
  const session: KafkaSession = {
    address,
    partitions: (topic) =>
      doing(`find topic "${topic}"`, async () => {
        if (!cluster.targetTopics.has(topic)) await cluster.addMultipleTargetTopics([topic]);
        await cluster.refreshMetadataIfNecessary();
        const found = cluster.brokerPool.metadata?.topicMetadata.find((one) => one.topic === topic);
        if (found === undefined || found.partitionMetadata.length === 0) {
          throw kafkaFailure('kafka.no-topic', `Topic "${topic}" does not exist at ${address}.`);
        }
        return found.partitionMetadata
          .map(({ partitionId, leader }) => ({ partition: partitionId, leader }))
          .sort((a, b) => a.partition - b.partition);
      }),
    refresh: () => doing('ask for metadata', () => cluster.refreshMetadata()),
    metadata: (topics) =>
      doing('ask for metadata', async () => {
        const nodeIds = Object.keys(cluster.brokerPool.brokers);
        const first = nodeIds[0];
        const broker =
          first === undefined ? cluster.brokerPool.seedBroker : await cluster.findBroker({ nodeId: first });
        if (broker === undefined) throw kafkaFailure('kafka.lost', `No broker is connected at ${address}.`);
        return broker.metadata(topics);
      }),
    broker: (nodeId) => doing(`reach broker ${nodeId}`, () => cluster.findBroker({ nodeId })),
    controller: () => doing('reach the controller', () => cluster.findControllerBroker()),
    coordinator: (id, kind) =>
      doing(`find the ${kind} coordinator of "${id}"`, () =>
        cluster.findGroupCoordinator({ groupId: id, coordinatorType: COORDINATOR[kind] }),
      ),
    close: async () => {
      cut();
      await cluster.disconnect().catch((error: unknown) => options.log?.debug({ error }, 'closing Kafka'));
    },
  };
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    return session;
  } catch (error) {
    await session.close();
    throw kafkaError(error, `connect to Kafka at ${address}`);
  }
}

/** Highest version of an API that the broker speaks, or -1 when it does not know it. */
export function apiVersion(broker: Broker, apiKey: number): number {
  return broker.versions?.[apiKey]?.maxVersion ?? -1;
}

/** Sends a request whose body LiveDB encodes itself; `decode` gets the response after its header. */
export function sendRaw<T extends object>(
  broker: Broker,
  api: { key: typeof API_PRODUCE | typeof API_FETCH; name: 'Produce' | 'Fetch'; version: number },
  body: Buffer,
  decode: (payload: Buffer) => T,
  requestTimeout: number,
): Promise<T> {
  const request: ProtocolRequest<T> = {
    request: {
      apiKey: api.key,
      apiVersion: api.version,
      apiName: api.name,
      encode: () => {
        const encoder = new Encoder(1);
        encoder.buf = body;
        encoder.offset = body.length;
        return Promise.resolve(encoder);
      },
    },
    response: {
      decode: (payload) => Promise.resolve(decode(payload)),
      parse: (decoded) => Promise.resolve(decoded),
    },
    requestTimeout,
    logResponseError: false,
  };
  return broker.connectionPool.send(request);
}

/** A protocol error code of a response as an error of kafkajs, so that it is classified like all others. */
export function protocolError(code: number): Error {
  return protocolErrors.createErrorFromCode(code);
}
