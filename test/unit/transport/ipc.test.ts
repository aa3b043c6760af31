import { beforeEach, describe, expect, it } from 'vitest';
import type { IpcEvent } from '../../../src/main/hosts/electron-api.ts';
import { type IpcTransport, serveIpc } from '../../../src/main/transport/ipc.ts';
import { IPC } from '../../../src/shared/bridge.ts';
import type { Frame } from '../../../src/shared/snapshot.ts';
import { ElectronDouble, WindowDouble } from '../../support/electron-double.ts';
import { FakeApp } from '../../support/fake-app.ts';
import { frameOf } from '../../support/quiet-snapshot.ts';

let electron: ElectronDouble;
let window: WindowDouble;
let app: FakeApp;
let ipc: IpcTransport;
let clock: number;
const frames = () =>
  window.webContents.sent.filter((sent) => sent.channel === IPC.frame).map((sent) => sent.args[0] as Frame);

beforeEach(async () => {
  electron = new ElectronDouble();
  window = new WindowDouble({} as never);
  app = new FakeApp();
  clock = 0;
  ipc = serveIpc({
    ipcMain: electron.ipcMain,
    app: () => app,
    window: () => window,
    pageOrigin: 'app://livedb',
    pickSeedFile: async () => '/home/ada/seed.csv',
    pickBundle: async () => '/home/ada/run.livedb',
    now: () => clock,
  });
  await window.loadURL('app://livedb/index.html');
  window.show();
});

describe('who is listened to', () => {
  const strangers: [string, (own: IpcEvent) => IpcEvent][] = [
    ['another window', (own) => ({ ...own, sender: { id: own.sender.id + 1 } })],
    ['a frame inside the page', (own) => ({ ...own, senderFrame: { url: 'app://livedb/', parent: {} } })],
    ['a foreign page', (own) => ({ ...own, senderFrame: { url: 'https://evil.example/', parent: null } })],
    [
      'a page whose address only begins alike',
      (own) => ({ ...own, senderFrame: { url: 'app://livedb.evil/', parent: null } }),
    ],
    ['a frame that is gone', (own) => ({ ...own, senderFrame: null })],
  ];

  it.each(strangers)('not %s', async (_name, change) => {
    const event = change(electron.event(window));
    expect(await electron.invoke(event, IPC.execute, 'pipeline.stop', {})).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    });
    expect(await electron.invoke(event, IPC.pickSeedFile)).toBeNull();
    expect(await electron.invoke(event, IPC.pickBundle)).toBeNull();
    electron.post(event, IPC.subscribe);
    expect(app.executed).toEqual([]);
    expect(app.listeners.size).toBe(0);
  });

  it('the page itself', async () => {
    const event = electron.event(window);
    expect(await electron.invoke(event, IPC.execute, 'pipeline.stop', undefined)).toEqual({
      ok: true,
      result: { ok: true },
    });
    expect(await electron.invoke(event, IPC.pickSeedFile)).toBe('/home/ada/seed.csv');
    expect(await electron.invoke(event, IPC.pickBundle)).toBe('/home/ada/run.livedb');
  });
});

describe('frames', () => {
  it('wait for a page that does not answer, and the newest comes when it does', () => {
    electron.post(electron.event(window), IPC.subscribe);
    for (let seq = 1; seq <= 50; seq += 1) app.send(frameOf(seq));
    expect(frames().map((frame) => frame.seq)).toEqual([0, 1]);
    electron.post(electron.event(window), IPC.frameTaken);
    expect(frames().map((frame) => frame.seq)).toEqual([0, 1, 50]);
  });

  it('come once a second to a hidden window, and at once when it is shown again', () => {
    const bridge = electron.bridge(window);
    electron.post(electron.event(window), IPC.subscribe);
    const take = () => electron.post(electron.event(window), IPC.frameTaken);
    bridge.answerFrames = false;
    take();
    window.minimized = true;
    for (let seq = 1; seq <= 30; seq += 1) {
      clock = seq * 100;
      app.send(frameOf(seq));
      take();
    }
    expect(frames().map((frame) => frame.seq)).toEqual([0, 10, 20, 30]);
    clock += 100;
    app.send(frameOf(31));
    window.restore();
    ipc.shown();
    expect(frames().at(-1)?.seq).toBe(31);
  });

  it('begin anew for a page that was loaded again, and end with the window', () => {
    electron.post(electron.event(window), IPC.subscribe);
    ipc.endStream();
    expect(app.listeners.size).toBe(0);
    electron.post(electron.event(window), IPC.subscribe);
    electron.post(electron.event(window), IPC.subscribe);
    expect(app.listeners.size).toBe(1);
    window.webContents.destroyed = true;
    const before = frames().length;
    electron.post(electron.event(window), IPC.frameTaken);
    app.send(frameOf(9));
    expect(frames()).toHaveLength(before);
  });
});
