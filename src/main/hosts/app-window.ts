// Opens the control room of the browser edition as an app window of an installed Chrome, Chromium or Edge, with a
// profile of its own in the data folder. Used by browser.ts; where no window can be opened, the address is printed.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { posix, win32 } from 'node:path';

export interface Surroundings {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  uid: number | undefined;
  exists(path: string): boolean;
}

const here = (): Surroundings => ({
  platform: process.platform,
  env: process.env,
  uid: process.getuid?.(),
  exists: existsSync,
});

const LINUX_NAMES = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'microsoft-edge-stable',
  'microsoft-edge',
  'brave-browser',
];
const MAC_NAMES = ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'];
const WINDOWS_PATHS = [
  ['Google', 'Chrome', 'Application', 'chrome.exe'],
  ['Chromium', 'Application', 'chrome.exe'],
  ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
];

function candidates({ platform, env }: Surroundings): string[] {
  if (platform === 'win32') {
    const roots = [env.ProgramFiles, env['ProgramFiles(x86)'], env.LOCALAPPDATA].filter(
      (root) => root !== undefined,
    );
    return WINDOWS_PATHS.flatMap((path) => roots.map((root) => win32.join(root, ...path)));
  }
  if (platform === 'darwin') {
    const roots = [
      '/Applications',
      ...(env.HOME === undefined ? [] : [posix.join(env.HOME, 'Applications')]),
    ];
    return MAC_NAMES.flatMap((name) =>
      roots.map((root) => posix.join(root, `${name}.app`, 'Contents', 'MacOS', name)),
    );
  }
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '');
  return LINUX_NAMES.flatMap((name) => folders.map((folder) => posix.join(folder, name)));
}

/** Path of a browser that can show an app window, or the reason why there is no window. LIVEDB_BROWSER names one. */
export function findBrowser(surroundings: Surroundings = here()): { path: string } | { reason: string } {
  const { platform, env, exists } = surroundings;
  const hasDisplay =
    platform === 'win32' ||
    platform === 'darwin' ||
    [env.DISPLAY, env.WAYLAND_DISPLAY].some((display) => display !== undefined && display !== '');
  if (!hasDisplay) return { reason: 'there is no display' };
  const named = env.LIVEDB_BROWSER;
  if (named !== undefined && named !== '') {
    return exists(named) ? { path: named } : { reason: `LIVEDB_BROWSER names ${named}, which is not there` };
  }
  const found = candidates(surroundings).find(exists);
  return found === undefined ? { reason: 'no Chrome, Chromium or Edge was found' } : { path: found };
}

export function windowArgs(url: string, profileDir: string, asRoot: boolean): string[] {
  return [
    `--app=${url}`,
    `--user-data-dir=${profileDir}`,
    '--window-size=1440,900',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-sync',
    '--disable-features=Translate',
    // Nothing is stored that a keyring would have to protect, and it would ask for its password.
    '--password-store=basic',
    // Chromium refuses to run sandboxed as root; this profile shows LiveDB's own page and nothing else.
    ...(asRoot ? ['--no-sandbox'] : []),
  ];
}

export interface AppWindow {
  /** Settles when the person has closed the window, or the browser could not be started, with its exit code. */
  closed: Promise<{ code: number | null; afterMs: number }>;
  close(): void;
}

/** Starts `browser` with `url`; the window belongs to this process and goes with it. */
export function openAppWindow(browser: string, url: string, profileDir: string): AppWindow {
  const began = performance.now();
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const child: ChildProcess = spawn(browser, windowArgs(url, profileDir, asRoot), {
    stdio: 'ignore',
    windowsHide: false,
  });
  const closed = new Promise<{ code: number | null; afterMs: number }>((settle) => {
    const end = (code: number | null) => settle({ code, afterMs: performance.now() - began });
    child.on('exit', end);
    child.on('error', () => end(-1));
  });
  return { closed, close: () => void child.kill() };
}
