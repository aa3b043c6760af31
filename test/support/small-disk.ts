// A disk of a few MB at a folder, which a test can fill and enlarge: a tmpfs, where this process may mount one (root on
// Linux).
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  resize(megabytes: number): void;
  remove(): void;
}

export function mountSmallDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  return {
    resize: (size) => void execFileSync('mount', ['-o', `remount,size=${size}m`, folder], { stdio: 'pipe' }),
    remove: () => void execFileSync('umount', [folder], { stdio: 'pipe' }),
  };
}

export function canMount(): boolean {
  if (process.platform !== 'linux') return false;
  const folder = mkdtempSync(join(tmpdir(), 'livedb-mount-'));
  try {
    mountSmallDisk(folder, 1).remove();
    return true;
  } catch {
    // No right to mount: the tests that need it say that they are left out.
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
