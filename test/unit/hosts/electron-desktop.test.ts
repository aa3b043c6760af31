import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Booted } from '../../../src/main/boot.ts';
import { lockFolder } from '../../../src/main/folder-lock.ts';
import { type Desktop, type DesktopParts, runDesktop } from '../../../src/main/hosts/electron-desktop.ts';
import { programPaths } from '../../../src/main/hosts/program-paths.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';
import { ElectronDouble, WindowDouble } from '../../support/electron-double.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeApp } from '../../support/fake-app.ts';
import { tempDir } from '../../support/temp-dir.ts';

let dir: ReturnType<typeof tempDir>;
let electron: ElectronDouble;
let app: FakeApp;
let said: string[];
let logged: string[];
let closeGate: Promise<void>;
let desktop: Desktop;

beforeEach(() => {
  dir = tempDir('desktop');
  electron = new ElectronDouble();
  WindowDouble.opened = [];
  app = new FakeApp();
  said = [];
  logged = [];
  closeGate = Promise.resolve();
  const page = join(dir.path, 'out', 'renderer');
  mkdirSync(page, { recursive: true });
  writeFileSync(join(page, 'index.html'), '<title>LiveDB</title>');
  writeFileSync(join(dir.path, 'package.json'), '{"version":"1.2.3"}');
});
afterEach(async () => {
  desktop.quit();
  await eventually('the end', () => electron.exits.length > 0);
  dir[Symbol.dispose]();
});

const dataDir = () => join(dir.path, 'data');

async function start(change: Partial<DesktopParts> = {}): Promise<WindowDouble | undefined> {
  const log = {
    warn: (text: string) => logged.push(text),
    error: () => undefined,
  } as unknown as Booted['log'];
  desktop = runDesktop(electron, {
    options: { dataDir: dataDir(), seedFile: null, run: false },
    paths: programPaths(join(dir.path, 'out', 'main', 'index.js')),
    platform: 'linux',
    devServer: null,
    boot: async () => ({
      app,
      log,
      async close() {
        await closeGate;
        await app.close();
      },
    }),
    say: (line) => void said.push(line),
    ...change,
  });
  await desktop.started;
  return WindowDouble.opened[0];
}

describe('the desktop edition', () => {
  it('opens one window that is locked down, on its own scheme', async () => {
    const window = await start();
    expect(WindowDouble.opened).toHaveLength(1);
    expect(window?.url).toBe('app://livedb/');
    expect(window?.options.webPreferences).toEqual({
      preload: join(dir.path, 'out', 'preload', 'index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    });
    expect([electron.sandboxed, electron.permissionsDenied, electron.schemes]).toEqual([true, true, ['app']]);
    expect(window?.webContents.openHandler?.()).toEqual({ action: 'deny' });
    for (const event of ['will-navigate', 'will-attach-webview']) {
      let prevented = false;
      window?.webContents.emit(event, { preventDefault: () => (prevented = true) });
      expect([event, prevented]).toEqual([event, true]);
    }
    expect(window?.visible).toBe(true);
  });

  it('serves the built page with a policy, and nothing else', async () => {
    await start();
    const answer = await electron.pageHandler?.({ url: 'app://livedb/' });
    expect(await answer?.text()).toBe('<title>LiveDB</title>');
    expect(answer?.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self';/);
    for (const url of ['app://livedb/../../package.json', 'app://other/', 'app://livedb/%2e%2e/x.json']) {
      expect([url, (await electron.pageHandler?.({ url }))?.status]).toEqual([url, 404]);
    }
  });

  it("keeps Electron's own profile in the data folder", async () => {
    await start();
    expect(electron.paths.userData).toBe(join(dataDir(), 'desktop-profile'));
  });

  it('is one a data folder: a second start brings the first to the front', async () => {
    const window = await start();
    if (window !== undefined) window.minimized = true;
    electron.events.emit('second-instance');
    expect([window?.minimized, window?.focused]).toEqual([false, 1]);
  });

  it('leaves when it is the second', async () => {
    electron.isFirstInstance = false;
    await start();
    expect(WindowDouble.opened).toHaveLength(0);
    expect(electron.exits).toEqual([0]);
    expect(said[0]).toMatch(/open already/);
  });

  it('says what holds the folder when the browser edition does', async () => {
    mkdirSync(dataDir(), { recursive: true });
    const lock = lockFolder(dataDir());
    await start();
    await eventually('the end', () => electron.exits.length > 0);
    expect(electron.exits).toEqual([1]);
    expect(electron.errorBoxes[0]).toMatch(/in use by another LiveDB \(process \d+/);
    lock.release();
  });

  it('says why the control plane refused to start', async () => {
    const refused = new LiveDbError({
      code: 'bad-variable',
      message: 'DB_PORT is no port.',
      remedy: 'Correct it.',
    });
    await start({ boot: () => Promise.reject(refused) });
    await eventually('the end', () => electron.exits.length > 0);
    expect([electron.exits, electron.errorBoxes]).toEqual([[1], ['DB_PORT is no port. Correct it.']]);
  });

  it('drains before it goes, once, and frees the folder', async () => {
    await start();
    const gate = Promise.withResolvers<void>();
    closeGate = gate.promise;
    electron.events.emit('window-all-closed');
    expect(electron.exits).toEqual([]);
    gate.resolve();
    await eventually('the end', () => electron.exits.length > 0);
    expect([electron.exits, app.closed]).toEqual([[0], 1]);
    lockFolder(dataDir()).release();
  });

  it('runs commands from its menu and shows what they refuse', async () => {
    await start();
    const items = electron.menu.flatMap((entry) => entry.submenu ?? []);
    const startAll = items.find((item) => item.label === 'Start All');
    expect(startAll?.accelerator).toBeTruthy();
    startAll?.click?.();
    await eventually('the command', () => app.executed.length === 1);
    expect(app.executed[0]?.command).toBe('pipeline.start');
    app.answers.set('pipeline.stop', () => {
      throw new LiveDbError({ code: 'conflict', message: 'Not now.' });
    });
    items.find((item) => item.label === 'Stop All')?.click?.();
    await eventually('the box', () => electron.errorBoxes.length === 1);
    expect(electron.errorBoxes).toEqual(['Not now.']);
  });

  it('loads a page that crashed again, and ends the stream of the old one', async () => {
    const window = await start();
    if (window === undefined) throw new Error('no window');
    electron.bridge(window).onFrame(() => undefined);
    expect(app.listeners.size).toBe(1);
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    expect([app.listeners.size, window.webContents.reloads]).toEqual([0, 1]);
  });

  it('says when the keyring is none', async () => {
    electron.storage = { available: true, backend: 'basic_text' };
    await start();
    expect(logged[0]).toMatch(/basic_text/);
  });

  it('picks a seed file', async () => {
    const window = await start();
    if (window === undefined) throw new Error('no window');
    electron.picked = { canceled: false, filePaths: ['/home/ada/s.csv'] };
    expect(await electron.bridge(window).pickSeedFile()).toBe('/home/ada/s.csv');
    expect(electron.asked).toEqual(['csv', 'json']);
    electron.picked = { canceled: false, filePaths: ['/home/ada/run.livedb'] };
    expect(await electron.bridge(window).pickBundle()).toBe('/home/ada/run.livedb');
    expect(electron.asked).toEqual(['livedb']);
    electron.picked = { canceled: true, filePaths: [] };
    expect(await electron.bridge(window).pickSeedFile()).toBeNull();
  });
});
