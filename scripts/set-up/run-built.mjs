// Does all set-up, then runs one of the project's own programs on Node 24: what bench.mjs and chaos.mjs have in common.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { checkNode, ensureInstalled, pinnedNode } from './install.mjs';
import { withSetUpLock } from './lock.mjs';
import { fail } from './progress.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Runs `program` (a path from the root of the clone) with this process's arguments, and ends with its exit code. */
export async function runBuilt(program) {
  try {
    checkNode();
    await withSetUpLock(root, async () => {
      await ensureInstalled(root);
      await ensureBuilt(root);
    });
    const child = spawn(pinnedNode(root), [join(root, program), ...process.argv.slice(2)], {
      cwd: root,
      stdio: 'inherit',
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code) => process.exit(code ?? 1));
  } catch (error) {
    fail(error);
  }
}
