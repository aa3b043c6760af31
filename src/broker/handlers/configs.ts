// DescribeConfigs, AlterConfigs and IncrementalAlterConfigs: settings of topics, and the few that the broker shows.
import { NODE_ID, type RequestContext } from '../context.ts';
import { effectiveSetting, settingFault, TOPIC_SETTINGS, type TopicConfig } from '../topic-config.ts';
import { DEFAULT_PARTITIONS, type Topic } from '../topics.ts';
import type { ResponseOf } from '../wire/api.ts';
import { AlterConfigs } from '../wire/apis/alter-configs.ts';
import { DescribeConfigs } from '../wire/apis/describe-configs.ts';
import { IncrementalAlterConfigs } from '../wire/apis/incremental-alter-configs.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { handler } from './handler.ts';

export const CONFIG_SOURCE = { topic: 1, byDefault: 5, staticBroker: 4 } as const;
const RESOURCE = { topic: 2, broker: 4 } as const;

type Described = ResponseOf<typeof DescribeConfigs>['results'][number];

const BROKER_SETTINGS: Readonly<Record<string, string>> = {
  'broker.id': String(NODE_ID),
  'auto.create.topics.enable': 'true',
  'num.partitions': String(DEFAULT_PARTITIONS),
  'default.replication.factor': '1',
  'offsets.retention.minutes': String(7 * 24 * 60),
};

function entry(
  name: string,
  value: string,
  configSource: number,
  readOnly: boolean,
): Described['configs'][number] {
  return { name, value, readOnly, configSource, isSensitive: false, synonyms: [] };
}

function describe(type: number, name: string, keys: string[] | null, context: RequestContext): Described {
  const head = { errorMessage: null, resourceType: type, resourceName: name };
  const wanted = (key: string) => keys === null || keys.includes(key);
  if (type === RESOURCE.topic) {
    const topic = context.topics.get(name);
    if (topic === undefined) return { ...head, errorCode: ERROR.UNKNOWN_TOPIC_OR_PARTITION, configs: [] };
    const configs = Object.keys(TOPIC_SETTINGS)
      .filter(wanted)
      .map((key) => {
        const source = key in topic.config ? CONFIG_SOURCE.topic : CONFIG_SOURCE.byDefault;
        return entry(key, effectiveSetting(topic.config, key), source, false);
      });
    return { ...head, errorCode: ERROR.NONE, configs };
  }
  if (type === RESOURCE.broker && (name === String(NODE_ID) || name === '')) {
    const configs = Object.entries(BROKER_SETTINGS)
      .filter(([key]) => wanted(key))
      .map(([key, value]) => entry(key, value, CONFIG_SOURCE.staticBroker, true));
    return { ...head, errorCode: ERROR.NONE, configs };
  }
  return {
    ...head,
    errorCode: ERROR.INVALID_REQUEST,
    errorMessage: `There is no such resource: ${name}.`,
    configs: [],
  };
}

export const describeConfigs = handler(DescribeConfigs, (request, context) => ({
  results: request.resources.map(({ resourceType, resourceName, configurationKeys }) =>
    describe(resourceType, resourceName, configurationKeys, context),
  ),
}));

interface Altered {
  errorCode: ErrorCode;
  errorMessage: string | null;
  resourceType: number;
  resourceName: string;
}

/** Applies a whole change to one topic, or nothing of it. */
function alter(
  resource: { resourceType: number; resourceName: string },
  validateOnly: boolean,
  context: RequestContext,
  change: (topic: Topic) => TopicConfig | string,
): Altered {
  const { resourceType, resourceName } = resource;
  const answer = (errorCode: ErrorCode, errorMessage: string | null): Altered => {
    return { errorCode, errorMessage, resourceType, resourceName };
  };
  if (resourceType !== RESOURCE.topic) {
    return answer(
      ERROR.INVALID_REQUEST,
      'Only settings of topics can be changed; the broker takes its own from LiveDB.',
    );
  }
  const topic = context.topics.get(resourceName);
  if (topic === undefined) {
    return answer(ERROR.UNKNOWN_TOPIC_OR_PARTITION, `There is no topic "${resourceName}".`);
  }
  const changed = change(topic);
  if (typeof changed === 'string') return answer(ERROR.INVALID_CONFIG, changed);
  for (const [name, value] of Object.entries(changed)) {
    const fault = settingFault(name, value);
    if (fault !== null) return answer(ERROR.INVALID_CONFIG, fault);
  }
  try {
    if (!validateOnly) context.topics.configure(topic, changed);
    return answer(ERROR.NONE, null);
  } catch (cause) {
    context.storageFailed(cause);
    return answer(ERROR.STORAGE_ERROR, 'The disk refused the new settings.');
  }
}

export const alterConfigs = handler(AlterConfigs, (request, context) => ({
  responses: request.resources.map((resource) =>
    alter(resource, request.validateOnly, context, () => {
      const config: TopicConfig = {};
      for (const { name, value } of resource.configs) if (value !== null) config[name] = value;
      return config;
    }),
  ),
}));

const OPERATION = { set: 0, remove: 1, append: 2, subtract: 3 } as const;

export const incrementalAlterConfigs = handler(IncrementalAlterConfigs, (request, context) => ({
  responses: request.resources.map((resource) =>
    alter(resource, request.validateOnly, context, (topic) => {
      const config: TopicConfig = { ...topic.config };
      for (const { name, configOperation, value } of resource.configs) {
        const items = effectiveSetting(config, name)
          .split(',')
          .filter((item) => item !== '');
        const given = (value ?? '').split(',');
        if (configOperation === OPERATION.remove) delete config[name];
        else if (configOperation === OPERATION.set) config[name] = value ?? '';
        else if (configOperation === OPERATION.append)
          config[name] = [...new Set([...items, ...given])].join(',');
        else if (configOperation === OPERATION.subtract) {
          config[name] = items.filter((item) => !given.includes(item)).join(',');
        } else return `There is no operation ${configOperation} on a setting.`;
      }
      return config;
    }),
  ),
}));
