// `npm run chaos`: set-up as `npm start` does it, then the breaking on Node 24 in a process of their own.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './set-up/build.mjs';
import { checkNode, ensureInstalled, pinnedNode } from './set-up/install.mjs';
import { withSetUpLock } from './set-up/lock.mjs';
import { fail } from './set-up/progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
try {
  checkNode();
  await withSetUpLock(root, async () => {
    await ensureInstalled(root);
    await ensureBuilt(root);
  });
  const child = spawn(pinnedNode(root), [join(root, 'chaos/main.ts'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
} catch (error) {
  fail(error);
}
