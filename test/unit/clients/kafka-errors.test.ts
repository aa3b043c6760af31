import { expect, test } from 'vitest';
import { isStaleMetadata, kafkaError, kafkaPassesByItself } from '../../../src/clients/kafka-errors.ts';
import { protocolError } from '../../../src/clients/kafka-session.ts';

function named(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name }, more);
}

test.each([
  [
    named('KafkaJSConnectionError', 'Connection error: connect ECONNREFUSED 127.0.0.1:9'),
    'kafka.unreachable',
    true,
  ],
  [named('KafkaJSConnectionClosedError', 'Closed connection'), 'kafka.lost', true],
  [named('KafkaJSRequestTimeoutError', 'Request Produce timed out'), 'kafka.silent', true],
  [named('KafkaJSSASLAuthenticationError', 'bad password'), 'kafka.auth', false],
  [named('KafkaJSConnectionError', 'Connection error: self-signed certificate'), 'kafka.tls', false],
  [protocolError(47), 'kafka.fenced', false],
  [protocolError(45), 'kafka.sequence-lost', false],
  [protocolError(3), 'kafka.no-topic', true],
  [protocolError(14), 'kafka.busy', true],
  [protocolError(56), 'kafka.storage', true],
  [protocolError(10), 'kafka.too-large', false],
  [new Error('Broker not connected'), 'kafka.lost', true],
  [new Error('something else'), 'kafka.protocol', false],
])('%s is %s', (error, code, passes) => {
  const { data } = kafkaError(error, 'do it');
  expect(data.code).toBe(code);
  expect(data.message).toMatch(/^Could not do it: .+\.$/);
  expect(data.remedy).toBeTruthy();
  expect(kafkaPassesByItself(kafkaError(error, 'do it'))).toBe(passes);
});

test('the cause behind the retries of kafkajs is what counts', () => {
  const refused = named('KafkaJSConnectionError', 'Connection error: connect ECONNREFUSED');
  const wrapped = named('KafkaJSNumberOfRetriesExceeded', 'retries', { cause: refused });
  expect(kafkaError(wrapped, 'connect').data.code).toBe('kafka.unreachable');
});

test('a moved leader asks for fresh metadata', () => {
  expect(isStaleMetadata(protocolError(6))).toBe(true);
  expect(isStaleMetadata(kafkaError(protocolError(6), 'publish'))).toBe(true);
  expect(isStaleMetadata(protocolError(47))).toBe(false);
});
