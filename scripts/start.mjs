// `npm start`: does all set-up that is missing, then hands over to the desktop or the browser edition on Node 24.
// Plain Node >= 18, no packages. Set-up speaks on stderr; stdout belongs to the program (the --json ready line).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './set-up/build.mjs';
import { chooseElectron } from './set-up/edition.mjs';
import { checkNode, ensureInstalled, pinnedNode } from './set-up/install.mjs';
import { withSetUpLock } from './set-up/lock.mjs';
import { fail } from './set-up/progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const ORPHAN_CHECK_MS = 250;
/** What only the browser edition knows, or answers for both. */
const BROWSER_OPTIONS = ['--browser', '--json', '--port', '--no-open', '--help', '-h'];

/** Runs the edition until it ends; passes signals on, and ends with its exit code. */
function handOver(file, programArgs) {
  // The channel tells the program when this launcher is gone, by any death: it then drains and ends too.
  const child = spawn(file, programArgs, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    windowsHide: false,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) {
    if (signal === 'SIGBREAK' && process.platform !== 'win32') continue;
    // A Ctrl-C on a terminal reaches the child by itself; sending it again would mean "hurry".
    process.on(signal, () => {
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
    });
  }
  // npm puts a shell between itself and this launcher, and that shell dies of a signal without passing it on.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, ORPHAN_CHECK_MS);
  child.on('error', (error) => fail(error));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

try {
  checkNode();
  const browserOnly = args.some((arg) => BROWSER_OPTIONS.includes(arg.split('=')[0]));
  const electron = await withSetUpLock(root, async () => {
    await ensureInstalled(root);
    await ensureBuilt(root);
    return chooseElectron(root, browserOnly);
  });
  if (electron !== null && existsSync(electron))
    handOver(electron, [join(root, 'out/main/index.js'), ...args]);
  else handOver(pinnedNode(root), [join(root, 'out/main/browser.js'), ...args]);
} catch (error) {
  fail(error);
}
