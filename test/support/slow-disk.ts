// A disk whose every write and flush takes as long as a test says, for any program: a library put before it by the loader
// (LD_PRELOAD), built from slow-disk.c where there is a C compiler (Linux).
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface SlowDisk {
  /** For the programs whose files below `folders` lie on the slow disk. */
  env(folders: readonly string[]): NodeJS.ProcessEnv;
  /** Each write takes between these times, ms. */
  slow(least: number, most: number): void;
  quick(): void;
  remove(): void;
}

/** Null where it cannot be built. */
export function makeSlowDisk(): SlowDisk | null {
  if (process.platform !== 'linux') return null;
  const folder = mkdtempSync(join(tmpdir(), 'livedb-slow-'));
  const library = join(folder, 'slow-disk.so');
  const control = join(folder, 'ms');
  try {
    const source = resolve(import.meta.dirname, 'slow-disk.c');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source], { stdio: 'pipe' });
  } catch {
    // No C compiler: the tests that need it say that they are left out.
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  // PostgreSQL runs under an account of its own.
  chmodSync(folder, 0o755);
  const slow = (least: number, most: number) => writeFileSync(control, `${least} ${most}\n`, { mode: 0o644 });
  slow(0, 0);
  return {
    env: (folders) => ({
      ...process.env,
      LD_PRELOAD: library,
      SLOW_DISK: folders.join(':'),
      SLOW_DISK_MS: control,
    }),
    slow,
    quick: () => slow(0, 0),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
