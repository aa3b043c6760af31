import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { desktopObstacle, findElectron } from '../../../scripts/set-up/edition.mjs';
import { checkNode, explainInstallFailure } from '../../../scripts/set-up/install.mjs';
import { withSetUpLock } from '../../../scripts/set-up/lock.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'livedb-set-up-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('Node that starts the set-up', () => {
  it('is refused below 18 with what to do', () => {
    expect(() => checkNode('16.20.2')).toThrow(/needs Node 18 or newer, this is 16\.20\.2\. Install/);
  });
  it.each(['18.0.0', '20.20.2', '24.21.0', '100.0.0'])('%s is taken', (version) => {
    expect(() => checkNode(version)).not.toThrow();
  });
});

describe('a failed install says in one sentence', () => {
  it.each([
    ['npm error code ENOTFOUND', /registry cannot be reached.*run the same command again/],
    ['npm error code ECONNREFUSED', /registry cannot be reached/],
    ['npm error code ENOSPC', /disk is full.*600 MB/],
    ['npm error code EACCES', /permission denied/],
    ['npm error code EUSAGE\nnpm error lock file is out of date', /lock file is out of date.*npm ci/],
  ])('%s', (output, sentence) => {
    expect(explainInstallFailure(output)).toMatch(sentence);
  });
});

describe('the edition', () => {
  it('is the browser one without a display or as root on Linux', () => {
    expect(desktopObstacle({ platform: 'linux', uid: 1000, env: {} })).toMatch(/no display/);
    expect(desktopObstacle({ platform: 'linux', uid: 0, env: { DISPLAY: ':0' } })).toMatch(/as root/);
    expect(desktopObstacle({ platform: 'linux', uid: 1000, env: { WAYLAND_DISPLAY: 'w' } })).toBeNull();
    expect(desktopObstacle({ platform: 'win32', uid: undefined, env: {} })).toBeNull();
  });
  it('finds the Electron binary that the environment names', () => {
    expect(findElectron(folder, {})).toBeNull();
    const names = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' } as Record<
      string,
      string
    >;
    const binary = join(folder, 'dist', names[process.platform] ?? 'electron');
    mkdirSync(join(binary, '..'), { recursive: true });
    writeFileSync(binary, '');
    expect(findElectron(folder, { ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'dist') })).toBe(binary);
  });
});

describe('the set-up lock', () => {
  it('lets one set-up work at a time', async () => {
    const order: string[] = [];
    let free = () => {};
    const held = new Promise<void>((resume) => {
      free = resume;
    });
    const first = withSetUpLock(folder, async () => {
      order.push('first begins');
      await held;
      order.push('first ends');
    });
    const second = withSetUpLock(folder, async () => {
      order.push('second');
    });
    free();
    await Promise.all([first, second]);
    expect(order).toEqual(['first begins', 'first ends', 'second']);
  });
  it('takes over the lock of a dead set-up', async () => {
    mkdirSync(join(folder, '.set-up-lock'));
    writeFileSync(join(folder, '.set-up-lock', 'pid'), '999999999');
    await expect(withSetUpLock(folder, async () => 'done')).resolves.toBe('done');
  });
});
