// Finds a Chromium, Chrome or Edge for the end-to-end tests, or gets one where a package manager can.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode } from './install.mjs';
import { step } from './progress.mjs';
import { run } from './run.mjs';

const CANDIDATES = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/microsoft-edge',
    '/snap/bin/chromium',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    process.env.PROGRAMFILES && join(process.env.PROGRAMFILES, 'Google/Chrome/Application/chrome.exe'),
    process.env['PROGRAMFILES(X86)'] &&
      join(process.env['PROGRAMFILES(X86)'], 'Microsoft/Edge/Application/msedge.exe'),
    process.env.PROGRAMFILES && join(process.env.PROGRAMFILES, 'Microsoft/Edge/Application/msedge.exe'),
  ],
};

function findBrowser() {
  const named = process.env.LIVEDB_CHROMIUM;
  const all = [named, ...(CANDIDATES[process.platform] ?? [])];
  return all.find((path) => typeof path === 'string' && existsSync(path)) ?? null;
}

async function playwrightBrowser(root, say) {
  const cli = join(root, 'node_modules', 'playwright', 'cli.js');
  const node = pinnedNode(root);
  const { code } = await run(node, [cli, 'install', 'chromium'], { cwd: root, onLine: say });
  if (code !== 0) return null;
  const script = "import('playwright').then((p) => process.stdout.write(p.chromium.executablePath()))";
  const { output } = await run(node, ['-e', script], { cwd: root });
  return existsSync(output.trim()) ? output.trim() : null;
}

const asRootOnDebian = () =>
  process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** Path of a browser for the tests, or null when none can be had (said by the caller). */
export async function ensureBrowser(root) {
  let found = findBrowser();
  if (found !== null) return found;
  await step('Getting a browser for the tests', async (say) => {
    if (asRootOnDebian()) {
      await debian(['chromium'], say);
      found = findBrowser();
    }
    found ??= await playwrightBrowser(root, say);
    return found === null ? 'No browser to be had' : `Browser: ${found}`;
  });
  return found;
}

async function debian(packages, say) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env, onLine: say });
  return run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env, onLine: say });
}

/** The foreign clients and servers that the tests prove things with; without them those tests say that they are skipped. */
export async function ensureWitnesses() {
  if (!asRootOnDebian()) return;
  const wanted = [
    ['/usr/bin/kcat', 'kcat'],
    ['/usr/bin/psql', 'postgresql-client'],
    ['/usr/lib/postgresql', 'postgresql'],
  ];
  const missing = wanted.filter(([path]) => !existsSync(path)).map(([, name]) => name);
  const serverMissing = existsSync('/usr/lib/postgresql') && !hasServer();
  if (serverMissing) missing.push('postgresql');
  if (missing.length === 0) return;
  await step(`Getting ${missing.join(', ')} for the tests`, async (say) => {
    const { code } = await debian(missing, say);
    return code === 0
      ? `Got ${missing.join(', ')}`
      : `Not to be had: ${missing.join(', ')} (their tests will be skipped)`;
  });
}

function hasServer() {
  for (let major = 18; major >= 13; major -= 1)
    if (existsSync(`/usr/lib/postgresql/${major}/bin/postgres`)) return true;
  return false;
}
