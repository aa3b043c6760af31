import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConnections } from '../../../src/main/services/connections.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';

function refusal(env: Record<string, string>, dotenv: string | null = null) {
  try {
    readConnections(env, dotenv);
  } catch (error) {
    if (error instanceof LiveDbError) return error.data;
    throw error;
  }
  throw new Error('was taken');
}

describe('without any variable', () => {
  test('both services are the embedded ones', () => {
    expect(readConnections({}, null)).toEqual({
      postgres: null,
      kafka: null,
      pollIntervalMs: null,
      replayMode: false,
      sources: [
        { name: 'DATABASE_URL', value: 'embedded PostgreSQL', from: 'embedded' },
        { name: 'KAFKA_BROKER', value: 'embedded broker', from: 'embedded' },
      ],
    });
  });

  test('empty ones count as not set', () => {
    expect(readConnections({ DATABASE_URL: '', KAFKA_BROKER: ' ' }, 'DB_HOST=\n').postgres).toBeNull();
  });
});

describe('DATABASE_URL', () => {
  const read = (url: string) => readConnections({ DATABASE_URL: url }, null).postgres;

  test('of Neon: TLS, percent-encoded password', () => {
    expect(
      read(
        'postgresql://neondb_owner:p%40ss%2Fw%23rd%25@ep-cool-1.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require',
      ),
    ).toEqual({
      kind: 'external',
      host: 'ep-cool-1.eu-central-1.aws.neon.tech',
      port: 5432,
      database: 'neondb',
      user: 'neondb_owner',
      password: 'p@ss/w#rd%',
      ssl: true,
    });
  });

  test.each([
    ['postgres://u@[::1]:5433/d', { host: '::1', port: 5433, ssl: false }],
    ['postgres://u@localhost', { host: 'localhost', port: 5432, database: 'u', password: '' }],
    ['postgres://u@h/d?sslmode=verify-full', { ssl: true }],
    ['postgres://u@h/d?sslmode=disable', { ssl: false }],
    ['postgres://u@h/d?ssl=true', { ssl: true }],
    ['postgres://u@x.neon.tech/d', { ssl: true }],
    ['postgres://u@h/a%20b', { database: 'a b' }],
  ])('%s', (url, part) => {
    expect(read(url)).toMatchObject(part);
  });

  test.each([
    ['nonsense', /not a URL/],
    ['mysql://u@h/d', /begins with "mysql:"/],
    ['postgres://h/d', /names no user/],
    ['postgres://u:100%@h/d', /% that does not begin/],
    ['postgres://u@h/d?sslmode=no-verify', /asks for sslmode "no-verify"/],
    ['postgres://u@h:99999/d', /not a URL/],
  ])('%s is refused', (url, sentence) => {
    const data = refusal({ DATABASE_URL: url });
    expect(data.code).toBe('connections.invalid');
    expect(data.message).toMatch(/^DATABASE_URL \(in the environment\)/);
    expect(data.message).toMatch(sentence);
    expect(data.remedy).toBeTruthy();
  });

  test('any user and password survive percent-encoding, and never show', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ minLength: 12 }),
        (user, password) => {
          const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/d`;
          const { postgres, sources } = readConnections({ DATABASE_URL: url }, null);
          expect(postgres).toMatchObject({ user, password, host: 'h', database: 'd' });
          expect(sources[0]?.value).toContain(':••••@h/d');
          expect(sources[0]?.value).not.toContain(encodeURIComponent(password));
        },
      ),
    );
  });
});

describe('DB_HOST and its fellows', () => {
  const parts = { DB_HOST: 'db.local', DB_NAME: 'live', DB_USER: 'me', DB_PASSWORD: 'se cret' };

  test('make an endpoint, with defaults', () => {
    const { postgres, sources } = readConnections(parts, null);
    expect(postgres).toEqual({
      kind: 'external',
      host: 'db.local',
      port: 5432,
      database: 'live',
      user: 'me',
      password: 'se cret',
      ssl: false,
    });
    expect(sources).toContainEqual({ name: 'DB_PASSWORD', value: '••••', from: 'environment' });
  });

  test.each([
    ['true', true],
    ['require', true],
    ['FALSE', false],
    ['disable', false],
    ['0', false],
  ])('DB_SSL=%s', (word, ssl) => {
    expect(readConnections({ ...parts, DB_SSL: word }, null).postgres?.ssl).toBe(ssl);
  });

  test('faults name the variable and the line of .env', () => {
    expect(refusal({}, '# mine\nDB_HOST=h\nDB_NAME=n\nDB_USER=u\nexport DB_PORT=port\n').message).toBe(
      'DB_PORT (in .env, line 5) is "port", which is not a whole number from 1 to 65535.',
    );
    expect(refusal({ ...parts, DB_SSL: 'perhaps' }).message).toMatch(
      /^DB_SSL \(in the environment\) is "perhaps"/,
    );
    expect(refusal({ DB_HOST: 'h', DB_USER: 'u' }).message).toMatch(/^DB_NAME \(nowhere\) is not set/);
    expect(refusal({}, 'DB_NAME=x\n').message).toMatch(/neither DB_HOST nor DATABASE_URL/);
  });

  test('the environment wins: name by name, and its DB_HOST over the DATABASE_URL of .env', () => {
    const dotenv = 'DATABASE_URL=postgres://a@b/c\nDB_PASSWORD="from file"\nDB_PORT=7777';
    const { postgres, sources } = readConnections({ DB_HOST: 'h', DB_NAME: 'n', DB_USER: 'u' }, dotenv);
    expect(postgres).toMatchObject({ host: 'h', port: 7777, password: 'from file' });
    expect(sources).toContainEqual({ name: 'DB_PORT', value: '7777', from: '.env' });
    expect(readConnections({ DATABASE_URL: 'postgres://x@y/z' }, dotenv).postgres?.host).toBe('y');
    expect(readConnections({}, dotenv).postgres?.host).toBe('b');
  });
});

describe('Kafka', () => {
  test('several brokers, defaults', () => {
    const { kafka, sources } = readConnections({ KAFKA_BROKER: 'a:9092, b ,[::1]:9094' }, null);
    expect(kafka).toEqual({
      kind: 'external',
      brokers: ['a:9092', 'b:9092', '[::1]:9094'],
      clientId: 'livedb',
      topic: 'db_live_events',
      resultsTopic: 'db_live_results',
      ssl: false,
      sasl: null,
    });
    expect(sources).toContainEqual({ name: 'KAFKA_TOPIC', value: 'db_live_events', from: 'default' });
  });

  test('SASL goes over TLS unless KAFKA_SSL=false', () => {
    const env = { KAFKA_BROKER: 'a', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' };
    expect(readConnections(env, null).kafka).toMatchObject({
      ssl: true,
      sasl: { mechanism: 'plain', username: 'u', password: 'p' },
    });
    const scram = { ...env, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', KAFKA_SSL: 'false' };
    expect(readConnections(scram, null).kafka).toMatchObject({
      ssl: false,
      sasl: { mechanism: 'scram-sha-512' },
    });
    expect(JSON.stringify(readConnections(env, null).sources)).not.toContain('"p"');
  });

  test.each([
    [{ KAFKA_BROKER: 'kafka://a:1' }, /KAFKA_BROKER .* not host:port/],
    [{ KAFKA_BROKER: 'a:70000' }, /KAFKA_BROKER .* not host:port/],
    [{ KAFKA_BROKER: 'a', KAFKA_TOPIC: 'so so' }, /KAFKA_TOPIC .* cannot be the name/],
    [{ KAFKA_BROKER: 'a', KAFKA_TOPIC: 'db_live_results' }, /KAFKA_TOPIC .* results/],
    [{ KAFKA_BROKER: 'a', KAFKA_SASL_MECHANISM: 'gssapi' }, /KAFKA_SASL_MECHANISM .* "gssapi"/],
    [{ KAFKA_BROKER: 'a', KAFKA_SASL_USERNAME: 'u' }, /KAFKA_SASL_PASSWORD/],
  ])('%j is refused', (env, sentence) => {
    expect(refusal(env as Record<string, string>).message).toMatch(sentence);
  });
});

test('POLL_INTERVAL_MS and REPLAY_MODE', () => {
  expect(readConnections({ POLL_INTERVAL_MS: '5000', REPLAY_MODE: 'true' }, null)).toMatchObject({
    pollIntervalMs: 5000,
    replayMode: true,
  });
  expect(refusal({ POLL_INTERVAL_MS: '0' }).message).toMatch(/^POLL_INTERVAL_MS/);
  expect(refusal({ REPLAY_MODE: 'maybe' }).message).toMatch(/^REPLAY_MODE/);
});
