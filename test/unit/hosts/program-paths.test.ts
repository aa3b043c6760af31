import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programPaths } from '../../../src/main/hosts/program-paths.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('program paths', () => {
  it('lead from source to programs, seed and icon that are there', () => {
    const paths = programPaths(join(root, 'src/main/browser.ts'));
    for (const name of ['postgres', 'broker', 'writer', 'producer', 'processor', 'replay'] as const) {
      expect([name, existsSync(paths.program(name))]).toEqual([name, true]);
    }
    expect([existsSync(paths.shippedSeed), existsSync(paths.icon)]).toEqual([true, true]);
    expect(paths.version()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('lead from the build to its neighbours', () => {
    const paths = programPaths(join(root, 'out/main/browser.js'));
    expect(paths.program('broker')).toBe(join(root, 'out/main/broker.js'));
    expect(paths.page).toBe(join(root, 'out/renderer'));
    expect(paths.shippedSeed).toBe(join(root, 'seed/livedb_seed.csv'));
  });
});
