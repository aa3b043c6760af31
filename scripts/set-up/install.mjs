// Installs the pinned packages when the lockfile changed, among them Node 24, which everything else runs on.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpError, step } from './progress.mjs';
import { run } from './run.mjs';

const NODE_NEEDED = 18;
const windows = process.platform === 'win32';

/** Refuses a Node that cannot even run this set-up. */
export function checkNode(version = process.versions.node) {
  const major = Number(version.split('.')[0]);
  if (major >= NODE_NEEDED) return;
  throw new SetUpError(
    `LiveDB needs Node ${NODE_NEEDED} or newer, this is ${version}. Install a current Node from nodejs.org and try again.`,
  );
}

/** Path of the pinned Node 24 inside node_modules. */
export function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
}

function wanted(root) {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'package.json']) hash.update(readFileSync(join(root, file)));
  return `${hash.digest('hex')} ${process.platform} ${process.arch}`;
}

const stampOf = (root) => join(root, 'node_modules', '.livedb-installed');

function installed(root) {
  const stamp = stampOf(root);
  return existsSync(stamp) && existsSync(pinnedNode(root)) && readFileSync(stamp, 'utf8') === wanted(root);
}

/** Why npm failed, as one sentence with what to do. */
export function explainInstallFailure(output) {
  if (
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|network|socket hang up/i.test(output)
  ) {
    return "The packages could not be downloaded: the npm registry cannot be reached. Connect to the network (or set npm's proxy and registry), then run the same command again; nothing is left half done.";
  }
  if (/ENOSPC/.test(output))
    return 'The disk is full: the packages need about 600 MB. Free some space, then run the same command again.';
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return 'The packages could not be written into this folder (permission denied, or a file is in use). Close what uses it, or clone LiveDB into a folder of your own, then run the same command again.';
  }
  const last = output
    .split('\n')
    .filter((line) => /npm (error|ERR)/.test(line))
    .slice(0, 3)
    .join(' ');
  return `npm could not install the packages: ${last || output.trim().split('\n').at(-1)}. Run "npm ci" to see all of it.`;
}

function npm(args, options) {
  // npm tells its own path to the scripts that it runs; on Windows npm.cmd needs a shell, its .js does not.
  const own = process.env.npm_execpath;
  if (own !== undefined && /npm-cli\.(c|m)?js$/.test(own))
    return run(process.execPath, [own, ...args], options);
  return windows ? run('npm.cmd', args, { ...options, shell: true }) : run('npm', args, options);
}

/** Brings node_modules to what the lockfile says. Needs no network when that is so already. */
export async function ensureInstalled(root) {
  if (installed(root)) return;
  await step('Installing packages (about 600 MB, once)', async (say) => {
    rmSync(stampOf(root), { force: true });
    const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      onLine: say,
    });
    if (code !== 0) throw new SetUpError(explainInstallFailure(output));
    if (!existsSync(pinnedNode(root))) await fetchNode(root);
    writeFileSync(stampOf(root), wanted(root));
    return 'Packages installed';
  });
}

/** Where npm is told to run no install scripts, Node 24's own has to be run here. */
async function fetchNode(root) {
  const { code, output } = await run(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: join(root, 'node_modules', 'node'),
  });
  if (code !== 0 || !existsSync(pinnedNode(root))) throw new SetUpError(explainInstallFailure(output));
}
