import { beforeEach, describe, expect, it } from 'vitest';
import { createHealth, type Health } from '../../../src/main/services/health.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';
import { watched } from '../../support/outcome.ts';

let clock: FakeClock;
let answer: () => Promise<string>;
let needed: boolean;
let asked: number;
let health: Health<string>;

beforeEach(() => {
  clock = new FakeClock();
  answer = async () => '17.2';
  needed = true;
  asked = 0;
  health = createHealth({
    name: 'PostgreSQL',
    clock,
    check: () => {
      asked += 1;
      return answer();
    },
    needed: () => needed,
    onChange: () => undefined,
  });
});

const refusal = new LiveDbError({ code: 'postgres.refused', message: 'Nobody listens.' });

describe('the health of a service that is not ours', () => {
  it('is found by asking each 2 s, while somebody needs it', async () => {
    await clock.advance(10_000);
    expect(asked).toBe(6);
    expect(health.status()).toMatchObject({ state: 'running', since: clock.now() - 10_000 });
    answer = () => Promise.reject(refusal);
    await clock.advance(2_000);
    expect(health.status()).toMatchObject({
      state: 'backing-off',
      error: { code: 'postgres.refused' },
      since: null,
    });
  });

  it('is not asked for when nobody needs it: a serverless database may sleep', async () => {
    await clock.advance(100);
    needed = false;
    await clock.advance(600_000);
    expect(asked).toBe(1);
    expect(health.state()).toBe('running');
  });

  it('is shown as away when no answer comes, and there is never a second question meanwhile', async () => {
    await clock.advance(100);
    answer = () => new Promise(() => undefined);
    await clock.advance(60_000);
    expect(health.status()).toMatchObject({ state: 'backing-off', error: { code: 'no-answer' } });
    expect(asked).toBe(2);
  });

  it('asks at once for who must know, and passes the refusal on', async () => {
    answer = () => Promise.reject(refusal);
    await clock.advance(2_100);
    const refused = watched(health.ensure());
    await settled();
    expect(refused()).toBe('postgres.refused');
    answer = async () => '17.2';
    const fine = watched(health.ensure());
    await settled();
    expect(fine()).toBe('done');
    expect(health.info()).toBe('17.2');
  });

  it('asks no more once it is closed', async () => {
    await clock.advance(100);
    health.close();
    await clock.advance(60_000);
    expect(asked).toBe(1);
    expect(clock.armed).toBe(0);
  });
});
