// Starts, watches and ends the PostgreSQL server process (the postmaster). Called by main.ts, one server at a time.
import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LiveDbError } from '../shared/errors.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { programOptions } from './initdb.ts';
import { isAlive, readPostmasterFile, signal, waitUntil } from './leftover.ts';
import { SETTINGS_FILE, settingsFile } from './server-settings.ts';

const run = promisify(execFile);

/** Includes a crash recovery: `max_wal_size` bounds that to a few seconds on a slow disk. */
const START_TIMEOUT_MS = 20_000;
const FAST_STOP_MS = 3_500;
const IMMEDIATE_STOP_MS = 800;
/** Windows starts the server through pg_ctl, so that its end can only be looked for. */
const WATCH_MS = 100;

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Settles when the process has ended, whatever ended it; the sentence says how. */
  readonly ended: Promise<string>;
  /** Orderly end (fast shutdown: open transactions are rolled back), then a quick one. */
  stop(fastMs?: number): Promise<void>;
  /** SIGKILL: what a power cut does to a server. */
  kill(): void;
}

export interface PostmasterOptions {
  binaries: Binaries;
  cluster: string;
  parent: string;
  port: number;
  account: Account | null;
  /** Lines that the server writes. */
  onLine(line: string): void;
}

/** The server ends with us even when we are killed, where the system offers that (Linux: setpriv of util-linux). */
async function deathSignalPrefix(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const works = await run('setpriv', ['--pdeathsig', 'INT', 'true']).then(
    () => true,
    () => false,
  );
  return works ? ['setpriv', '--pdeathsig', 'INT'] : [];
}

function startFailed(said: string, how: string): LiveDbError {
  const output = said.trim();
  const fatal = /(?:FATAL|PANIC):\s+(.*)/.exec(output)?.[1] ?? output.split('\n').at(-1) ?? '';
  if (/No space left on device/.test(output)) {
    return new LiveDbError({
      code: 'postgres.disk-full',
      message: 'PostgreSQL could not start because the disk is full.',
      remedy: 'Free space on the disk of the data folder and start it again; no committed row is lost.',
    });
  }
  if (/could not bind|Address already in use/.test(output)) {
    return new LiveDbError({
      code: 'postgres.port',
      message: 'Another program took the port of PostgreSQL just now.',
      remedy: 'Nothing to do: the next try takes another port.',
    });
  }
  return new LiveDbError({
    code: 'postgres.start',
    message: `PostgreSQL did not start (${how}): ${fatal === '' ? 'it said nothing' : fatal}`,
    remedy: 'See the log of postgres in the data folder.',
    details: { output: output.slice(-2_000) },
  });
}

/** Starts the server and waits until it takes connections. Throws LiveDbError; then no process is left. */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  await writeFile(join(options.cluster, SETTINGS_FILE), settingsFile(), { mode: 0o644 });
  return process.platform === 'win32' ? startThroughPgCtl(options) : startDirectly(options);
}

async function startDirectly(options: PostmasterOptions): Promise<Postmaster> {
  const { binaries, cluster, port, account } = options;
  const [program = binaries.postgres, ...args] = [
    ...(await deathSignalPrefix()),
    binaries.postgres,
    ...['-D', cluster, '-p', String(port)],
  ];
  const child = spawn(program, args, {
    ...programOptions(account, options.parent),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-8_000);
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-8_000);
    for (const line of lines) options.onLine(line);
  });
  let how: string | null = null;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      how = error.message;
      resolve(how);
    });
    child.once('exit', (code, name) => {
      how = name === null ? `exit code ${code}` : `signal ${name}`;
      resolve(how);
    });
  });
  const ready = await waitUntil(async () => {
    if (how !== null) return true;
    const file = await readPostmasterFile(cluster);
    return file?.pid === child.pid && file?.status === 'ready';
  }, START_TIMEOUT_MS);
  const { pid } = child;
  if (how !== null || pid === undefined) {
    // The pipe may still hold the server's last words.
    if (!child.stderr.readableEnded && pid !== undefined) {
      await new Promise((resolve) => child.stderr.once('close', resolve));
    }
    throw startFailed(said, how ?? 'no process');
  }
  const postmaster = handle(pid, port, ended, () => how !== null);
  if (!ready) {
    await postmaster.stop(0);
    throw startFailed(said, `not ready after ${START_TIMEOUT_MS / 1000} s`);
  }
  return postmaster;
}

/** pg_ctl drops the rights of an administrator's shell, with which postgres.exe refuses to start. */
async function startThroughPgCtl(options: PostmasterOptions): Promise<Postmaster> {
  const { binaries, cluster, parent, port } = options;
  const log = join(parent, 'postgres-server.log');
  const wait = String(START_TIMEOUT_MS / 1000);
  const args = ['start', '-D', cluster, '-w', '-t', wait, '-l', log, '-o', `-p ${port}`];
  try {
    await run(binaries.pgCtl, args, programOptions(null, parent));
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    throw startFailed(`${stdout}\n${stderr}`, 'pg_ctl start failed');
  }
  const file = await readPostmasterFile(cluster);
  if (file === null) throw startFailed('', 'it ended at once');
  let gone = false;
  const ended = new Promise<string>((resolve) => {
    const watch = setInterval(() => {
      if (isAlive(file.pid)) return;
      clearInterval(watch);
      gone = true;
      resolve('its process is gone');
    }, WATCH_MS);
  });
  const stopFast = () => {
    const stop = run(
      binaries.pgCtl,
      ['stop', '-D', cluster, '-m', 'fast', '-W'],
      programOptions(null, parent),
    );
    stop.catch((error: Error) => options.onLine(`pg_ctl stop: ${error.message}`));
  };
  return handle(file.pid, port, ended, () => gone, stopFast);
}

function handle(
  pid: number,
  port: number,
  ended: Promise<string>,
  hasEnded: () => boolean,
  stopFast = () => signal(pid, 'SIGINT'),
): Postmaster {
  // Whatever ends this process (a failed start, a lost parent), the server is told to end as well.
  const endWithUs = () => stopFast();
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));
  return {
    pid,
    port,
    ended,
    kill: () => signal(pid, 'SIGKILL'),
    async stop(fastMs = FAST_STOP_MS) {
      if (hasEnded()) return;
      if (fastMs > 0) {
        stopFast();
        if (await waitUntil(hasEnded, fastMs)) return;
      }
      // An immediate shutdown; the next start replays the log. Windows knows no SIGQUIT.
      signal(pid, process.platform === 'win32' ? 'SIGKILL' : 'SIGQUIT');
      if (await waitUntil(hasEnded, IMMEDIATE_STOP_MS)) return;
      signal(pid, 'SIGKILL');
      await waitUntil(hasEnded, IMMEDIATE_STOP_MS);
    },
  };
}
