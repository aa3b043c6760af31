// Builds out/ when a source changed since the last build: told by a hash over what goes into it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode } from './install.mjs';
import { SetUpError, step } from './progress.mjs';
import { run } from './run.mjs';

const INPUTS = ['src', 'resources', 'electron.vite.config.ts', 'tsconfig.json', 'package-lock.json'];
const OUTPUTS = [
  'out/main/index.js',
  'out/main/browser.js',
  'out/preload/index.cjs',
  'out/renderer/index.html',
];

function* files(path) {
  const entries = readdirSync(path, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* files(child);
    else yield child;
  }
}

function sourceHash(root) {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    const path = join(root, input);
    if (!existsSync(path)) continue;
    const list = input.includes('.') ? [path] : files(path);
    for (const file of list) hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Builds all programs and the page with electron-vite unless out/ is up to date. */
export async function ensureBuilt(root) {
  const stamp = join(root, 'out', '.livedb-built');
  const hash = sourceHash(root);
  const built = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (built && OUTPUTS.every((file) => existsSync(join(root, file)))) return;
  await step('Building', async (say) => {
    const bin = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
    const { code, output } = await run(pinnedNode(root), [bin, 'build'], { cwd: root, onLine: say });
    if (code !== 0)
      throw new SetUpError(
        `The build failed. What it said last:\n${output.trim().split('\n').slice(-25).join('\n')}`,
      );
    writeFileSync(stamp, hash);
    return 'Built';
  });
}
