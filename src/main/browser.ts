// Entry point of the browser edition: plain Node, a loopback server, an app window of an installed browser. Started by
// scripts/start.mjs; also what tests, scripts and other people's automation run.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Booted, boot } from './boot.ts';
import { type DataFolder, defaultDataDir, openDataFolder } from './data-folder.ts';
import { type AppWindow, findBrowser, openAppWindow } from './hosts/app-window.ts';
import { createNodeHost } from './hosts/node-host.ts';
import { programPaths } from './hosts/program-paths.ts';
import { HELP, type Options, parseOptions } from './options.ts';
import { onStopSignals } from './stop-signals.ts';
import { say, sentenceOf, tolerateClosedPipes } from './terminal.ts';
import { type HttpServer, openHttpServer } from './transport/http-server.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_OPTION = 2;
/** A browser that ends sooner than this has not shown a window. */
const WINDOW_SHOWN_MS = 3_000;
/** Opening takes a fraction of a second; a wish to stop waits for it no longer than this. */
const OPENING_MS = 5_000;

/** Everything that is open, closed in the reverse order of opening. */
interface Opened {
  folder?: DataFolder;
  server?: HttpServer;
  booted?: Booted;
  window?: AppWindow;
}

const opened: Opened = {};
let starting: Promise<void> | null = null;
let stopping: Promise<void> | null = null;

async function closeAll(): Promise<void> {
  // A wish to stop may come while things are being opened: what comes up is then closed in its turn.
  await Promise.race([starting, delay(OPENING_MS, undefined, { ref: false })]);
  opened.window?.close();
  try {
    await opened.booted?.close();
  } finally {
    if (opened.booted === undefined) opened.folder?.leave();
    else opened.folder?.lock.release();
    await opened.server?.close();
  }
}

/** Ends the process with `code` once everything is closed; only the first call counts. */
function stop(code: number): Promise<void> {
  stopping ??= closeAll()
    .then(() => process.exit(code))
    .catch((error: unknown) => {
      say(sentenceOf(error));
      process.exit(EXIT_FAILED);
    });
  return stopping;
}

function announce(server: HttpServer, options: Options): void {
  if (options.json) {
    const ready = { ready: true, url: server.url, token: server.token, open: server.open, pid: process.pid };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  } else {
    process.stdout.write(`LiveDB runs at ${server.open} (Ctrl-C stops it)\n`);
  }
}

function openWindow(server: HttpServer, folder: DataFolder): void {
  const browser = findBrowser();
  if ('reason' in browser) {
    say(`No window was opened: ${browser.reason}. Open the address above in a browser.`);
    return;
  }
  const shown = openAppWindow(browser.path, server.openOnce(), join(folder.path, 'browser-profile'));
  opened.window = shown;
  void shown.closed.then(({ code, afterMs }) => {
    if (stopping !== null) return;
    if (afterMs < WINDOW_SHOWN_MS && code !== 0) {
      say(`${browser.path} could not show a window. Open the address above in a browser.`);
    } else {
      say('The window is closed; LiveDB goes on. Open the address above to come back, Ctrl-C to stop.');
    }
  });
}

async function run(options: Options): Promise<void> {
  const paths = programPaths(import.meta.filename);
  const folder = openDataFolder(options.dataDir ?? defaultDataDir());
  opened.folder = folder;
  const server = await openHttpServer({ port: options.port, pageDir: paths.page });
  opened.server = server;
  folder.lock.announce(server.url);
  const booted = await boot(folder, options, (output) => createNodeHost(paths, output));
  opened.booted = booted;
  if (stopping !== null) return;
  server.attach(booted.app);
  announce(server, options);
  if (options.open) openWindow(server, folder);
}

function fail(error: unknown): void {
  opened.booted?.log.fatal({ err: error }, 'unexpected end');
  say(`LiveDB ends: ${sentenceOf(error)}`);
  void stop(EXIT_FAILED);
}

tolerateClosedPipes();
let options: Options | null = null;
try {
  options = parseOptions(process.argv.slice(2), process.cwd());
} catch (error) {
  say(sentenceOf(error));
  process.exitCode = EXIT_BAD_OPTION;
}
if (options?.help === true) process.stdout.write(HELP);
else if (options !== null) {
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  onStopSignals({
    process,
    now: () => performance.now(),
    stop: () => void stop(0),
    hurry: () => process.exit(EXIT_FAILED),
  });
  starting = run(options).catch((error: unknown) => {
    say(sentenceOf(error));
    void stop(EXIT_FAILED);
  });
}
