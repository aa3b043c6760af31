import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultDataDir, type FolderSurroundings, openDataFolder } from '../../../src/main/data-folder.ts';
import { tempDir } from '../../support/temp-dir.ts';

const roomy: FolderSurroundings = { platform: 'linux', uid: 1000, freeBytes: () => 1e12 };
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('data folder', () => {
  it('stands where the platform keeps application data, for root where other users can pass', () => {
    expect(defaultDataDir({ platform: 'linux', uid: 0 })).toBe('/var/lib/livedb');
    expect(defaultDataDir({ platform: 'linux', uid: 1000 })).toMatch(/LiveDB/);
  });

  it('is made private to its user', () => {
    using dir = tempDir('folder');
    const path = join(dir.path, 'a', 'b');
    const folder = openDataFolder(path, roomy);
    expect([mode(path), mode(folder.logDir)]).toEqual(['700', '700']);
    expect([mode(folder.historyFile), mode(join(path, 'lock.sqlite'))]).toEqual(['600', '600']);
    folder.lock.release();
  });

  it("can be passed through by PostgreSQL's user when it is root's, also when it was there before", () => {
    using dir = tempDir('folder');
    chmodSync(dir.path, 0o700);
    const folder = openDataFolder(dir.path, { ...roomy, uid: 0 });
    expect([mode(dir.path), mode(folder.logDir)]).toEqual(['711', '700']);
    folder.lock.release();
  });

  it.runIf(process.platform === 'linux')('refuses at once where the system lets nobody make a folder', () => {
    expect(() => openDataFolder('/proc/livedb/data', roomy)).toThrowError(
      expect.objectContaining({ data: expect.objectContaining({ code: 'folder-not-writable' }) }),
    );
  });

  it('refuses a path that cannot be a folder', () => {
    using dir = tempDir('folder');
    const file = join(dir.path, 'file');
    writeFileSync(file, '');
    expect(() => openDataFolder(join(file, 'sub'), roomy)).toThrowError(
      expect.objectContaining({
        data: expect.objectContaining({
          code: 'folder-not-writable',
          remedy: expect.stringContaining('--data'),
        }),
      }),
    );
  });

  it('refuses a disk without room, before anything is locked', () => {
    using dir = tempDir('folder');
    const path = join(dir.path, 'new');
    expect(() => openDataFolder(path, { ...roomy, freeBytes: () => 123 * 1024 * 1024 })).toThrowError(
      expect.objectContaining({
        data: expect.objectContaining({ code: 'disk-full', message: expect.stringContaining('123 MB') }),
      }),
    );
    expect(existsSync(join(path, 'lock.sqlite'))).toBe(false);
  });

  it('is held once; the second is told by whom, and may have it after the first', () => {
    using dir = tempDir('folder');
    const first = openDataFolder(dir.path, roomy);
    first.lock.announce('http://127.0.0.1:5640/');
    expect(() => openDataFolder(dir.path, roomy)).toThrowError(
      expect.objectContaining({
        data: expect.objectContaining({
          code: 'folder-locked',
          message: expect.stringMatching(
            new RegExp(`in use by another LiveDB \\(process ${process.pid}, http://127.0.0.1:5640/`),
          ),
        }),
      }),
    );
    first.lock.release();
    first.lock.release();
    openDataFolder(dir.path, roomy).lock.release();
    expect(existsSync(join(dir.path, 'lock.json'))).toBe(false);
  });

  it('is left as it was found, but for what somebody has filled', () => {
    using dir = tempDir('folder');
    const path = join(dir.path, 'a', 'b');
    openDataFolder(path, roomy).leave();
    expect(existsSync(join(dir.path, 'a'))).toBe(false);
    const filled = openDataFolder(path, roomy);
    writeFileSync(join(filled.logDir, 'main.log'), 'x');
    filled.leave();
    expect(readdirSync(path)).toEqual(['logs']);
    // What was there before stays, whoever made it.
    openDataFolder(path, roomy).lock.release();
    openDataFolder(path, roomy).leave();
    expect(readdirSync(path).toSorted()).toEqual(['history.sqlite', 'lock.sqlite', 'logs']);
  });

  it("keeps the sentence when the holder's note is half written", () => {
    using dir = tempDir('folder');
    mkdirSync(dir.path, { recursive: true });
    const first = openDataFolder(dir.path, roomy);
    writeFileSync(join(dir.path, 'lock.json'), '{"pid":12');
    expect(() => openDataFolder(dir.path, roomy)).toThrow(/in use by another LiveDB\./);
    first.lock.release();
  });
});
