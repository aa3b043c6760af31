// The lock of the data folder between real processes: who holds it is named, and any death of the holder frees it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { lockFolder } from '../../src/main/folder-lock.ts';
import { LiveDbError } from '../../src/shared/errors.ts';
import { tempDir } from '../support/temp-dir.ts';

const LOCK_MODULE = resolve(import.meta.dirname, '../../src/main/folder-lock.ts');
const HOLDER = `
  const { lockFolder } = await import(process.argv[1]);
  lockFolder(process.argv[2]).announce('http://127.0.0.1:5640/');
  console.log('held');
  setInterval(() => undefined, 1000);
`;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function holdElsewhere(dir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, LOCK_MODULE, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(createInterface({ input: child.stdout }), 'line');
  return child;
}

function refusal(dir: string): LiveDbError['data'] {
  try {
    lockFolder(dir).release();
  } catch (error) {
    if (error instanceof LiveDbError) return error.data;
    throw error;
  }
  throw new Error('the lock was given twice');
}

it('names the process and the address that hold the folder', async () => {
  using dir = tempDir('lock');
  const holder = await holdElsewhere(dir.path);
  expect(refusal(dir.path)).toMatchObject({
    code: 'folder-locked',
    message: expect.stringContaining(`process ${holder.pid}, http://127.0.0.1:5640/`),
    remedy: expect.stringContaining('--data'),
  });
});

it('is free at once when the holder was killed', async () => {
  using dir = tempDir('lock');
  const holder = await holdElsewhere(dir.path);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = lockFolder(dir.path);
  lock.release();
});
