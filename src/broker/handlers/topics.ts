// CreateTopics, DeleteTopics, CreatePartitions and DescribeLogDirs.
import { statfsSync } from 'node:fs';
import type { RequestContext } from '../context.ts';
import { effectiveSetting, settingFault, TOPIC_SETTINGS, type TopicConfig } from '../topic-config.ts';
import { DEFAULT_PARTITIONS, type TopicFault } from '../topics.ts';
import type { RequestOf, ResponseOf } from '../wire/api.ts';
import { CreatePartitions } from '../wire/apis/create-partitions.ts';
import { CreateTopics } from '../wire/apis/create-topics.ts';
import { DeleteTopics } from '../wire/apis/delete-topics.ts';
import { DescribeLogDirs } from '../wire/apis/describe-log-dirs.ts';
import { ERROR } from '../wire/error-codes.ts';
import { ZERO_UUID } from '../wire/schema.ts';
import { CONFIG_SOURCE } from './configs.ts';
import { handler } from './handler.ts';

type NewTopic = RequestOf<typeof CreateTopics>['topics'][number];
type NewTopicAnswer = ResponseOf<typeof CreateTopics>['topics'][number];

function newTopicFault(asked: NewTopic, partitions: number, context: RequestContext): TopicFault | null {
  if (asked.assignments.length === 0 && asked.replicationFactor !== -1 && asked.replicationFactor !== 1) {
    const message = `There is one broker, so the replication factor is 1, not ${asked.replicationFactor}.`;
    return { error: ERROR.INVALID_REPLICATION_FACTOR, message };
  }
  for (const { name, value } of asked.configs) {
    const message = settingFault(name, value);
    if (message !== null) return { error: ERROR.INVALID_CONFIG, message };
  }
  return context.topics.createFault(asked.name, partitions);
}

function createOne(asked: NewTopic, validateOnly: boolean, context: RequestContext): NewTopicAnswer {
  const wanted = asked.numPartitions === -1 ? DEFAULT_PARTITIONS : asked.numPartitions;
  const partitions = asked.assignments.length > 0 ? asked.assignments.length : wanted;
  const refused = (fault: TopicFault): NewTopicAnswer => {
    return { name: asked.name, topicId: ZERO_UUID, errorCode: fault.error, errorMessage: fault.message };
  };
  const fault = newTopicFault(asked, partitions, context);
  if (fault !== null) return refused(fault);
  const config: TopicConfig = {};
  for (const { name, value } of asked.configs) if (value !== null) config[name] = value;
  try {
    const topic = validateOnly ? null : context.topics.create(asked.name, partitions, config);
    return {
      name: asked.name,
      topicId: topic?.id ?? ZERO_UUID,
      errorCode: ERROR.NONE,
      errorMessage: null,
      numPartitions: partitions,
      replicationFactor: 1,
      configs: Object.keys(TOPIC_SETTINGS).map((name) => ({
        name,
        value: effectiveSetting(config, name),
        readOnly: false,
        configSource: name in config ? CONFIG_SOURCE.topic : CONFIG_SOURCE.byDefault,
        isSensitive: false,
      })),
    };
  } catch (cause) {
    context.storageFailed(cause);
    return refused({ error: ERROR.STORAGE_ERROR, message: 'The disk refused the new topic.' });
  }
}

export const createTopics = handler(CreateTopics, (request, context) => ({
  topics: request.topics.map((asked) => {
    const twice = request.topics.filter(({ name }) => name === asked.name).length > 1;
    if (!twice) return createOne(asked, request.validateOnly, context);
    const errorMessage = `Topic "${asked.name}" stands in the request more than once.`;
    return { name: asked.name, topicId: ZERO_UUID, errorCode: ERROR.INVALID_REQUEST, errorMessage };
  }),
}));

/** From here on topics may be named by id. */
const FIRST_WITH_IDS = 6;

export const deleteTopics = handler(DeleteTopics, async (request, context) => {
  const asked =
    context.version >= FIRST_WITH_IDS
      ? request.topics
      : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
  const responses: ResponseOf<typeof DeleteTopics>['responses'] = await Promise.all(
    asked.map(async ({ name, topicId }) => {
      const topic = name === null ? context.topics.byId(topicId) : context.topics.get(name);
      if (topic === undefined) {
        const errorCode = name === null ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION;
        return { name, topicId, errorCode, errorMessage: 'There is no such topic.' };
      }
      try {
        await context.topics.delete(topic);
        context.groups.topicGone(topic.name);
      } catch (cause) {
        context.storageFailed(cause);
        return { name: topic.name, topicId: topic.id, errorCode: ERROR.STORAGE_ERROR };
      }
      return { name: topic.name, topicId: topic.id, errorCode: ERROR.NONE };
    }),
  );
  return { responses };
});

function partitionsFault(context: RequestContext, name: string, count: number): TopicFault | null {
  const topic = context.topics.get(name);
  if (topic === undefined) {
    return { error: ERROR.UNKNOWN_TOPIC_OR_PARTITION, message: `There is no topic "${name}".` };
  }
  const has = topic.partitions.length;
  if (count <= has) {
    const message = `Topic "${name}" has ${has} partitions; their number can only grow.`;
    return { error: ERROR.INVALID_PARTITIONS, message };
  }
  return context.topics.roomFault(count - has);
}

export const createPartitions = handler(CreatePartitions, (request, context) => ({
  results: request.topics.map(({ name, count }) => {
    const fault = partitionsFault(context, name, count);
    if (fault !== null) return { name, errorCode: fault.error, errorMessage: fault.message };
    const topic = context.topics.get(name);
    try {
      if (topic !== undefined && !request.validateOnly) context.topics.addPartitions(topic, count);
      return { name, errorCode: ERROR.NONE, errorMessage: null };
    } catch (cause) {
      context.storageFailed(cause);
      return { name, errorCode: ERROR.STORAGE_ERROR, errorMessage: 'The disk refused the new partitions.' };
    }
  }),
}));

export const describeLogDirs = handler(DescribeLogDirs, (request, context) => {
  const disk = statfsSync(context.topics.folder);
  const asked = request.topics;
  const topics = context.topics.all().flatMap((topic) => {
    const wanted = asked?.find((one) => one.topic === topic.name)?.partitions;
    if (asked !== null && wanted === undefined) return [];
    const partitions = topic.partitions
      .filter((log) => wanted === undefined || wanted.includes(log.partition))
      .map((log) => ({
        partitionIndex: log.partition,
        partitionSize: log.bytes,
        offsetLag: 0,
        isFutureKey: false,
      }));
    return [{ name: topic.name, partitions }];
  });
  const result = {
    errorCode: ERROR.NONE,
    logDir: context.topics.folder,
    topics,
    totalBytes: disk.blocks * disk.bsize,
    usableBytes: disk.bavail * disk.bsize,
  };
  return { results: [result] };
});
