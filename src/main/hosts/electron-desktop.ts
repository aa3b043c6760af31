// The desktop edition: one instance a data folder, one window, the control plane behind IPC. Run by index.ts with the
// real Electron and by tests with a double, so nothing here imports electron.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandName } from '../../shared/commands.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { App } from '../app-api.ts';
import type { Booted } from '../boot.ts';
import { type DataFolder, defaultDataDir, openDataFolder } from '../data-folder.ts';
import type { Options } from '../options.ts';
import { sentenceOf } from '../terminal.ts';
import { type IpcTransport, serveIpc } from '../transport/ipc.ts';
import { openPageFiles } from '../transport/page-files.ts';
import { desktopMenu } from './desktop-menu.ts';
import { answerPage, openDesktopWindow, PAGE_ORIGIN, PAGE_SCHEME } from './desktop-page.ts';
import type { DesktopWindow, ElectronApi } from './electron-api.ts';
import { createElectronHost } from './electron-host.ts';
import type { Host } from './host.ts';
import type { ChildOutput } from './node-host.ts';
import type { ProgramPaths } from './program-paths.ts';
import { describeSecretStorage } from './secret-storage.ts';

export interface DesktopParts {
  options: Pick<Options, 'dataDir' | 'seedFile' | 'run'>;
  paths: ProgramPaths;
  platform: NodeJS.Platform;
  /** Address of the page's development server, or null for the built page. */
  devServer: string | null;
  boot(
    folder: DataFolder,
    options: DesktopParts['options'],
    makeHost: (output: ChildOutput) => Host,
  ): Promise<Booted>;
  /** A line on the terminal, where there is one. */
  say(line: string): void;
}

export interface Desktop {
  /** Drains and stops everything, then lets the app go. */
  quit(): void;
  /** Something went wrong that nobody caught: says so and ends with code 1. */
  fail(error: unknown): void;
  /** Settles when the window is open, or the app has refused to start. */
  started: Promise<void>;
}

export function runDesktop(electron: ElectronApi, parts: DesktopParts): Desktop {
  const { app } = electron;
  const dataDir = parts.options.dataDir ?? defaultDataDir();
  const origin = parts.devServer === null ? PAGE_ORIGIN : new URL(parts.devServer).origin;
  const page = openPageFiles(parts.paths.page);
  let window: DesktopWindow | null = null;
  let ipc: IpcTransport | null = null;
  let booted: Booted | null = null;
  let folder: DataFolder | null = null;
  let closing: Promise<void> | null = null;
  let closed = false;

  function control(): App {
    if (booted !== null && closing === null) return booted.app;
    throw new LiveDbError({
      code: closing === null ? 'starting' : 'closing',
      message: closing === null ? 'LiveDB is starting.' : 'LiveDB is closing.',
    });
  }

  function runFromMenu(command: CommandName): void {
    void (async () => {
      try {
        await control().execute(command, {});
      } catch (error) {
        electron.dialog.showErrorBox('LiveDB', sentenceOf(error));
      }
    })();
  }

  function openWindow(): void {
    if (closing !== null) return;
    const opened = openDesktopWindow(electron, { preload: parts.paths.preload, icon: parts.paths.icon });
    window = opened;
    opened.on('show', () => ipc?.shown());
    opened.on('restore', () => ipc?.shown());
    opened.on('closed', () => {
      ipc?.endStream();
      if (window === opened) window = null;
    });
    // A reload leaves the page's listeners behind: its successor asks for frames anew.
    opened.webContents.on('did-start-loading', () => ipc?.endStream());
    opened.webContents.on('render-process-gone', (_event, { reason }) => {
      ipc?.endStream();
      booted?.log.error({ reason }, 'the page ended');
      if (closing === null && reason !== 'clean-exit') opened.webContents.reload();
    });
    opened.loadURL(parts.devServer ?? `${PAGE_ORIGIN}/`).catch((error: unknown) => refuse(error));
  }

  function showWindow(): void {
    if (window === null) {
      if (booted !== null) openWindow();
      return;
    }
    if (window.isMinimized()) window.restore();
    window.focus();
  }

  async function pickFile(title: string, name: string, extensions: string[]): Promise<string | null> {
    const filters = [{ name, extensions }];
    const answer = await electron.dialog.showOpenDialog({ title, properties: ['openFile'], filters });
    return answer.canceled ? null : (answer.filePaths[0] ?? null);
  }

  /** The app cannot start or go on: one sentence in a box and on the terminal. */
  function refuse(error: unknown): void {
    const sentence = sentenceOf(error);
    parts.say(sentence);
    electron.dialog.showErrorBox('LiveDB', sentence);
    void close().then(() => app.exit(1));
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      ipc?.endStream();
      try {
        await booted?.close();
      } catch (error) {
        parts.say(sentenceOf(error));
      } finally {
        folder?.lock.release();
        closed = true;
      }
    })();
    return closing;
  }

  async function start(): Promise<void> {
    await app.whenReady();
    folder = openDataFolder(dataDir);
    electron.denyPermissions();
    electron.protocol.handle(PAGE_SCHEME, (request) => answerPage(page, request.url));
    ipc = serveIpc({
      ipcMain: electron.ipcMain,
      app: control,
      window: () => window,
      pageOrigin: origin,
      pickSeedFile: () => pickFile('Choose a seed file', 'Seed (CSV or JSON)', ['csv', 'json']),
      pickBundle: () => pickFile('Open a bundle', 'Bundle of a run', ['livedb']),
    });
    electron.setMenu(desktopMenu(parts.platform, runFromMenu));
    booted = await parts.boot(folder, parts.options, (output) =>
      createElectronHost(electron, parts.paths, output),
    );
    const secrets = describeSecretStorage(electron.safeStorage, parts.platform);
    if (!secrets.encrypted) booted.log.warn(`secrets are not encrypted: ${secrets.reason}`);
    openWindow();
  }

  app.setName('LiveDB');
  app.enableSandbox();
  electron.protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  app.on('window-all-closed', () => app.quit());
  app.on('activate', showWindow);
  app.on('second-instance', showWindow);
  app.on('before-quit', (event) => {
    if (closed) return;
    // Quitting waits until everything is drained; then it is asked for again.
    event.preventDefault();
    void close().then(() => app.quit());
  });

  async function begin(): Promise<void> {
    try {
      // Electron's own profile lives in the data folder too, and its single-instance lock goes by that folder.
      const profile = join(dataDir, 'desktop-profile');
      mkdirSync(profile, { recursive: true });
      app.setPath('userData', profile);
      if (!app.requestSingleInstanceLock()) {
        parts.say('LiveDB is open already; its window comes to the front.');
        closed = true;
        app.quit();
        return;
      }
      await start();
    } catch (error) {
      refuse(error);
    }
  }

  return { quit: () => app.quit(), fail: refuse, started: begin() };
}
