// One set-up at a time in one clone: two `npm start` side by side must not install or build over each other.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpError } from './progress.mjs';

const WAIT_MS = 10 * 60_000;

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Holds the set-up lock of this clone while `work` runs; waits for another set-up, takes over a dead one's lock. */
export async function withSetUpLock(root, work) {
  const lock = join(root, '.set-up-lock');
  const until = Date.now() + WAIT_MS;
  let told = false;
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        throw new SetUpError(
          `This folder cannot be written (${error.code}): ${root}. Clone LiveDB into a folder of your own.`,
        );
      }
    }
    let holder = Number.NaN;
    try {
      holder = Number(readFileSync(join(lock, 'pid'), 'utf8'));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    if (Number.isInteger(holder) && holder > 0 && !alive(holder)) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (Date.now() > until) {
      throw new SetUpError(
        `Another set-up (pid ${holder}) holds this folder. End it, or delete ${lock}, and try again.`,
      );
    }
    if (!told) process.stderr.write('  Another set-up works in this folder: waiting for it …\n');
    told = true;
    await new Promise((resume) => setTimeout(resume, 250));
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}
