// What went wrong with Kafka, in the words of a person, and whether it passes by itself. Called by the adapter's own
// files and by everyone who catches an error of it. Error names and codes: Kafka protocol guide, "Error Codes".
import { LiveDbError } from '../shared/errors.ts';

export type KafkaErrorCode =
  | 'kafka.unreachable'
  | 'kafka.lost'
  | 'kafka.silent'
  | 'kafka.busy'
  | 'kafka.auth'
  | 'kafka.tls'
  | 'kafka.rights'
  | 'kafka.no-topic'
  | 'kafka.topic-exists'
  | 'kafka.offset-out-of-range'
  | 'kafka.fenced'
  | 'kafka.sequence-lost'
  | 'kafka.too-large'
  | 'kafka.storage'
  | 'kafka.closed'
  | 'kafka.unreadable'
  | 'kafka.protocol';

const REMEDIES: Record<KafkaErrorCode, string> = {
  'kafka.unreachable': 'Start the cluster, or correct KAFKA_BROKER; LiveDB tries again by itself.',
  'kafka.lost': 'Nothing to do: LiveDB connects again by itself.',
  'kafka.silent': 'Look at the network between here and the cluster; LiveDB connects again by itself.',
  'kafka.busy': 'Nothing to do: the cluster is getting ready, LiveDB tries again by itself.',
  'kafka.auth': 'Correct the SASL mechanism, user and password, then start again.',
  'kafka.tls':
    'Use the host names that the certificate is made for; for a private authority set NODE_EXTRA_CA_CERTS.',
  'kafka.rights': 'Have the cluster owner grant the missing right to this user, then start again.',
  'kafka.no-topic': 'Create the topic, or start the pipeline, which creates it.',
  'kafka.topic-exists': 'Choose another name.',
  'kafka.offset-out-of-range': 'Read from the earliest offset that is still there.',
  'kafka.fenced': 'Stop the other producer of this table: only one may be active.',
  'kafka.sequence-lost': 'Nothing to do: LiveDB reads what the topic holds and goes on from there.',
  'kafka.too-large': 'Lower the batch size, or raise message.max.bytes of the topic.',
  'kafka.storage': 'Free space on the disk of the broker; LiveDB goes on by itself.',
  'kafka.closed': 'Nothing to do: the connection was closed on purpose.',
  'kafka.unreadable': 'Read the topic with a client that knows its compression.',
  'kafka.protocol': 'Look into the log of the broker.',
};

const PASSES: ReadonlySet<KafkaErrorCode> = new Set<KafkaErrorCode>([
  'kafka.unreachable',
  'kafka.lost',
  'kafka.silent',
  'kafka.busy',
  'kafka.storage',
  'kafka.no-topic',
]);

const BY_TYPE: Record<string, KafkaErrorCode> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'kafka.no-topic',
  TOPIC_ALREADY_EXISTS: 'kafka.topic-exists',
  OFFSET_OUT_OF_RANGE: 'kafka.offset-out-of-range',
  INVALID_PRODUCER_EPOCH: 'kafka.fenced',
  PRODUCER_FENCED: 'kafka.fenced',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'kafka.sequence-lost',
  UNKNOWN_PRODUCER_ID: 'kafka.sequence-lost',
  INVALID_PRODUCER_ID_MAPPING: 'kafka.sequence-lost',
  INVALID_TXN_STATE: 'kafka.sequence-lost',
  MESSAGE_TOO_LARGE: 'kafka.too-large',
  RECORD_LIST_TOO_LARGE: 'kafka.too-large',
  KAFKA_STORAGE_ERROR: 'kafka.storage',
  SASL_AUTHENTICATION_FAILED: 'kafka.auth',
  UNSUPPORTED_SASL_MECHANISM: 'kafka.auth',
  TOPIC_AUTHORIZATION_FAILED: 'kafka.rights',
  GROUP_AUTHORIZATION_FAILED: 'kafka.rights',
  CLUSTER_AUTHORIZATION_FAILED: 'kafka.rights',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'kafka.rights',
  LEADER_NOT_AVAILABLE: 'kafka.busy',
  NOT_LEADER_FOR_PARTITION: 'kafka.busy',
  REPLICA_NOT_AVAILABLE: 'kafka.busy',
  NOT_ENOUGH_REPLICAS: 'kafka.busy',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'kafka.busy',
  NOT_CONTROLLER: 'kafka.busy',
  GROUP_LOAD_IN_PROGRESS: 'kafka.busy',
  GROUP_COORDINATOR_NOT_AVAILABLE: 'kafka.busy',
  NOT_COORDINATOR_FOR_GROUP: 'kafka.busy',
  CONCURRENT_TRANSACTIONS: 'kafka.busy',
  FENCED_LEADER_EPOCH: 'kafka.busy',
  UNKNOWN_LEADER_EPOCH: 'kafka.busy',
  BROKER_NOT_AVAILABLE: 'kafka.busy',
  REQUEST_TIMED_OUT: 'kafka.busy',
};

interface KafkaJsLike {
  name?: string;
  type?: string;
  code?: string | number;
  message?: string;
  cause?: unknown;
  /** What kafkajs throws when several topics were asked for at once. */
  errors?: unknown;
}

const NETWORK_CODE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|ETIMEDOUT)$/;

function classify(error: KafkaJsLike, depth = 0): KafkaErrorCode {
  if (typeof error.type === 'string' && BY_TYPE[error.type] !== undefined) {
    return BY_TYPE[error.type] ?? 'kafka.protocol';
  }
  const message = error.message ?? '';
  if (error.name === 'KafkaJSSASLAuthenticationError') return 'kafka.auth';
  if (/certificate|self.signed|altnames|SSL routines|wrong version number/i.test(message)) return 'kafka.tls';
  // kafkajs's own plain Error: the connection was given up while it was being opened (a peer that accepts and is silent).
  if (message === 'Broker not connected') return 'kafka.lost';
  switch (error.name) {
    case 'KafkaJSConnectionClosedError':
      return 'kafka.lost';
    case 'KafkaJSConnectionError':
      return /ECONNRESET|EPIPE|Not connected|closed/.test(message) ? 'kafka.lost' : 'kafka.unreachable';
    case 'KafkaJSRequestTimeoutError':
    case 'KafkaJSLockTimeout':
      return 'kafka.silent';
    case 'KafkaJSBrokerNotFound':
    case 'KafkaJSMetadataNotLoaded':
    case 'KafkaJSTopicMetadataNotLoaded':
    case 'KafkaJSGroupCoordinatorNotFound':
      return 'kafka.busy';
  }
  if (typeof error.code === 'string' && NETWORK_CODE.test(error.code)) return 'kafka.unreachable';
  if (depth < 3 && error.cause !== undefined && error.cause !== null && error.cause !== error) {
    return classify(error.cause as KafkaJsLike, depth + 1);
  }
  return 'kafka.protocol';
}

/** The failure itself, out of an aggregate of one or more. */
function innermost(error: unknown): unknown {
  const { errors } = error as KafkaJsLike;
  return Array.isArray(errors) && errors.length > 0 ? errors[0] : error;
}

/** Any failure of the client as a LiveDbError: `doing` completes the sentence "Could not …". The cause stays attached. */
export function kafkaError(error: unknown, doing: string): LiveDbError {
  if (error instanceof LiveDbError) return error;
  const one = innermost(error);
  const like = one as KafkaJsLike;
  const code = classify(like);
  const reason = one instanceof Error && one.message !== '' ? one.message : String(one);
  return new LiveDbError(
    {
      code,
      message: `Could not ${doing}: ${reason}.`.replace(/\.\.$/, '.'),
      remedy: REMEDIES[code],
      ...(like.type === undefined ? {} : { details: { type: like.type } }),
    },
    { cause: error },
  );
}

/** A failure that the adapter itself finds. */
export function kafkaFailure(code: KafkaErrorCode, message: string, details?: unknown): LiveDbError {
  return new LiveDbError({
    code,
    message,
    remedy: REMEDIES[code],
    ...(details === undefined ? {} : { details }),
  });
}

/** Whether waiting and trying again can help. */
export function kafkaPassesByItself(error: unknown): boolean {
  const code = error instanceof LiveDbError ? error.data.code : classify(error as KafkaJsLike);
  return PASSES.has(code as KafkaErrorCode);
}

/** Whether the metadata that a request was built on is out of date: refresh it and try again at once. */
export function isStaleMetadata(error: unknown): boolean {
  const cause = error instanceof LiveDbError ? error.cause : error;
  const type = (cause as KafkaJsLike | null | undefined)?.type;
  return (
    type === 'NOT_LEADER_FOR_PARTITION' ||
    type === 'LEADER_NOT_AVAILABLE' ||
    type === 'UNKNOWN_TOPIC_OR_PARTITION' ||
    type === 'FENCED_LEADER_EPOCH' ||
    type === 'UNKNOWN_LEADER_EPOCH' ||
    type === 'REPLICA_NOT_AVAILABLE'
  );
}
