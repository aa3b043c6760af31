import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSettings } from '../../../src/main/control/settings-store.ts';
import { DEFAULT_SETTINGS } from '../../../src/shared/settings.ts';
import { tempDir } from '../../support/temp-dir.ts';

const open = (dir: string) => openSettings(dir, () => 1234);

describe('settings of the data folder', () => {
  it('begin with the defaults and keep a change over a restart', async () => {
    using dir = tempDir('settings');
    const { store, fault } = await open(dir.path);
    expect(fault).toBeNull();
    expect(store.current()).toEqual(DEFAULT_SETTINGS);
    await store.change({ writer: { rowsPerBurst: 7 } });
    const again = await open(dir.path);
    expect(again.store.current()).toEqual({
      ...DEFAULT_SETTINGS,
      writer: { ...DEFAULT_SETTINGS.writer, rowsPerBurst: 7 },
    });
  });

  it.each([
    ['broken JSON', '{"writer":'],
    [
      'a value out of range',
      JSON.stringify({ ...DEFAULT_SETTINGS, producer: { batchSize: 0, pollIntervalMs: 20 } }),
    ],
    ['an unknown field', JSON.stringify({ ...DEFAULT_SETTINGS, colour: 'red' })],
    ['something else altogether', '[1, 2]'],
  ])('move a file with %s aside and go on with the defaults', async (_what, text) => {
    using dir = tempDir('settings');
    writeFileSync(join(dir.path, 'settings.json'), text);
    const { store, fault } = await open(dir.path);
    expect(store.current()).toEqual(DEFAULT_SETTINGS);
    expect(fault?.cause).not.toBe('');
    expect(readFileSync(fault?.movedTo ?? '', 'utf8')).toBe(text);
    expect(existsSync(join(dir.path, 'settings.json'))).toBe(false);
  });

  it('take a file of an older LiveDB that lacks a setting', async () => {
    using dir = tempDir('settings');
    writeFileSync(join(dir.path, 'settings.json'), JSON.stringify({ writer: { rowsPerBurst: 9 } }));
    const { store, fault } = await open(dir.path);
    expect(fault).toBeNull();
    expect(store.current().writer.rowsPerBurst).toBe(9);
  });

  it('change nothing when a part of a change is refused', async () => {
    using dir = tempDir('settings');
    const { store } = await open(dir.path);
    const change = { writer: { rowsPerBurst: 8, intervalMs: -1 } };
    await expect(store.change(change)).rejects.toMatchObject({
      data: { code: 'bad-request', details: { fields: [{ path: 'writer.intervalMs' }] } },
    });
    expect(store.current()).toEqual(DEFAULT_SETTINGS);
    expect(existsSync(join(dir.path, 'settings.json'))).toBe(false);
  });

  it('change nothing when they cannot be saved', async () => {
    using dir = tempDir('settings');
    const { store } = await open(dir.path);
    // A folder in the place of the temporary file: no one can write there, not even root.
    mkdirSync(join(dir.path, 'settings.json.tmp'));
    await expect(store.change({ writer: { rowsPerBurst: 8 } })).rejects.toMatchObject({
      data: { code: 'settings.not-saved' },
    });
    expect(store.current()).toEqual(DEFAULT_SETTINGS);
  });

  it('apply changes that come at once one after another, losing none', async () => {
    using dir = tempDir('settings');
    const { store } = await open(dir.path);
    await Promise.all([
      store.change({ writer: { rowsPerBurst: 2 } }),
      store.change({ writer: { intervalMs: 3 } }),
      store.change({ producer: { batchSize: 4 } }),
      store.change({ ui: { theme: 'dark' } }),
    ]);
    const saved = JSON.parse(readFileSync(join(dir.path, 'settings.json'), 'utf8'));
    expect(saved).toMatchObject({
      writer: { rowsPerBurst: 2, intervalMs: 3 },
      producer: { batchSize: 4 },
      ui: { theme: 'dark' },
    });
    expect(readdirSync(dir.path)).toEqual(['settings.json']);
  });
});
