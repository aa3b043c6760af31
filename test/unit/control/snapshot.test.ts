import { describe, expect, it } from 'vitest';
import { postgresUrl, writtenRows } from '../../../src/main/control/snapshot.ts';

describe('rows shown as written', () => {
  const counted = { rows: 1_000, held: { captured: 990, distinct: 980 } };

  it('are those counted, while nobody holds more', () => {
    expect(writtenRows(counted, { captured: 1_000, distinct: 1_000 })).toBe(1_000);
    expect(writtenRows(counted, counted.held)).toBe(1_000);
  });
  it('grow between two counts with what was captured or processed since', () => {
    expect(writtenRows(counted, { captured: 1_200, distinct: 1_100 })).toBe(1_200);
    expect(writtenRows(counted, { captured: 0, distinct: 1_050 })).toBe(1_050);
  });
  it('stay less than what was processed after rows were deleted', () => {
    const afterDelete = { rows: 500, held: { captured: 1_000, distinct: 1_000 } };
    expect(writtenRows(afterDelete, { captured: 1_000, distinct: 1_000 })).toBe(500);
    expect(writtenRows(afterDelete, { captured: 1_010, distinct: 1_005 })).toBe(510);
  });
});

describe('the address of PostgreSQL', () => {
  const endpoint = {
    kind: 'embedded',
    host: '127.0.0.1',
    port: 5001,
    database: 'livedb',
    user: 'livedb',
    password: 'a/b@c',
    ssl: false,
  } as const;

  it('can be pasted into psql when the server is ours', () => {
    expect(new URL(postgresUrl(endpoint)).password).toBe('a%2Fb%40c');
    expect(postgresUrl(endpoint)).toBe('postgresql://livedb:a%2Fb%40c@127.0.0.1:5001/livedb');
  });
  it('hides the password of a server that is not', () => {
    expect(postgresUrl({ ...endpoint, kind: 'external', host: '::1' })).toBe(
      'postgresql://livedb:••••@[::1]:5001/livedb',
    );
  });
});
