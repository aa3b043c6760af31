import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../../src/main/app-api.ts';
import { createControlPlane } from '../../../src/main/control/plane.ts';
import { COMMANDS } from '../../../src/shared/commands.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';
import { type Frame, Snapshot } from '../../../src/shared/snapshot.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';
import { FakeHost, obedient } from '../../support/fake-host.ts';
import { FakeHistory, FakeNeighbours } from '../../support/fake-neighbours.ts';
import { watched } from '../../support/outcome.ts';
import { aResult } from '../../support/samples.ts';
import { tempDir } from '../../support/temp-dir.ts';

const EXTERNAL_POSTGRES = {
  kind: 'external',
  host: 'db.example',
  port: 5432,
  database: 'shop',
  user: 'me',
  password: 'hidden',
  ssl: true,
} as const;

let dir: ReturnType<typeof tempDir>;
let clock: FakeClock;
let host: FakeHost;
let neighbours: FakeNeighbours;
let history: FakeHistory;
let app: App | null;

beforeEach(() => {
  dir = tempDir('plane');
  clock = new FakeClock();
  host = new FakeHost();
  neighbours = new FakeNeighbours();
  history = new FakeHistory();
  app = null;
});
afterEach(async () => {
  await closed();
  dir[Symbol.dispose]();
});

async function open(options: { run?: boolean | null; seedFile?: string } = {}): Promise<App> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  app = await createControlPlane(
    host,
    {
      dataDir: dir.path,
      history,
      run: options.run ?? false,
      env: {},
      seedFile: options.seedFile ?? null,
      log,
    },
    neighbours,
    clock,
  );
  await settled();
  return app;
}

/** Closes the app, moving the clock as far as that takes; gives the milliseconds. */
async function closed(): Promise<number> {
  if (app === null) return 0;
  const began = clock.now();
  const closing = watched(app.close());
  while (closing() === 'pending' && clock.now() - began < 20_000) await clock.advance(25);
  expect(closing()).toBe('done');
  return clock.now() - began;
}

/** Runs a command, moving the clock while it waits. */
async function run(command: string, input: unknown = {}): Promise<string> {
  const outcome = watched((app ?? (await open())).execute(command, input));
  for (let turn = 0; turn < 400 && outcome() === 'pending'; turn += 1) {
    host.beat();
    await clock.advance(25);
  }
  // Files are real: deleting them takes real time.
  for (const until = Date.now() + 5_000; outcome() === 'pending' && Date.now() < until; ) {
    await new Promise((resume) => setTimeout(resume, 5));
  }
  return outcome();
}

const states = (from: App) => {
  const { services, stages } = from.snapshot();
  return [services.postgres, services.kafka, stages.processor, stages.producer, stages.writer].map(
    ({ state }) => state,
  );
};

describe('the control plane', () => {
  it('starts the embedded services by itself, and the pipeline when it is asked to', async () => {
    const idle = await open({ run: false });
    expect(states(idle)).toEqual(['running', 'running', 'stopped', 'stopped', 'stopped']);
    await closed();
    const running = await open({ run: true });
    expect(states(running)).toEqual(Array(5).fill('running'));
    const topics = ['db_live_events', 'db_live_results', 'db_live_late', 'db_live_dead'];
    expect(neighbours.topics.names).toEqual(new Set(topics));
  });

  it('gives a snapshot and frames that parse with the contract', async () => {
    const { snapshot, subscribe } = await open({ run: true });
    expect(Snapshot.parse(snapshot())).toMatchObject({
      services: {
        postgres: { url: 'postgresql://livedb:secret@127.0.0.1:5001/livedb', version: '18.4', pid: 4242 },
        kafka: { bootstrap: '127.0.0.1:5002', partitions: 3 },
        engine: { state: 'running', kind: 'built-in' },
      },
    });
    const frames: Frame[] = [];
    subscribe((frame) => frames.push(frame));
    await clock.advance(3_300);
    expect(frames.length).toBeGreaterThanOrEqual(4);
    expect(frames.flatMap(({ points }) => points)).toHaveLength(3);
    expect(history.points).toHaveLength(3);
  });

  it('tells each stage where its services stand', async () => {
    await open({ run: true });
    expect(host.child('writer').config).toMatchObject({ dataDir: dir.path, postgres: { port: 5001 } });
    expect(host.child('producer').config).toMatchObject({
      postgres: { port: 5001 },
      kafka: { brokers: ['127.0.0.1:5002'], topic: 'db_live_events' },
    });
    expect(host.child('processor').config).toMatchObject({ settings: { query: { name: 'live' } } });
  });

  it('starts what a stage needs', async () => {
    const plane = await open();
    await run('service.stop', { service: 'postgres' });
    await run('service.stop', { service: 'kafka' });
    expect(await run('stage.start', { stage: 'writer' })).toBe('done');
    expect(states(plane)).toEqual(['running', 'stopped', 'stopped', 'stopped', 'running']);
    expect(await run('stage.start', { stage: 'processor' })).toBe('done');
    expect(states(plane)).toEqual(['running', 'running', 'running', 'stopped', 'running']);
  });

  it('takes a second start of everything while the first is under way for the same', async () => {
    const plane = await open();
    await run('service.stop', { service: 'kafka' });
    const first = watched(plane.execute('pipeline.start', {}));
    expect(await run('pipeline.start')).toBe('done');
    expect(first()).toBe('done');
    expect(states(plane)).toEqual(Array(5).fill('running'));
  });

  it('stops the stages that need a service before it, and says so', async () => {
    const plane = await open({ run: true });
    expect(await run('service.stop', { service: 'kafka' })).toBe('done');
    expect(states(plane)).toEqual(['running', 'stopped', 'stopped', 'stopped', 'running']);
    expect(plane.snapshot().incidents[0]).toMatchObject({ code: 'stopped-with-stages', subject: 'kafka' });
  });

  it('stops the pipeline from its source on and leaves the services running', async () => {
    const order: string[] = [];
    host.behaviour = (child, message) => {
      if (message.type === 'drain') order.push(child.name);
      obedient(child, message);
    };
    const plane = await open({ run: true });
    expect(await run('pipeline.stop')).toBe('done');
    expect(order).toEqual(['writer', 'producer', 'processor']);
    expect(states(plane)).toEqual(['running', 'running', 'stopped', 'stopped', 'stopped']);
  });

  it('brings every part back after a kill, by the button or from outside', async () => {
    const plane = await open({ run: true });
    for (const stage of ['writer', 'producer', 'processor'])
      expect(await run('stage.kill', { stage })).toBe('done');
    expect(await run('service.kill', { service: 'kafka' })).toBe('done');
    host.child('postgres').exit(null, 'SIGKILL');
    await clock.advance(500);
    expect(states(plane)).toEqual(Array(5).fill('running'));
    const codes = plane.snapshot().incidents.map(({ code, subject }) => `${code} ${subject}`);
    for (const part of ['writer', 'producer', 'processor', 'kafka'])
      expect(codes).toContain(`killed ${part}`);
    expect(codes).toContain('killed-outside postgres');
    expect(plane.snapshot().incidents.filter(({ code }) => code === 'restarted')).toHaveLength(5);
  });

  it('kills PostgreSQL through its own child, and the child when that does not answer', async () => {
    host.behaviour = (child, message) => {
      if (message.type === 'call' && message.method === 'kill') return child.exit(1);
      obedient(child, message);
    };
    const plane = await open();
    expect(await run('service.kill', { service: 'postgres' })).toBe('done');
    await clock.advance(500);
    expect(plane.snapshot().incidents.some(({ code }) => code === 'killed')).toBe(true);
    expect(states(plane)[0]).toBe('running');

    host.behaviour = (child, message) => {
      if (message.type !== 'call') obedient(child, message);
    };
    const before = host.child('postgres').pid;
    expect(await run('service.kill', { service: 'postgres' })).toBe('done');
    await clock.advance(500);
    expect(host.child('postgres').pid).not.toBe(before);
  });

  it('refuses what it does not know and what is out of range, naming the field, and changes nothing', async () => {
    const plane = await open();
    const before = plane.snapshot().settings;
    await expect(plane.execute('pipeline.explode', {})).rejects.toMatchObject({
      data: { code: 'unknown-command' },
    });
    await expect(plane.execute('constructor', {})).rejects.toMatchObject({
      data: { code: 'unknown-command' },
    });
    for (const [command, input, path] of [
      ['stage.start', { stage: 'flink' }, 'stage'],
      ['writer.configure', { rowsPerBurst: 0 }, 'rowsPerBurst'],
      ['processor.configure', { query: { window: { kind: 'tumbling', sizeMs: 1 } } }, 'query.window.sizeMs'],
      ['settings.set', { producer: { batchSize: 'many' } }, 'producer.batchSize'],
      ['replay.start', { stage: 'processor', from: { kind: 'last', count: 0 } }, 'from.count'],
    ] as const) {
      await expect(plane.execute(command, input)).rejects.toMatchObject({
        data: { code: 'bad-request', details: { fields: [{ path }] } },
      });
    }
    await expect(plane.execute('pipeline.start', null)).resolves.toBeDefined();
    await expect(plane.execute('pipeline.start', [])).rejects.toMatchObject({
      data: { code: 'bad-request' },
    });
    expect(plane.snapshot().settings).toEqual(before);
  });

  it('has a handler for every command', async () => {
    const plane = await open();
    for (const command of Object.keys(COMMANDS)) {
      const failure = await plane.execute(command, { nonsense: 1 }).then(
        () => null,
        (error: unknown) => LiveDbError.dataOf(error).code,
      );
      expect([command, failure]).toEqual([command, 'bad-request']);
    }
  });

  it('sends changed settings to the running stage, and only to it', async () => {
    const plane = await open({ run: true });
    const answer = await plane.execute('writer.configure', { preset: 'seed', distribution: 'poisson' });
    expect(answer).toMatchObject({ rowsPerBurst: 2, intervalMs: 60_000, distribution: 'poisson' });
    expect(host.child('writer').told.at(-1)).toMatchObject({
      type: 'configure',
      config: { settings: { rowsPerBurst: 2, intervalMs: 60_000 }, postgres: { port: 5001 } },
    });
    expect(host.child('producer').told.map(({ type }) => type)).toEqual(['start']);
    await plane.execute('processor.configure', { query: { groupBy: ['region'] } });
    expect(host.child('processor').told.at(-1)).toMatchObject({
      config: { settings: { query: { groupBy: ['region'], window: { sizeMs: 10_000 } } } },
    });
  });

  it('refuses a bad seed before anything changes', async () => {
    neighbours.badSeeds.add('/bad.csv');
    const plane = await open({ run: true });
    for (const [command, input] of [
      ['writer.configure', { seedFile: '/bad.csv', rowsPerBurst: 9 }],
      ['settings.set', { writer: { seedFile: '/bad.csv', rowsPerBurst: 9 } }],
    ] as const) {
      await expect(plane.execute(command, input)).rejects.toMatchObject({ data: { code: 'seed.invalid' } });
    }
    expect(plane.snapshot().settings.writer).toMatchObject({ seedFile: null, rowsPerBurst: 5 });
    expect(host.child('writer').told.map(({ type }) => type)).toEqual(['start']);
    await closed();
    app = null;
    await expect(open({ seedFile: '/bad.csv' })).rejects.toMatchObject({ data: { code: 'seed.invalid' } });
    expect(host.alive('postgres')).toBe(0);
  });

  it('takes the poll interval of the environment as the value to start with', async () => {
    neighbours.pollIntervalMs = 5_000;
    const plane = await open();
    expect(plane.snapshot().settings.producer.pollIntervalMs).toBe(5_000);
  });

  it('leaves an external database alone until it is told, and refuses to stop or kill it', async () => {
    neighbours.external.postgres = EXTERNAL_POSTGRES;
    const plane = await open({ run: null });
    expect(states(plane)).toEqual(['running', 'running', 'stopped', 'stopped', 'stopped']);
    expect(host.alive('postgres')).toBe(0);
    expect(plane.snapshot().services.postgres).toMatchObject({
      kind: 'external',
      url: 'postgresql://me:••••@db.example:5432/shop?sslmode=verify-full',
    });
    for (const verb of ['start', 'stop', 'kill']) {
      expect(await run(`service.${verb}`, { service: 'postgres' })).toBe('external-service');
    }
    expect(await run('reset.preview')).toBe('reset.external');
  });

  it('tells when an external database is away and when it is back', async () => {
    neighbours.external.postgres = EXTERNAL_POSTGRES;
    neighbours.databaseDown = new LiveDbError({ code: 'postgres.refused', message: 'Nobody listens.' });
    const plane = await open();
    expect(plane.snapshot().services.postgres).toMatchObject({
      state: 'backing-off',
      error: { code: 'postgres.refused' },
    });
    expect(await run('stage.start', { stage: 'writer' })).toBe('postgres.refused');
    neighbours.databaseDown = null;
    await clock.advance(2_500);
    expect(plane.snapshot().services.postgres.state).toBe('running');
    expect(
      plane.snapshot().incidents.find(({ code }) => code === 'postgres.refused')?.endedAt,
    ).not.toBeNull();
    expect(await run('stage.start', { stage: 'writer' })).toBe('done');
  });

  it('shows the SQL that a foreign database needs and runs it only on demand', async () => {
    neighbours.external.postgres = EXTERNAL_POSTGRES;
    neighbours.blocked = 'There is no table livedb.';
    const plane = await open();
    expect(plane.snapshot().schemaProposal).toBe('CREATE TABLE livedb ()');
    expect(await run('stage.start', { stage: 'writer' })).toBe('database.not-prepared');
    expect(await run('pipeline.start')).toBe('database.not-prepared');
    expect(states(plane).slice(2)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(await run('database.prepare', { confirm: true })).toBe('done');
    expect(plane.snapshot().schemaProposal).toBeNull();
    expect(await run('stage.start', { stage: 'writer' })).toBe('done');
  });

  it('deletes a topic only after its name, and none that is in use', async () => {
    await open({ run: true });
    neighbours.topics.names.add('other');
    expect(await run('topics.delete', { name: 'other', confirm: 'othr' })).toBe('topics.not-confirmed');
    expect(await run('topics.delete', { name: 'db_live_events', confirm: 'db_live_events' })).toBe(
      'topics.in-use',
    );
    expect(await run('topics.delete', { name: 'nobody', confirm: 'nobody' })).toBe('topics.unknown');
    expect(await run('topics.delete', { name: 'other', confirm: 'other' })).toBe('done');
    expect(neighbours.topics.names.has('other')).toBe(false);
  });

  it('resets after the right word: pipeline stopped, tables emptied, topics and history gone', async () => {
    const plane = await open({ run: true });
    expect(await run('reset.apply', { confirm: 'yes' })).toBe('reset.not-confirmed');
    expect(states(plane)).toEqual(Array(5).fill('running'));
    expect(await run('reset.apply', { confirm: 'delete data' })).toBe('done');
    expect(states(plane)).toEqual(['running', 'running', 'stopped', 'stopped', 'stopped']);
    expect(neighbours.statements.some((sql) => sql.includes('TRUNCATE'))).toBe(true);
    expect(neighbours.topics.calls).toEqual(
      expect.arrayContaining(['delete db_live_events', 'delete db_live_results']),
    );
    expect(history.cleared).toBe(1);
    await plane.execute('pipeline.start', {});
    expect(neighbours.topics.names.has('db_live_events')).toBe(true);
  });

  it('puts results into the history and into the next frame', async () => {
    const plane = await open({ run: true });
    const frames: Frame[] = [];
    plane.subscribe((frame) => frames.push(frame));
    host.child('processor').say({ type: 'report', report: processorReport(clock.now()) });
    await clock.advance(200);
    expect(history.results).toHaveLength(1);
    expect(frames.flatMap(({ results }) => results)).toHaveLength(1);
    expect(plane.snapshot().stages.processor).toMatchObject({ events: 40, lag: { events: 0 } });
    expect(plane.snapshot().latency.p50).toBeGreaterThan(10);
  });

  it('takes no commands once it closes', async () => {
    const plane = await open({ run: true });
    const closing = watched(plane.close());
    await expect(plane.execute('pipeline.start', {})).rejects.toMatchObject({ data: { code: 'closing' } });
    await clock.advance(1_000);
    expect(closing()).toBe('done');
  });

  it('drains everything when it closes', async () => {
    const plane = await open({ run: true });
    expect(await closed()).toBeLessThan(1_000);
    expect(host.children.every(({ alive }) => !alive)).toBe(true);
    expect(states(plane)).toEqual(Array(5).fill('stopped'));
  });

  it('closes in bounded time when nobody drains', async () => {
    host.behaviour = (child, message) => {
      if (message.type !== 'drain') obedient(child, message);
    };
    await open({ run: true });
    expect(await closed()).toBeLessThanOrEqual(8_600);
    expect(host.children.every(({ alive }) => !alive)).toBe(true);
  });
});

function processorReport(at: number) {
  return {
    at,
    events: 40,
    distinct: 40,
    duplicates: 0,
    replayed: 0,
    results: 1,
    late: 0,
    dropped: 0,
    unreadable: 0,
    lag: { events: 0, seconds: 0 },
    watermark: at,
    offsets: { 0: '40' },
    checkpoint: null,
    openWindows: 1,
    latency: [[12, 40]],
    published: [aResult()],
    lines: [],
    marks: [],
    life: 0,
    amounts: null,
  };
}
