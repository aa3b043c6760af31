import { describe, expect, it } from 'vitest';
import { findBrowser, type Surroundings, windowArgs } from '../../../src/main/hosts/app-window.ts';

const on = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv, files: string[]): Surroundings => ({
  platform,
  env,
  uid: 1000,
  exists: (path) => files.includes(path),
});

describe('finding a browser', () => {
  it('looks along PATH on Linux, and only with a display', () => {
    const env = { PATH: '/usr/local/bin:/usr/bin', DISPLAY: ':0' };
    const files = ['/usr/bin/chromium', '/usr/bin/microsoft-edge'];
    expect(findBrowser(on('linux', env, files))).toEqual({ path: '/usr/bin/chromium' });
    expect(findBrowser(on('linux', { PATH: '/usr/bin' }, files))).toEqual({ reason: 'there is no display' });
    expect(findBrowser(on('linux', { PATH: '/usr/bin', WAYLAND_DISPLAY: 'wayland-0' }, files))).toEqual({
      path: '/usr/bin/chromium',
    });
  });

  it('knows where Windows and macOS keep them', () => {
    const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
    const env = { ProgramFiles: 'C:\\Program Files', 'ProgramFiles(x86)': 'C:\\Program Files (x86)' };
    expect(findBrowser(on('win32', env, [edge]))).toEqual({ path: edge });
    const chrome = '/Users/ada/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
    expect(findBrowser(on('darwin', { HOME: '/Users/ada' }, [chrome]))).toEqual({ path: chrome });
  });

  it('says why there is none', () => {
    expect(findBrowser(on('linux', { PATH: '/usr/bin', DISPLAY: ':0' }, []))).toEqual({
      reason: 'no Chrome, Chromium or Edge was found',
    });
    expect(findBrowser(on('linux', { DISPLAY: ':0', LIVEDB_BROWSER: '/opt/b' }, []))).toEqual({
      reason: 'LIVEDB_BROWSER names /opt/b, which is not there',
    });
    expect(findBrowser(on('linux', { DISPLAY: ':0', LIVEDB_BROWSER: '/opt/b' }, ['/opt/b']))).toEqual({
      path: '/opt/b',
    });
  });

  it('opens an app window with a profile of its own; without the sandbox only as root', () => {
    const args = windowArgs('http://127.0.0.1:1/open/x', '/data/profile', false);
    expect(args).toContain('--app=http://127.0.0.1:1/open/x');
    expect(args).toContain('--user-data-dir=/data/profile');
    expect(args).not.toContain('--no-sandbox');
    expect(windowArgs('u', 'p', true)).toContain('--no-sandbox');
  });
});
