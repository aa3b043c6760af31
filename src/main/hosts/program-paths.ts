// Where the programs of LiveDB's child processes, its page and its shipped files are: beside the running entry in
// out/main when it is built, in src when it runs from source. Used by both hosts.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ChildName } from './host.ts';

const SOURCES: Readonly<Record<ChildName, string>> = {
  postgres: 'postgres/main.ts',
  broker: 'broker/main.ts',
  writer: 'stages/writer/main.ts',
  producer: 'stages/producer/main.ts',
  processor: 'stages/processor/main.ts',
  replay: 'stages/replay/main.ts',
  audit: 'stages/audit/main.ts',
  faults: 'faults/main.ts',
};

export interface ProgramPaths {
  /** Folder of package.json. */
  root: string;
  program(name: ChildName): string;
  preload: string;
  /** Folder of the built page. */
  page: string;
  shippedSeed: string;
  icon: string;
  version(): string;
}

/** `entry` is the file of the running entry point: …/out/main/browser.js or …/src/main/browser.ts. */
export function programPaths(entry: string): ProgramPaths {
  const fromSource = entry.endsWith('.ts');
  const main = resolve(entry, '..');
  const root = resolve(main, '../..');
  return {
    root,
    program: (name) => (fromSource ? join(root, 'src', SOURCES[name]) : join(main, `${name}.js`)),
    preload: join(root, 'out/preload/index.cjs'),
    page: join(root, 'out/renderer'),
    shippedSeed: join(root, 'seed/livedb_seed.csv'),
    icon: join(root, 'resources/icon.png'),
    version: () =>
      z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
        .version,
  };
}
