import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIncidents } from '../../../src/main/control/incidents.ts';
import { createReplays, type Replays } from '../../../src/main/control/replays.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';
import { DEFAULT_QUERY } from '../../../src/shared/query.ts';
import { ReplayRequest, type ReplayRequestInput } from '../../../src/shared/replay.ts';
import { type ReplayReport, SCOUT_CALLS } from '../../../src/shared/replay-link.ts';
import type { LineReport, RewindProgress } from '../../../src/shared/states.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type FakeChild, FakeHost, obedient } from '../../support/fake-host.ts';
import { FakeHistory } from '../../support/fake-neighbours.ts';
import { watched } from '../../support/outcome.ts';
import { tempDir } from '../../support/temp-dir.ts';

const asked = (request: ReplayRequestInput) => ReplayRequest.parse(request);
const BRANCH = asked({ stage: 'processor', from: { kind: 'beginning' } });
const REWIND = asked({ stage: 'processor', target: 'rewind', from: { kind: 'shift', by: -10 } });
const ROWS = asked({ stage: 'producer', from: { kind: 'beginning' } });
const KAFKA = {
  kind: 'embedded',
  brokers: ['127.0.0.1:5002'],
  clientId: 'livedb',
  topic: 'db_live_events',
  resultsTopic: 'db_live_results',
  ssl: false,
  sasl: null,
} as const;
/** How a rewind is asked for that is neither slowed nor paused. */
const FULL = { speed: { kind: 'max' }, paused: false };
const POSTGRES = {
  kind: 'embedded',
  host: '127.0.0.1',
  port: 5001,
  database: 'livedb',
  user: 'livedb',
  password: 'secret',
  ssl: false,
} as const;

let clock: FakeClock;
let host: FakeHost;
let history: FakeHistory;
let dir: ReturnType<typeof tempDir>;
let events: number;
let line: Pick<LineReport, 'query' | 'offsets' | 'rewind'>;
let processorUp: boolean;
let processorCalls: [string, unknown][];
let processorAnswer: (method: string) => unknown;
let replays: Replays;

function make(): Replays {
  const incidents = createIncidents({
    clock,
    newId: () => 'i',
    record: () => undefined,
    earlier: [],
    onChange: () => undefined,
  });
  const report = () => line as LineReport;
  return createReplays({
    clock,
    dataDir: dir.path,
    history,
    incidents,
    fork: () => host.fork('replay'),
    kafka: async () => ({ ...KAFKA, brokers: [...KAFKA.brokers] }),
    postgres: async () => POSTGRES,
    topics: async () => ({
      replayRanges: async () => ({
        ranges: [{ partition: 0, from: '20', to: String(20 + events), events }],
        partitions: [{ partition: 0, low: 0, high: 20 + events }],
        gone: [],
      }),
      groupLag: async () => [],
    }),
    line: (name) =>
      name === null || name === 'live' ? { spec: DEFAULT_QUERY, primary: true, report: report() } : null,
    lines: () => [report()],
    processor: {
      running: () => processorUp,
      async ask(method, args) {
        processorCalls.push([method, args]);
        return processorAnswer(method);
      },
    },
    onChange: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
}

/** Answers as the scout does; everything else as obedient children do. */
function scouting(child: FakeChild, message: Parameters<typeof obedient>[1]): void {
  if (message.type !== 'call' || !message.method.startsWith('scout.')) {
    obedient(child, message);
    return;
  }
  const span = { from: 1_000, to: 61_000 };
  const result =
    message.method === SCOUT_CALLS.rows
      ? {
          rows: events,
          ids: events === 0 ? null : { from: '1', to: String(events) },
          bytes: 100 * events,
          timeRange: span,
          span,
          snapshot: '5:5:',
          partitions: [{ partition: 0, rows: events }],
          exact: true,
        }
      : {
          perPartition: [
            { partition: 0, events, from: '20', to: String(20 + events), firstAt: 1_000, lastAt: 61_000 },
          ],
          events,
          windows: 7,
          bytes: 170 * events,
          timeRange: span,
          span,
          around: 0,
          read: { events, openedMs: 20, tookMs: 120 },
          exact: true,
        };
  child.say({ type: 'reply', id: message.id, ok: true, result });
}

const runners = () =>
  host.children.filter(
    (child) => child.alive && child.config !== undefined && !('scout' in Object(child.config)),
  );
const runner = (): FakeChild => {
  const found = runners().at(-1);
  if (found === undefined) throw new Error('no replay runs');
  return found;
};
const calls = (child: FakeChild) =>
  child.told.flatMap((message) => (message.type === 'call' ? [message.method] : []));
const report = (change: Partial<ReplayReport>) => ({
  type: 'report' as const,
  report: { at: clock.now(), done: 0, results: [], finished: false, ...change },
});

/** What a rewind to offset 20 touches and reads. */
const BOUNDS = { upTo: { 0: '120' }, from: { 0: '8', 1: '3' }, total: 30, query: DEFAULT_QUERY };
const TOUCHED = {
  ...BOUNDS,
  events: 100,
  windows: 2,
  results: 4,
  bytes: 5_100,
  tookMs: 1_500,
  everything: null as 'future' | 'session' | null,
  firstTime: 1,
  lastTime: 2,
};

async function started(request = BRANCH): Promise<string> {
  const before = host.children.length;
  const { id } = await replays.start(request);
  await eventually('its process', () => host.children.length > before && runners().length > 0);
  return id;
}

beforeEach(() => {
  clock = new FakeClock();
  host = new FakeHost();
  host.behaviour = scouting;
  history = new FakeHistory();
  dir = tempDir('replays');
  events = 100;
  line = { query: 'live', offsets: { 0: '120' }, rewind: null };
  processorUp = true;
  processorCalls = [];
  processorAnswer = (method) =>
    method === 'line.preview' ? TOUCHED : { savepoint: 'savepoint-x', cancelled: true, before: 'b' };
  replays = make();
});

afterEach(() => dir[Symbol.dispose]());

describe('a preview', () => {
  it('says what a branch would read, from where to where, and how long it takes', async () => {
    const preview = await replays.preview({ ...BRANCH, speed: { kind: 'times', factor: 2 } });
    expect(preview).toMatchObject({ events: 100, windows: 7, bytes: 17_000, exact: true, conflicts: [] });
    expect(preview.perPartition).toEqual([
      {
        partition: 0,
        events: 100,
        from: '20',
        to: '120',
        old: '120',
        new: '20',
        firstAt: 1_000,
        lastAt: 61_000,
      },
    ]);
    // 60 s twice as fast, and what beside it begins and compares.
    expect(preview.seconds).toBe(30 + 2.25);
  });

  it('names what stands in the way: nothing there, a stopped processor, a name that is taken', async () => {
    events = 0;
    processorUp = false;
    const codes = async (request: ReplayRequestInput) =>
      (await replays.preview(asked(request))).conflicts.map(({ code }) => code);
    expect(await codes(BRANCH)).toEqual(['empty']);
    expect(await codes({ ...REWIND, to: { kind: 'now' } })).toEqual([
      'empty',
      'processor-stopped',
      'rewind-to',
    ]);
    events = 10;
    await started({ ...BRANCH, name: 'mine' });
    expect(await codes({ ...BRANCH, name: 'mine' })).toEqual(['name-taken']);
  });

  it.each([
    [{ from: { kind: 'time', at: 2_000 }, to: { kind: 'time', at: 2_000 } }, 'to.at'],
    [{ from: { kind: 'offsets', offsets: {} } }, 'from.offsets'],
    [
      { from: { kind: 'offsets', offsets: { 0: '9' } }, to: { kind: 'offsets', offsets: { 0: '8' } } },
      'to.offsets.0',
    ],
    [
      { from: { kind: 'offsets', offsets: { 0: '9' } }, to: { kind: 'offsets', offsets: { 1: '8' } } },
      'to.offsets.1',
    ],
    [{ stage: 'producer', from: { kind: 'id', id: '10' }, to: { kind: 'id', id: '9' } }, 'to.id'],
  ])('refuses a range that ends before it begins, or where it does not read: %j', async (range, field) => {
    const request = ReplayRequest.parse({ stage: 'processor', ...range });
    const refused = { data: { code: 'bad-request', details: { fields: [{ path: field }] } } };
    await expect(replays.preview(request)).rejects.toMatchObject(refused);
  });

  it('fixes the range: what has come since is not read when the start names it', async () => {
    const { id } = await replays.preview(BRANCH);
    events = 500;
    await started({ ...BRANCH, preview: id, name: 'as looked at' });
    expect(runner().config).toMatchObject({ total: 100, ranges: [{ from: '20', to: '120', events: 100 }] });
    const other = { ...BRANCH, from: { kind: 'last' as const, count: 3 }, preview: id };
    await expect(replays.start(other)).rejects.toMatchObject({ data: { code: 'replay.preview-gone' } });
    const gone = { ...BRANCH, preview: 'nope' };
    await expect(replays.start(gone)).rejects.toMatchObject({ data: { code: 'replay.preview-gone' } });
  });
});

describe('a branch', () => {
  it('runs over the range of its preview, is compared, and ends as done', async () => {
    const id = await started();
    const child = runner();
    expect(child.config).toMatchObject({
      id,
      total: 100,
      ranges: [{ from: '20', to: '120' }],
      postgres: null,
    });
    child.say(report({ done: 40 }));
    expect(replays.list()[0]).toMatchObject({ state: 'running', done: 40, total: 100, line: 'live' });
    child.say(report({ done: 100, read: true, times: { from: 1_000, to: 61_000 } }));
    await clock.advance(2_000);
    await eventually('the question for cuts', () => calls(child).includes('replay.cuts'));
    expect(history.comparisonCalls).toEqual([`clear ${id}`, `settle ${id} live`]);
    // Which windows the range cuts is not known yet.
    expect(replays.list()[0]).toMatchObject({ settled: false });
    child.say(report({ done: 100, late: 2, read: true, finished: true }));
    child.exit(0);
    expect(replays.list()[0]).toMatchObject({
      id,
      state: 'done',
      done: 100,
      late: 2,
      windows: 3,
      settled: true,
      error: null,
    });
    expect(replays.list()[0]?.outcome).toMatch(/all equal.*2 events came too late for its query\./);
    expect(history.replayed.get(id)?.state).toBe('done');
  });

  it('waits with the comparison until the live line has read as far', async () => {
    await started();
    line = { ...line, offsets: { 0: '119' } };
    const child = runner();
    child.say(report({ done: 100, read: true }));
    await clock.advance(5_000);
    expect(calls(child)).toEqual([]);
    line = { ...line, offsets: { 0: '130' } };
    await clock.advance(2_000);
    await eventually('the question for cuts', () => calls(child).includes('replay.cuts'));
  });

  it('with windows of its own is compared with none, waits for nobody, and says why', async () => {
    const query = { ...DEFAULT_QUERY, window: { kind: 'tumbling' as const, sizeMs: 5_000 } };
    const request = asked({ stage: 'processor', from: { kind: 'beginning' }, query });
    const { note } = await replays.preview(request);
    expect(note).toContain('tumbling windows of 5 s, "live" tumbling windows of 10 s');
    const { id } = await replays.start(request);
    await eventually('a process', () => runners().length === 1);
    line = { ...line, offsets: { 0: '0' } };
    const child = runner();
    child.say(report({ done: 100, read: true, times: { from: 1_000, to: 61_000 } }));
    await eventually('the question for cuts', () => calls(child).includes('replay.cuts'));
    expect(history.comparisonCalls).toEqual([`clear ${id}`]);
    expect(replays.list()[0]?.comparison).toContain('none is compared');
  });

  it('is cancelled by draining, and says how far it got', async () => {
    const id = await started();
    runner().say(report({ done: 40 }));
    await replays.cancel(id);
    expect(replays.list()[0]).toMatchObject({ state: 'cancelled', done: 40 });
    expect(replays.list()[0]?.outcome).toContain('40 of 100');
    await expect(replays.cancel(id)).rejects.toMatchObject({ data: { code: 'replay.ended' } });
    await expect(replays.cancel('nope')).rejects.toMatchObject({ data: { code: 'replay.unknown' } });
  });

  it('is killed when it does not take the cancellation', async () => {
    const id = await started();
    host.behaviour = () => undefined;
    const cancelling = watched(replays.cancel(id));
    await clock.advance(5_100);
    expect(cancelling()).toBe('done');
    expect(runners()).toHaveLength(0);
  });

  it('is paused and goes on', async () => {
    const id = await started();
    await replays.pause(id);
    expect(replays.list()[0]).toMatchObject({ state: 'paused' });
    await replays.resume(id);
    expect(replays.list()[0]).toMatchObject({ state: 'running' });
    expect(calls(runner())).toEqual(['replay.pause', 'replay.resume']);
  });

  it('begins anew when its process is killed, and fails when that never ends', async () => {
    const id = await started();
    for (let deaths = 1; deaths <= 5; deaths++) {
      runner().exit(null, 'SIGKILL');
      expect(replays.list()[0]?.state).toBe('running');
      await clock.advance(300 * deaths + 1);
      await eventually('the next process', () => runners().length === 1);
    }
    expect(history.comparisonCalls.filter((call) => call === `clear ${id}`)).toHaveLength(6);
    runner().exit(null, 'SIGKILL');
    expect(replays.list()[0]).toMatchObject({ state: 'failed', error: { code: 'replay.stopped-short' } });
  });

  it('fails at once when its process says that another try would not help', async () => {
    await started();
    runner().say({ type: 'fatal', error: { code: 'replay.range-gone', message: 'gone' }, retry: false });
    runner().exit(1);
    expect(replays.list()[0]).toMatchObject({ state: 'failed', error: { code: 'replay.range-gone' } });
  });

  it('is one of three at most, also when four are asked for at the same moment', async () => {
    const outcomes = [1, 2, 3, 4].map(() => watched(replays.start(BRANCH)));
    await eventually('four answers', () => outcomes.every((outcome) => outcome() !== 'pending'));
    expect(outcomes.map((outcome) => outcome()).sort()).toEqual(['done', 'done', 'done', 'replay.busy']);
  });

  it('refuses a range with nothing in it', async () => {
    events = 0;
    await expect(replays.start(BRANCH)).rejects.toMatchObject({ data: { code: 'replay.empty' } });
    expect(runners()).toHaveLength(0);
  });

  it('goes on after a restart of the app; a paused one stays paused until it is resumed', async () => {
    const id = await started();
    const paused = await started();
    await replays.pause(paused);
    await replays.close();
    const again = make();
    expect(new Set(again.list().map(({ state }) => state))).toEqual(new Set(['paused', 'running']));
    again.recover();
    await eventually('its process', () => runners().length === 1);
    expect(runner().config).toMatchObject({ id, total: 100, ranges: [{ from: '20', to: '120' }] });
    await again.resume(paused);
    await eventually('the other one', () => runners().length === 2);
    await again.close();
  });

  it('is named, and forgotten with its results', async () => {
    const id = await started();
    expect(replays.rename(id, 'yesterday')).toMatchObject({ name: 'yesterday' });
    await expect(replays.drop(id)).rejects.toMatchObject({ data: { code: 'replay.running' } });
    await replays.cancel(id);
    await replays.drop(id);
    expect(replays.list()).toEqual([]);
    expect(history.comparisonCalls).toContain(`drop ${id}`);
  });
});

describe('a re-publish', () => {
  it('takes the rows of its preview, and says which of them stand in the topic when it is cancelled', async () => {
    const id = await started(ROWS);
    expect(runner().config).toMatchObject({
      ids: { from: '1', to: '100' },
      snapshot: '5:5:',
      postgres: POSTGRES,
    });
    runner().say(report({ done: 60, lastId: '60' }));
    await replays.cancel(id);
    expect(replays.list()[0]?.outcome).toContain('60 of 100 rows stand in the topic, up to id 60');
    expect(history.comparisonCalls).toEqual([]);
  });
});

describe('a rewind', () => {
  const told = (change: Partial<RewindProgress>) => {
    const id = replays.list()[0]?.id ?? '';
    const progress = {
      id,
      state: 'running' as const,
      done: 0,
      total: 30,
      live: 0,
      windows: 2,
      results: 4,
      late: 0,
      paused: false,
      at: null,
      error: null,
    };
    line = { ...line, rewind: { ...progress, ...change } };
    return clock.advance(250);
  };

  it('asks the line, follows what it tells, and can be taken back', async () => {
    const { id, preview } = await replays.start(REWIND);
    expect(preview).toMatchObject({ events: 100, windows: 4, reads: 30, bytes: 5_100 });
    expect(preview.seconds).toBeGreaterThan(1.5);
    expect(preview.note).not.toContain('All of the topic');
    // From where the reading really begins, also in a partition that was not asked for.
    expect(preview.perPartition).toMatchObject([
      { partition: 0, from: '20', to: '120', old: '120', new: '8' },
      { partition: 1, events: 0, from: null, to: null, new: '3' },
    ]);
    expect(processorCalls).toEqual([
      ['line.preview', { query: 'live', offsets: { 0: '20' }, upTo: { 0: '120' } }],
      ['line.rewind', { query: 'live', id, offsets: { 0: '20' }, bounds: BOUNDS, ...FULL }],
    ]);
    expect(replays.list()[0]).toMatchObject({ done: 0, total: 30 });
    await told({ done: 12, live: 7 });
    expect(replays.list()[0]).toMatchObject({
      state: 'running',
      done: 12,
      total: 30,
      live: 7,
      undoable: false,
    });
    await expect(replays.start(REWIND)).rejects.toMatchObject({ data: { code: 'replay.rewinding' } });
    await told({ done: 30, state: 'done' });
    expect(replays.list()[0]).toMatchObject({ state: 'done', windows: 4, undoable: true });
    await replays.undo(id);
    expect(processorCalls.at(-1)).toEqual(['line.undo', { query: 'live', id }]);
    expect(replays.list()[0]).toMatchObject({ state: 'undone', undoable: false });
    await expect(replays.undo(id)).rejects.toMatchObject({ data: { code: 'replay.not-undoable' } });
  });

  it.each([
    ['session', /a session may reach back/],
    ['future', /events dated in the future/],
  ] as const)('says in its preview why all of the topic is read: %s', async (everything, said) => {
    processorAnswer = () => ({ ...TOUCHED, everything });
    expect((await replays.preview(REWIND)).note).toMatch(said);
  });

  it('is put back when it is cancelled too late', async () => {
    processorAnswer = () => ({ cancelled: false, known: true, before: 'b' });
    processorUp = false;
    await expect(replays.start(REWIND)).rejects.toMatchObject({ data: { code: 'replay.processor-stopped' } });
    processorUp = true;
    processorAnswer = (method) =>
      method === 'line.preview' ? TOUCHED : { cancelled: false, known: true, savepoint: 's', before: 'b' };
    const { id } = await replays.start(REWIND);
    await replays.cancel(id);
    expect(processorCalls.slice(-2).map(([method]) => method)).toEqual(['line.cancel', 'line.undo']);
    expect(replays.list()[0]).toMatchObject({ state: 'cancelled' });
  });

  it('is cancelled right after a restart of the app, when nobody knows of it yet, and nothing is put back', async () => {
    const { id } = await replays.start(REWIND);
    await replays.close();
    const again = make();
    processorUp = false;
    processorAnswer = () => {
      throw new LiveDbError({ code: 'not-running', message: 'The processor does not run.' });
    };
    await expect(again.cancel(id)).rejects.toMatchObject({ data: { code: 'not-running' } });
    expect(again.list()[0]).toMatchObject({ state: 'running' });
    processorUp = true;
    processorAnswer = () => ({ cancelled: false, known: false });
    await again.cancel(id);
    expect(processorCalls.at(-1)?.[0]).toBe('line.cancel');
    expect(again.list()[0]).toMatchObject({ state: 'cancelled' });
    again.recover();
    await again.close();
  });

  it('is asked for again when the processor was killed before it knew of it', async () => {
    const { id } = await replays.start(REWIND);
    processorUp = false;
    await clock.advance(5_000);
    expect(replays.list()[0]?.waiting).toMatch(/does not run/);
    processorUp = true;
    await clock.advance(3_500);
    expect(processorCalls.filter(([method]) => method === 'line.rewind')).toHaveLength(2);
    await told({ state: 'failed', error: { code: 'x', message: 'no' } });
    expect(replays.list()[0]).toMatchObject({ id, state: 'failed', error: { code: 'x' } });
  });

  it('is paused and goes on, by its speed, also when the processor began anew meanwhile', async () => {
    const span = { from: 1_000, to: 61_000 };
    processorAnswer = () => ({ ...TOUCHED, span });
    const request = { ...REWIND, speed: { kind: 'times' as const, factor: 10 } };
    const preview = await replays.preview(request);
    expect(preview.conflicts).toEqual([]);
    expect(preview.note).toContain('all at once');
    expect(preview.seconds).toBeCloseTo(6.4);
    const { id } = await replays.start(request);
    await told({ done: 10, at: 31_000 });
    expect(replays.list()[0]).toMatchObject({ state: 'running', secondsLeft: 3 });
    await replays.pause(id);
    expect(processorCalls.at(-1)).toEqual(['line.pause', { query: 'live', id, paused: true }]);
    await told({ done: 10, paused: true });
    expect(replays.list()[0]).toMatchObject({ state: 'paused', rate: 0, secondsLeft: null });
    // Killed, it is asked for again as it stands.
    line = { ...line, rewind: null };
    await clock.advance(3_500);
    const asked = { query: 'live', id, offsets: { 0: '20' }, bounds: BOUNDS };
    expect(processorCalls.at(-1)).toEqual(['line.rewind', { ...asked, speed: request.speed, paused: true }]);
    // It goes on while the processor is away, which then is told.
    processorUp = false;
    await replays.resume(id);
    processorUp = true;
    await told({ done: 10, paused: true });
    expect(processorCalls.at(-1)).toEqual(['line.pause', { query: 'live', id, paused: false }]);
    await told({ done: 30, state: 'done' });
    expect(replays.list()[0]).toMatchObject({ state: 'done' });
  });

  it('is refused when the line refuses it, and leaves nothing behind', async () => {
    processorAnswer = (method) => {
      if (method === 'line.rewind') throw new LiveDbError({ code: 'line.busy', message: 'busy' });
      return TOUCHED;
    };
    await expect(replays.start(REWIND)).rejects.toMatchObject({ data: { code: 'line.busy' } });
    expect(replays.list()).toEqual([]);
    await expect(replays.pause('x')).rejects.toMatchObject({ data: { code: 'replay.unknown' } });
  });
});
