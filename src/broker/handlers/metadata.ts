// Metadata, DescribeCluster, ApiVersions and FindCoordinator: who the broker is, what it speaks, which topics it has.
import { HOST, NODE_ID, type RequestContext } from '../context.ts';
import { LEADER_EPOCH } from '../log/partition-log.ts';
import { DEFAULT_PARTITIONS, isTopicName, type Topic } from '../topics.ts';
import type { AnyApi, ResponseOf } from '../wire/api.ts';
import { ApiVersions } from '../wire/apis/api-versions.ts';
import { DescribeCluster } from '../wire/apis/describe-cluster.ts';
import { FindCoordinator } from '../wire/apis/find-coordinator.ts';
import { Metadata } from '../wire/apis/metadata.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { ZERO_UUID } from '../wire/schema.ts';
import { type Handler, handler } from './handler.ts';

type TopicAnswer = ResponseOf<typeof Metadata>['topics'][number];

function known(topic: Topic): TopicAnswer {
  return {
    errorCode: ERROR.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: false,
    partitions: topic.partitions.map((_log, partitionIndex) => ({
      errorCode: ERROR.NONE,
      partitionIndex,
      leaderId: NODE_ID,
      leaderEpoch: LEADER_EPOCH,
      replicaNodes: [NODE_ID],
      isrNodes: [NODE_ID],
      offlineReplicas: [],
    })),
  };
}

function unknown(name: string | null, topicId: string, errorCode: ErrorCode): TopicAnswer {
  return { errorCode, name, topicId, partitions: [] };
}

function named(context: RequestContext, name: string, mayCreate: boolean): TopicAnswer {
  const topic = context.topics.get(name);
  if (topic !== undefined) return known(topic);
  if (!isTopicName(name)) return unknown(name, ZERO_UUID, ERROR.INVALID_TOPIC_EXCEPTION);
  if (!mayCreate || context.topics.createFault(name, DEFAULT_PARTITIONS) !== null) {
    return unknown(name, ZERO_UUID, ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  }
  try {
    return known(context.topics.create(name, DEFAULT_PARTITIONS, {}));
  } catch (cause) {
    context.storageFailed(cause);
    return unknown(name, ZERO_UUID, ERROR.STORAGE_ERROR);
  }
}

/** Null asks for all topics; in version 0 an empty list did. */
const ALL_BY_EMPTY = 0;
/** From here on the client says whether a topic may be created; before, it always may. */
const FIRST_WITH_CHOICE = 4;

export const metadata = handler(Metadata, (request, context) => {
  const all = request.topics === null || (context.version === ALL_BY_EMPTY && request.topics.length === 0);
  const mayCreate = context.version < FIRST_WITH_CHOICE || request.allowAutoTopicCreation;
  const topics = all
    ? context.topics.all().map(known)
    : (request.topics ?? []).map(({ name, topicId }) => {
        if (name !== null) return named(context, name, mayCreate);
        const topic = context.topics.byId(topicId);
        return topic === undefined ? unknown(null, topicId, ERROR.UNKNOWN_TOPIC_ID) : known(topic);
      });
  return {
    brokers: [{ nodeId: NODE_ID, host: HOST, port: context.port() }],
    clusterId: context.topics.clusterId,
    controllerId: NODE_ID,
    topics,
  };
});

export const describeCluster = handler(DescribeCluster, (_request, context) => ({
  errorCode: ERROR.NONE,
  clusterId: context.topics.clusterId,
  controllerId: NODE_ID,
  brokers: [{ brokerId: NODE_ID, host: HOST, port: context.port() }],
}));

/** 0: a group, 1: a transactional id. */
const LAST_KEY_TYPE = 1;
/** From here on several keys are asked for at once (KIP-699). */
const FIRST_WITH_KEYS = 4;

export const findCoordinator = handler(FindCoordinator, (request, context) => {
  const here = { nodeId: NODE_ID, host: HOST, port: context.port() };
  const errorCode = request.keyType > LAST_KEY_TYPE ? ERROR.INVALID_REQUEST : ERROR.NONE;
  const keys = context.version >= FIRST_WITH_KEYS ? request.coordinatorKeys : [];
  return { errorCode, ...here, coordinators: keys.map((key) => ({ key, errorCode, ...here })) };
});

/** ApiVersions over the APIs that are handled; `errorCode` is set when an unknown version was asked (KIP-511). */
export function apiVersionsAnswer(
  apis: readonly AnyApi[],
  errorCode: ErrorCode,
): ResponseOf<typeof ApiVersions> {
  const apiKeys = apis
    .map((api) => ({ apiKey: api.key, minVersion: api.min, maxVersion: api.max }))
    .sort((a, b) => a.apiKey - b.apiKey);
  return { errorCode, apiKeys };
}

/** Made by the dispatch, which knows the APIs. */
export function apiVersions(apis: () => readonly AnyApi[]): Handler {
  return handler(ApiVersions, () => apiVersionsAnswer(apis(), ERROR.NONE));
}
