import { beforeEach, describe, expect, it } from 'vitest';
import { createIncidents } from '../../../src/main/control/incidents.ts';
import { createReplays, type Replays } from '../../../src/main/control/replays.ts';
import { DEFAULT_QUERY } from '../../../src/shared/query.ts';
import { ReplayRequest } from '../../../src/shared/replay.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { FakeHistory } from '../../support/fake-neighbours.ts';
import { watched } from '../../support/outcome.ts';

const FROM_BEGINNING = ReplayRequest.parse({ stage: 'processor', from: { kind: 'beginning' } });
const KAFKA = {
  kind: 'embedded',
  brokers: ['127.0.0.1:5002'],
  clientId: 'livedb',
  topic: 'db_live_events',
  resultsTopic: 'db_live_results',
  ssl: false,
  sasl: null,
} as const;

let clock: FakeClock;
let host: FakeHost;
let history: FakeHistory;
let events: number;
let replays: Replays;

function make(): Replays {
  const incidents = createIncidents({
    clock,
    newId: () => 'i',
    record: () => undefined,
    earlier: [],
    onChange: () => undefined,
  });
  return createReplays({
    clock,
    dataDir: '/data',
    history,
    incidents,
    fork: () => host.fork('replay'),
    query: () => DEFAULT_QUERY,
    kafka: async () => ({ ...KAFKA, brokers: [...KAFKA.brokers] }),
    postgres: () => Promise.reject(new Error('not asked for')),
    previewProcessor: async () => ({
      events,
      ranges: [{ partition: 0, from: '0', to: String(events), events }],
      note: '',
    }),
    previewProducer: async () => ({ events: 0, ids: null }),
    onChange: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
}

beforeEach(() => {
  clock = new FakeClock();
  host = new FakeHost();
  history = new FakeHistory();
  events = 100;
  replays = make();
});

const report = (done: number, finished = false) => ({
  type: 'report' as const,
  report: { at: clock.now(), done, results: [], finished },
});

describe('replays', () => {
  it('run over the ranges of their preview and end as done', async () => {
    const { id, preview } = await replays.start(FROM_BEGINNING);
    await settled();
    const child = host.child('replay');
    expect(child.config).toMatchObject({ id, total: 100, ranges: preview.ranges, postgres: null });
    child.say(report(40));
    expect(replays.list()[0]).toMatchObject({ state: 'running', done: 40, total: 100 });
    child.say(report(100, true));
    child.exit(0);
    expect(replays.list()[0]).toMatchObject({ id, state: 'done', done: 100, windows: 3, error: null });
    expect(history.replayed.get(id)?.state).toBe('done');
  });

  it('are cancelled by draining, and say how far they got', async () => {
    const { id } = await replays.start(FROM_BEGINNING);
    await settled();
    host.child('replay').say(report(40));
    await replays.cancel(id);
    expect(replays.list()[0]).toMatchObject({ state: 'cancelled', done: 40 });
    await expect(replays.cancel(id)).rejects.toMatchObject({ data: { code: 'replay.ended' } });
    await expect(replays.cancel('nope')).rejects.toMatchObject({ data: { code: 'replay.unknown' } });
  });

  it('are killed when they do not take the cancellation', async () => {
    host.behaviour = () => undefined;
    const { id } = await replays.start(FROM_BEGINNING);
    const cancelling = watched(replays.cancel(id));
    await clock.advance(5_100);
    expect(cancelling()).toBe('done');
    expect(host.alive('replay')).toBe(0);
  });

  it('fail when their process ends early, with the reason', async () => {
    await replays.start(FROM_BEGINNING);
    await settled();
    host.child('replay').exit(null, 'SIGKILL');
    expect(replays.list()[0]).toMatchObject({ state: 'failed', error: { code: 'replay.stopped-short' } });
  });

  it('are at most two at once, also when three are asked for at the same moment', async () => {
    const asked = [1, 2, 3].map(() => watched(replays.start(FROM_BEGINNING)));
    await settled();
    expect(asked.map((outcome) => outcome()).sort()).toEqual(['done', 'done', 'replay.busy']);
  });

  it('refuse a range with nothing in it', async () => {
    events = 0;
    await expect(replays.start(FROM_BEGINNING)).rejects.toMatchObject({ data: { code: 'replay.empty' } });
    expect(host.children).toHaveLength(0);
  });

  it('that were cut off by the end of the app are failed at the next start', async () => {
    const { id } = await replays.start(FROM_BEGINNING);
    await settled();
    host.child('replay').say(report(40));
    const again = make();
    expect(again.list()[0]).toMatchObject({ id, state: 'failed', error: { code: 'replay.interrupted' } });
  });
});
