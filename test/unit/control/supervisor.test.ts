import { beforeEach, describe, expect, it } from 'vitest';
import type { ChildIncident } from '../../../src/main/control/child.ts';
import type { News } from '../../../src/main/control/lifecycle.ts';
import { createPart, type Part } from '../../../src/main/control/supervisor.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { watched } from '../../support/outcome.ts';

let clock: FakeClock;
let host: FakeHost;
let news: News[];
let incidents: ChildIncident[];
let garbled: string[];
let settings: { rate: number };
let part: Part;
/** Processor time of the child so far, s. */
let taken: number;

/** Lets the supervisor look once a second, the child taking `share` of a core meanwhile. */
async function watchFor(seconds: number, share = 0): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    taken += share;
    await clock.advance(1_000);
    part.watch();
    await settled();
  }
}

beforeEach(() => {
  clock = new FakeClock();
  host = new FakeHost();
  news = [];
  incidents = [];
  garbled = [];
  settings = { rate: 1 };
  taken = 0;
  part = createPart({
    name: 'writer',
    clock,
    startTimeoutMs: 20_000,
    fork: () => host.fork('writer'),
    config: () => ({ ...settings }),
    cpuSeconds: async () => taken,
    onIncident: (incident) => incidents.push(incident),
    onNews: (one) => news.push(one),
    onChange: () => undefined,
    onGarbled: (message) => garbled.push(message),
  });
});

describe('a supervised part', () => {
  it('tells its child what to do and runs when the child is ready', async () => {
    await part.start();
    expect(host.child('writer').config).toEqual({ rate: 1 });
    expect(part.status()).toMatchObject({ state: 'running', pid: host.child('writer').pid, restarts: 0 });
  });

  it('makes nothing of a second start while it is starting', async () => {
    await Promise.all([part.start(), part.start(), part.start()]);
    expect(host.children).toHaveLength(1);
  });

  it('can be stopped while it is starting; the start is told so', async () => {
    host.behaviour = (child, message) => {
      if (message.type === 'drain') child.exit(0);
    };
    const starting = watched(part.start());
    await settled();
    await part.stop();
    expect(starting()).toBe('stopped-meanwhile');
    expect(part.state()).toBe('stopped');
    expect(host.alive('writer')).toBe(0);
  });

  it('comes back after a kill from outside, within a pause of 100 ms', async () => {
    await part.start();
    host.child('writer').exit(null, 'SIGKILL');
    expect(part.state()).toBe('backing-off');
    await clock.advance(100);
    expect(part.status()).toMatchObject({ state: 'running', restarts: 1 });
    expect(news.map(({ kind }) => kind)).toEqual(['ended', 'back']);
    expect(host.alive('writer')).toBe(1);
  });

  it('kills a child that gives no sign of life and starts another', async () => {
    await part.start();
    await watchFor(7);
    expect(host.children).toHaveLength(1);
    await watchFor(2);
    await clock.advance(200);
    expect(host.children).toHaveLength(2);
    expect(part.state()).toBe('running');
    expect(news[0]).toMatchObject({ kind: 'ended', how: 'hung' });
  });

  it('gives a child that says what it waits for longer than the start timeout', async () => {
    host.behaviour = (child, message) => {
      if (message.type === 'start') child.say({ type: 'waiting', reason: 'waiting for Kafka' });
    };
    const starting = watched(part.start());
    await clock.advance(100_000);
    expect(part.status()).toMatchObject({ state: 'starting', waiting: 'waiting for Kafka' });
    host.child('writer').say({ type: 'ready', info: null });
    await settled();
    expect(starting()).toBe('done');
    expect(part.status().waiting).toBeNull();
  });

  it('says that a child is silent before it gives it up, and takes that back when it speaks again', async () => {
    await part.start();
    await watchFor(3);
    expect(part.status().waiting).toMatch(/no sign of life/);
    host.beat();
    expect(part.status()).toMatchObject({ state: 'running', waiting: null });
  });

  it('gives a silent child that gets too little processor time a minute, and says what is the matter', async () => {
    await part.start();
    await watchFor(20, 0.12);
    expect(part.status()).toMatchObject({
      state: 'running',
      waiting: 'the machine is too busy: it gets only 12 % of a processor core',
    });
    host.beat();
    expect(part.status()).toMatchObject({ state: 'running', waiting: null, restarts: 0 });
    await watchFor(70, 0.12);
    expect(news[0]).toMatchObject({ kind: 'ended', how: 'hung' });
  });

  it('gives no such time to one that takes a whole core and says nothing', async () => {
    await part.start();
    await watchFor(9, 1);
    await clock.advance(200);
    expect(news[0]).toMatchObject({ kind: 'ended', how: 'hung' });
  });

  it('does not take its own standstill for the silence of its child', async () => {
    await part.start();
    await clock.advance(30_000);
    part.watch();
    await settled();
    expect(part.status()).toMatchObject({ state: 'running', waiting: null });
    expect(host.children).toHaveLength(1);
  });

  it('gives a process that is slow to be made its time', async () => {
    host.greet = false;
    const starting = watched(part.start());
    await clock.advance(12_000);
    part.watch();
    await settled();
    expect(host.alive('writer')).toBe(1);
    host.child('writer').say({ type: 'hello', pid: 1 });
    await settled();
    expect(starting()).toBe('done');
    expect(host.children).toHaveLength(1);
  });

  it('fails a child that stays silent about its start', async () => {
    host.behaviour = () => undefined;
    const starting = watched(part.start());
    await clock.advance(70_000);
    expect(starting()).toBe('start-timeout');
    expect(host.children).toHaveLength(3);
    expect(part.status()).toMatchObject({ state: 'failed', error: { code: 'start-timeout' } });
    expect(host.alive('writer')).toBe(0);
  });

  it('gives a child that beats its time, on a machine that is busy with other things', async () => {
    host.behaviour = () => undefined;
    const starting = watched(part.start());
    for (let seconds = 0; seconds < 60; seconds++) {
      await clock.advance(1_000);
      host.beat();
    }
    expect(part.state()).toBe('starting');
    expect(host.children).toHaveLength(1);
    host.child('writer').say({ type: 'ready', info: null });
    await settled();
    expect(starting()).toBe('done');
  });

  it('sends changed settings live; those changed during the start as soon as it is ready', async () => {
    await part.start();
    settings = { rate: 2 };
    part.configure();
    expect(host.child('writer').told.at(-1)).toEqual({ type: 'configure', config: { rate: 2 } });
    host.child('writer').exit(1);
    host.behaviour = () => undefined;
    await clock.advance(100);
    settings = { rate: 3 };
    part.configure();
    host.child('writer').say({ type: 'ready', info: null });
    expect(host.child('writer').told.at(-1)).toEqual({ type: 'configure', config: { rate: 3 } });
  });

  it('rejects a call that is not answered in time, and all calls of a child that ends', async () => {
    host.behaviour = (child, message) => {
      if (message.type === 'start') child.say({ type: 'ready', info: null });
    };
    await part.start();
    const slow = watched(part.call('ids.digests', {}, 1_000));
    await clock.advance(1_000);
    expect(slow()).toBe('no-answer');
    const cut = watched(part.call('ids.digests', {}, 1_000));
    host.child('writer').exit(1);
    await settled();
    expect(cut()).toBe('no-answer');
    await expect(part.call('x', {}, 1)).rejects.toMatchObject({ data: { code: 'not-running' } });
  });

  it('reports what does not parse and lives on', async () => {
    await part.start();
    host.child('writer').sayRaw({ type: 'nonsense' });
    expect(garbled).toHaveLength(1);
    expect(part.state()).toBe('running');
  });

  it('takes a fork that fails as a crash and tries again', async () => {
    let refusals = 2;
    const failing = createPart({
      name: 'writer',
      clock,
      startTimeoutMs: 20_000,
      fork: () => {
        refusals -= 1;
        if (refusals >= 0) throw new Error('EAGAIN');
        return host.fork('writer');
      },
      config: () => ({}),
      onIncident: () => undefined,
      onNews: () => undefined,
      onChange: () => undefined,
      onGarbled: () => undefined,
    });
    const starting = watched(failing.start());
    expect(failing.status()).toMatchObject({ state: 'backing-off', error: { code: 'fork-failed' } });
    await clock.advance(1_000);
    expect(starting()).toBe('done');
    expect(clock.armed).toBeLessThanOrEqual(1);
  });

  it('drains and, when draining takes too long, kills', async () => {
    host.behaviour = (child, message) => {
      if (message.type === 'start') child.say({ type: 'ready', info: null });
    };
    await part.start();
    const stopping = watched(part.stop());
    await clock.advance(4_999);
    expect(stopping()).toBe('pending');
    await clock.advance(2);
    expect(stopping()).toBe('done');
    expect(news.at(-1)).toEqual({ kind: 'drain-timeout' });
    expect(part.state()).toBe('stopped');
  });
});
