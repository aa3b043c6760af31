import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { addressOf, isPooledHost, timestampToMillis } from '../../../src/clients/postgres.ts';
import {
  isConnectionLoss,
  passesByItself,
  postgresError,
  sqlStateOf,
} from '../../../src/clients/postgres-errors.ts';
import { retrying, retryPauseMs } from '../../../src/clients/retrying.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';

const system = (code: string, message = code) => Object.assign(new Error(message), { code });
const server = (code: string) => {
  const error = new pg.DatabaseError('it said no', 0, 'error');
  error.code = code;
  return error;
};

describe('timestamps', () => {
  test.each([
    ['2026-11-23 10:00:00.123999', '2026-11-23T10:00:00.123Z'],
    ['2026-11-23 09:59:59.999999', '2026-11-23T09:59:59.999Z'],
    ['2026-11-23 10:00:00.1', '2026-11-23T10:00:00.100Z'],
    ['1970-01-01 00:00:00', '1970-01-01T00:00:00.000Z'],
    ['1969-12-31 23:59:59.9999', '1969-12-31T23:59:59.999Z'],
    ['0042-03-01 00:00:00', '0042-03-01T00:00:00.000Z'],
  ])('%s', (text, iso) => {
    expect(new Date(timestampToMillis(text)).toISOString()).toBe(iso);
  });

  test.each(['infinity', '-infinity', '0044-03-15 00:00:00 BC'])('%s is refused', (text) => {
    expect(() => timestampToMillis(text)).toThrow(LiveDbError);
  });
});

test.each<[unknown, string, boolean, boolean]>([
  [system('ECONNREFUSED'), 'postgres.refused', true, true],
  [
    new AggregateError([system('ECONNREFUSED', 'connect ECONNREFUSED ::1:5')]),
    'postgres.refused',
    true,
    true,
  ],
  [system('ENOTFOUND'), 'postgres.refused', true, true],
  [system('ECONNRESET'), 'postgres.lost', true, true],
  [new Error('Connection terminated unexpectedly'), 'postgres.lost', true, true],
  [new Error('Query read timeout'), 'postgres.silent', true, true],
  [system('ETIMEDOUT'), 'postgres.silent', true, true],
  [system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'postgres.tls', false, false],
  [new Error('The server does not support SSL connections'), 'postgres.tls', false, false],
  [server('57P01'), 'postgres.lost', true, true],
  [server('57P03'), 'postgres.starting', true, false],
  [server('53100'), 'postgres.disk-full', true, false],
  [server('40001'), 'postgres.conflict', true, false],
  [server('28P01'), 'postgres.auth', false, false],
  [server('3D000'), 'postgres.database', false, false],
  [server('42501'), 'postgres.rights', false, false],
  [server('42P01'), 'postgres.missing', false, false],
  [server('22003'), 'postgres.sql', false, false],
])('%s is %s', (error, code, passes, lost) => {
  const made = postgresError(error, 'do it');
  expect(made.data.code).toBe(code);
  expect(made.data.message).toMatch(/^Could not do it: .+\.$/);
  expect(made.data.remedy).toBeTruthy();
  expect([passesByItself(error), isConnectionLoss(error)]).toEqual([passes, lost]);
  expect([passesByItself(made), isConnectionLoss(made)]).toEqual([passes, lost]);
  expect(postgresError(made, 'again')).toBe(made);
});

test('the SQLSTATE survives the wrapping', () => {
  expect(sqlStateOf(postgresError(server('3D000'), 'connect'))).toBe('3D000');
  expect(sqlStateOf(system('ECONNREFUSED'))).toBeNull();
});

test('addresses and poolers', () => {
  expect(addressOf({ host: '::1', port: 1 })).toBe('[::1]:1');
  expect(addressOf({ host: 'db', port: 2 })).toBe('db:2');
  expect(isPooledHost({ host: 'ep-cool-1-pooler.eu.aws.neon.tech' })).toBe(true);
  expect(isPooledHost({ host: 'ep-cool-1.eu.aws.neon.tech' })).toBe(false);
});

describe('retrying', () => {
  const quick = { longestPauseMs: 1, random: () => 0, passes: passesByItself };

  test('goes on until it succeeds, and says for what it waited', async () => {
    const said: (string | null)[] = [];
    let left = 3;
    const result = await retrying(
      async () => {
        if (left-- > 0) throw postgresError(system('ECONNREFUSED'), 'connect');
        return 'in';
      },
      { ...quick, signal: new AbortController().signal, onWaiting: (reason) => said.push(reason) },
    );
    expect(result).toBe('in');
    expect(said).toEqual([...Array(3).fill('Could not connect: ECONNREFUSED.'), null]);
  });

  test('what does not pass is thrown at once; attempts and the signal end it', async () => {
    let tries = 0;
    const fail = (code: string) => async () => {
      tries++;
      throw system(code);
    };
    const { signal } = new AbortController();
    await expect(retrying(fail('EWHAT'), { ...quick, signal })).rejects.toThrow('EWHAT');
    expect(tries).toBe(1);
    await expect(retrying(fail('ECONNRESET'), { ...quick, signal, attempts: 3 })).rejects.toThrow(
      'ECONNRESET',
    );
    expect(tries).toBe(4);
    const stop = new AbortController();
    const waiting = retrying(fail('ECONNRESET'), { ...quick, longestPauseMs: 60_000, signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
  });

  test('pauses double up to the cap, with half of them jittered', () => {
    expect([0, 1, 2, 10].map((n) => retryPauseMs(n, 2_000, 0))).toEqual([25, 50, 100, 1_000]);
    expect([0, 1, 2, 1_000].map((n) => retryPauseMs(n, 2_000, 1))).toEqual([50, 100, 200, 2_000]);
  });
});
