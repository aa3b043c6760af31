// Entry point of the desktop edition: hands the real Electron to hosts/electron-desktop.ts and nothing else.
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  protocol,
  safeStorage,
  session,
  utilityProcess,
} from 'electron';
import { boot } from './boot.ts';
import type { ElectronApi } from './hosts/electron-api.ts';
import { runDesktop } from './hosts/electron-desktop.ts';
import { programPaths } from './hosts/program-paths.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { onStopSignals } from './stop-signals.ts';
import { say, sentenceOf, tolerateClosedPipes } from './terminal.ts';

const electron: ElectronApi = {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  protocol,
  safeStorage,
  utilityProcess,
  setMenu: (template) => Menu.setApplicationMenu(Menu.buildFromTemplate(template)),
  denyPermissions() {
    session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
    session.defaultSession.setPermissionCheckHandler(() => false);
  },
};

/** Packaged, the program's own arguments begin earlier than behind `electron out/main/index.js`. */
const args = process.argv.slice(app.isPackaged ? 1 : 2);

function start(options: Options): void {
  const desktop = runDesktop(electron, {
    options,
    paths: programPaths(import.meta.filename),
    platform: process.platform,
    devServer: app.isPackaged ? null : (process.env.ELECTRON_RENDERER_URL ?? null),
    boot,
    say,
  });
  process.on('uncaughtException', desktop.fail);
  process.on('unhandledRejection', desktop.fail);
  onStopSignals({
    process,
    now: () => performance.now(),
    stop: () => desktop.quit(),
    hurry: () => app.exit(1),
  });
}

tolerateClosedPipes();
try {
  const options = parseOptions(args, process.cwd());
  if (options.help) {
    process.stdout.write(HELP);
    app.exit(0);
  } else start(options);
} catch (error) {
  say(sentenceOf(error));
  app.exit(2);
}
