// A server or single backends of it that a killed run left behind: found by the cluster's folder and ended, so that a
// new server can take the folder over. Called by postmaster.ts before each start.
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PostmasterFile {
  pid: number;
  port: number;
  /** `starting`, `ready`, `standby` or `stopping`: line 8, see PostgreSQL's miscadmin.h (LOCK_FILE_LINE_PM_STATUS). */
  status: string;
}

/** Reads postmaster.pid: pid, folder, start time, port, socket folder, address, shared memory, status. */
export function parsePostmasterFile(text: string): PostmasterFile | null {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}

export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | null> {
  try {
    return parsePostmasterFile(await readFile(join(cluster, 'postmaster.pid'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Sends a signal to a process that may have just gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Every process of PostgreSQL stands in its cluster's folder. Linux only: others give an empty list. */
export async function processesIn(cluster: string): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const folder = await realpath(cluster).catch(() => cluster);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const here = await Promise.all(
    pids.map(async (pid) => {
      // Processes of other accounts, and those that end meanwhile, cannot be read: they are not ours.
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null);
      if (cwd !== folder) return null;
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
      return name.trim() === 'postgres' ? Number(pid) : null;
    }),
  );
  return here.filter((pid) => pid !== null);
}

/** Whether the process of that pid is a server of this cluster, and not a stranger that got the number since. */
async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'linux') return (await processesIn(cluster)).includes(pid);
  const [command, args] =
    process.platform === 'win32'
      ? ['tasklist', ['/FI', `PID eq ${pid}`, '/NH', '/FO', 'CSV']]
      : ['ps', ['-p', String(pid), '-o', 'comm=']];
  const { stdout } = await run(command as string, args as string[], { windowsHide: true }).catch(() => ({
    stdout: '',
  }));
  return basename(stdout.trim()).includes('postgres');
}

/** Waits until `done`, at most `ms`; looks every 20 ms. */
export async function waitUntil(done: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await done())) {
    if (performance.now() >= end) return false;
    await pause(20);
  }
  return true;
}

/** How long a leftover may take for its own orderly end (it writes a checkpoint), and then for a quick one, ms. */
const ORDERLY_MS = 2_500;
const QUICK_MS = 1_000;

/**
 * Ends whatever still holds the cluster: a server (orderly, then at once), then backends whose server was killed. They
 * would notice by themselves, but not before the statement in hand is through. Returns what was ended, for the log.
 */
export async function endLeftovers(cluster: string): Promise<number[]> {
  const ended: number[] = [];
  const file = await readPostmasterFile(cluster);
  if (file !== null && (await isServerOf(file.pid, cluster))) {
    ended.push(file.pid);
    // Not isAlive: a dead server whose parent never asks for its fate stays as a zombie.
    const gone = async () => !(await isServerOf(file.pid, cluster));
    signal(file.pid, 'SIGINT');
    if (!(await waitUntil(gone, ORDERLY_MS))) {
      signal(file.pid, 'SIGQUIT');
      if (!(await waitUntil(gone, QUICK_MS))) signal(file.pid, 'SIGKILL');
    }
  } else if (file !== null && isAlive(file.pid)) {
    // The number belongs to a stranger now; PostgreSQL would take it for a running server.
    await rm(join(cluster, 'postmaster.pid'), { force: true });
  }
  const orphans = await processesIn(cluster);
  for (const pid of orphans) signal(pid, 'SIGQUIT');
  ended.push(...orphans);
  const allGone = async () => (await processesIn(cluster)).length === 0;
  if (orphans.length > 0 && !(await waitUntil(allGone, QUICK_MS))) {
    for (const pid of await processesIn(cluster)) signal(pid, 'SIGKILL');
    await waitUntil(allGone, QUICK_MS);
  }
  return ended;
}
