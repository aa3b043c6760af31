// The external Kafka cluster out of KAFKA_BROKER, KAFKA_CLIENT_ID, KAFKA_TOPIC, KAFKA_SSL and KAFKA_SASL_….
// Called by connections.ts.
import type { KafkaEndpoint } from '../../shared/link.ts';
import { EVENTS_TOPIC, RESULTS_TOPIC } from '../../shared/names.ts';
import { TopicName } from '../../shared/topics.ts';
import { badVariable, type Found, MASK, readFlag, type Variables } from './variables.ts';

const DEFAULT_PORT = 9092;
const DEFAULT_CLIENT_ID = 'livedb';

export function readKafka(variables: Variables): KafkaEndpoint | null {
  const broker = variables.take('KAFKA_BROKER');
  if (broker === null) {
    variables.note('KAFKA_BROKER', 'embedded broker', 'embedded');
    return null;
  }
  const clientId = variables.take('KAFKA_CLIENT_ID');
  if (clientId === null) variables.note('KAFKA_CLIENT_ID', DEFAULT_CLIENT_ID, 'default');
  const sasl = readSasl(variables);
  const ssl = variables.take('KAFKA_SSL');
  return {
    kind: 'external',
    brokers: readBrokers(broker),
    clientId: clientId?.value ?? DEFAULT_CLIENT_ID,
    topic: readTopic(variables),
    resultsTopic: RESULTS_TOPIC,
    // A password is not sent in the clear unless KAFKA_SSL=false asks for it.
    ssl: ssl === null ? sasl !== null : readFlag(ssl),
    sasl,
  };
}

function readTopic(variables: Variables): string {
  const found = variables.take('KAFKA_TOPIC');
  if (found === null) {
    variables.note('KAFKA_TOPIC', EVENTS_TOPIC, 'default');
    return EVENTS_TOPIC;
  }
  if (!TopicName.safeParse(found.value).success) {
    throw badVariable(
      found,
      `is "${found.value}", which cannot be the name of a topic`,
      'Use at most 249 letters, digits, dots, underscores and hyphens.',
    );
  }
  if (found.value === RESULTS_TOPIC) {
    throw badVariable(found, 'names the topic of the results', `Choose another one, e.g. ${EVENTS_TOPIC}.`);
  }
  return found.value;
}

/** `host:port`, `host` (then 9092), `[::1]:9092`; several with commas. */
function readBrokers(found: Found): string[] {
  const parts = found.value.split(',').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?$/.exec(part);
      const port = match?.[2] === undefined ? DEFAULT_PORT : Number(match[2]);
      if (match === null || port < 1 || port > 65_535) {
        throw badVariable(
          found,
          `holds "${part}", which is not host:port`,
          'Write host:port, several separated by commas, without kafka:// before it.',
        );
      }
      return `${match[1]}:${port}`;
    });
}

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

function readSasl(variables: Variables): KafkaEndpoint['sasl'] {
  const mechanism = variables.take('KAFKA_SASL_MECHANISM');
  const username = variables.take('KAFKA_SASL_USERNAME');
  const password = variables.take('KAFKA_SASL_PASSWORD', () => MASK);
  if (mechanism === null && username === null && password === null) return null;
  const kind = MECHANISMS.find((known) => known === (mechanism?.value ?? 'plain').toLowerCase());
  if (mechanism !== null && kind === undefined) {
    throw badVariable(mechanism, `is "${mechanism.value}"`, `Use one of ${MECHANISMS.join(', ')}.`);
  }
  if (username === null || password === null) {
    const name = username === null ? 'KAFKA_SASL_USERNAME' : 'KAFKA_SASL_PASSWORD';
    throw badVariable(
      { name, place: 'nowhere' },
      'is not set, but other KAFKA_SASL_ variables are',
      'Set user name and password, or neither.',
    );
  }
  return { mechanism: kind ?? 'plain', username: username.value, password: password.value };
}
