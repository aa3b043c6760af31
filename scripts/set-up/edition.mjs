// Chooses the edition: the desktop one where Electron can run, else the browser edition, with one line that says why.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode } from './install.mjs';
import { step } from './progress.mjs';
import { run } from './run.mjs';

function electronIn(dist) {
  const names = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' };
  const path = join(dist, names[process.platform] ?? 'electron');
  return existsSync(path) ? path : null;
}

/** Path of an Electron binary that is already here, or null. */
export function findElectron(root, env = process.env) {
  const override = env.ELECTRON_OVERRIDE_DIST_PATH;
  return (
    (override ? electronIn(override) : null) ?? electronIn(join(root, 'node_modules', 'electron', 'dist'))
  );
}

/** Why the desktop edition cannot run here at all, or null when it can. */
export function desktopObstacle({ platform, uid, env }) {
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display';
  if (platform === 'linux' && uid === 0) return 'Electron does not run sandboxed as root';
  return null;
}

/**
 * The Electron binary to use, or null with the reason told on stderr. A missing binary is fetched once; a refusal is
 * remembered beside the packages, so that later starts need no network (a new install tries again).
 */
export async function chooseElectron(root, wantBrowser) {
  if (wantBrowser) return null;
  const tell = (why) => process.stderr.write(`  Browser edition: ${why}.\n`);
  const obstacle = desktopObstacle({ platform: process.platform, uid: process.getuid?.(), env: process.env });
  if (obstacle !== null) {
    tell(obstacle);
    return null;
  }
  const found = findElectron(root);
  if (found !== null) return found;
  const refusal = join(root, 'node_modules', '.livedb-electron-refused');
  if (existsSync(refusal)) {
    tell(`${readFileSync(refusal, 'utf8')} (delete node_modules/.livedb-electron-refused to try again)`);
    return null;
  }
  let why = null;
  await step('Fetching Electron (about 110 MB, once)', async (say) => {
    const install = join(root, 'node_modules', 'electron', 'install.js');
    const { code, output } = await run(pinnedNode(root), [install], { cwd: root, onLine: say });
    if (code === 0 && findElectron(root) !== null) return 'Electron fetched';
    const said =
      output
        .split('\n')
        .find((line) => /error|failed|ENOTFOUND/i.test(line))
        ?.trim() ?? `exit code ${code}`;
    why = `Electron could not be fetched on ${new Date().toISOString().slice(0, 10)} (${said.slice(0, 120)})`;
    return 'Electron not to be had here';
  });
  if (why !== null) {
    writeFileSync(refusal, why);
    tell(why);
    return null;
  }
  return findElectron(root);
}
