// The page must not be able to tell which transport it has: the same suite over both, with the page's own clients.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHttpServer } from '../../../src/main/transport/http-server.ts';
import { serveIpc } from '../../../src/main/transport/ipc.ts';
import { createHttpApi } from '../../../src/renderer/store/http-api.ts';
import { createPreloadApi } from '../../../src/renderer/store/preload-api.ts';
import type { ControlRoomApi } from '../../../src/shared/bridge.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';
import { DEFAULT_SETTINGS } from '../../../src/shared/settings.ts';
import type { Frame } from '../../../src/shared/snapshot.ts';
import { ElectronDouble, WindowDouble } from '../../support/electron-double.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeApp } from '../../support/fake-app.ts';
import { frameOf } from '../../support/quiet-snapshot.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { result, T0 } from '../history/fixtures.ts';

interface Line {
  api: ControlRoomApi;
  close(): Promise<void>;
}

async function overHttp(app: FakeApp): Promise<Line> {
  const page = tempDir('page');
  const server = await openHttpServer({ port: 0, pageDir: page.path });
  server.attach(app);
  const api = createHttpApi({
    base: server.url,
    token: server.token,
    fetch: (url, init) => fetch(url, init),
    openSocket: (url, protocols) => new WebSocket(url, protocols) as never,
    setTimer: (run, ms) => setTimeout(run, ms),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  });
  return {
    api,
    async close() {
      await server.close();
      page[Symbol.dispose]();
    },
  };
}

async function overIpc(app: FakeApp): Promise<Line> {
  const electron = new ElectronDouble();
  const window = new WindowDouble({} as never);
  serveIpc({
    ipcMain: electron.ipcMain,
    app: () => app,
    window: () => window,
    pageOrigin: 'app://livedb',
    pickSeedFile: async () => null,
    pickBundle: async () => null,
  });
  await window.loadURL('app://livedb/');
  window.show();
  return { api: createPreloadApi(electron.bridge(window)), close: async () => undefined };
}

async function refusalOf(attempt: Promise<unknown>): Promise<LiveDbError['data']> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof LiveDbError) return error.data;
    throw error;
  }
  throw new Error('it was not refused');
}

describe.each([
  ['HTTP and WebSocket', overHttp],
  ['IPC', overIpc],
])('transport: %s', (_name, open) => {
  let app: FakeApp;
  let line: Line;
  beforeEach(async () => {
    app = new FakeApp();
    line = await open(app);
  });
  afterEach(() => line.close());

  it('carries a command with its fields and the answer back', async () => {
    app.answers.set('writer.configure', () => ({ ...DEFAULT_SETTINGS.writer, rowsPerBurst: 7 }));
    const answer = await line.api.execute('writer.configure', { rowsPerBurst: 7 });
    expect(app.executed).toEqual([{ command: 'writer.configure', input: { rowsPerBurst: 7 } }]);
    expect(answer).toEqual({ ...DEFAULT_SETTINGS.writer, rowsPerBurst: 7 });
  });

  it('carries a refusal whole: code, sentence, remedy and details', async () => {
    const data = {
      code: 'conflict',
      message: 'No.',
      remedy: 'Wait.',
      details: { ids: ['9007199254740993'] },
    };
    app.answers.set('stage.kill', () => {
      throw new LiveDbError(data);
    });
    expect(await refusalOf(line.api.execute('stage.kill', { stage: 'writer' }))).toEqual(data);
  });

  it('names the path of a field out of range; nothing is run', async () => {
    const data = await refusalOf(
      line.api.execute('processor.configure', { query: { window: { kind: 'tumbling', sizeMs: 1 } } }),
    );
    expect(data.code).toBe('bad-request');
    expect(data.details).toMatchObject({ fields: [{ path: 'query.window.sizeMs' }] });
    expect(app.executed).toEqual([]);
  });

  it('refuses an unknown command', async () => {
    expect(await refusalOf(line.api.execute('world.end' as never, {} as never))).toMatchObject({
      code: 'unknown-command',
    });
  });

  it('tells of a failure nobody foresaw', async () => {
    app.answers.set('pipeline.stop', () => {
      throw new Error('the disk burns');
    });
    expect(await refusalOf(line.api.execute('pipeline.stop', {}))).toMatchObject({
      code: 'unexpected',
      message: 'the disk burns',
    });
  });

  it('streams the first frame at once and then each, whole, until the page lets go', async () => {
    const frames: Frame[] = [];
    const states: string[] = [];
    const end = line.api.subscribe(
      (frame) => frames.push(frame),
      (state) => states.push(state),
    );
    await eventually('the first frame', () => frames.length === 1);
    expect(frames[0]).toEqual(frameOf(0));
    expect(states.slice(0, 2)).toEqual(['connecting', 'connected']);
    const full = frameOf(1, {
      results: [result(T0, 'alpha')],
      points: [{ at: T0, stepMs: 1000, values: { writerRate: 50, latencyP50: null } }],
    });
    app.send(full);
    await eventually('the second frame', () => frames.length === 2);
    expect(frames[1]).toEqual(full);
    end();
    await eventually('the end of the subscription', () => app.listeners.size === 0);
  });

  it('loses no result when frames come faster than the page takes them', async () => {
    const frames: Frame[] = [];
    const end = line.api.subscribe(
      (frame) => frames.push(frame),
      () => undefined,
    );
    await eventually('the first frame', () => frames.length === 1);
    for (let seq = 1; seq <= 500; seq += 1)
      app.send(frameOf(seq, { results: [result(T0 + seq * 10_000, 'a')] }));
    await eventually('the newest frame', () => frames.at(-1)?.seq === 500);
    const starts = frames.flatMap((frame) => frame.results.map((r) => r.window.start));
    expect(starts).toHaveLength(500);
    expect(new Set(starts).size).toBe(500);
    end();
  });
});
