// CPU and memory of the whole server: this host, the postmaster and all its backends. Called once a second for the beat.
// Linux: proportional set size, so that the shared buffers count once however many backends touch them.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import pidusage from 'pidusage';

const run = promisify(execFile);

export interface Usage {
  /** Share of one core since the last look; null at the first. */
  cpu: number | null;
  rssBytes: number | null;
}

/** Clock ticks a second in /proc (USER_HZ), 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** utime, stime and, of children that have ended, cutime and cstime: proc(5), fields 14 to 17 of /proc/PID/stat. */
export function ticksOf(stat: string): { own: number; ended: number } {
  // The second field is a name in parentheses that may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (n: number) => Number(fields[n - 3] ?? 0);
  return { own: field(14) + field(15), ended: field(16) + field(17) };
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim() === '' ? [] : text.trim().split(' ').map(Number);
}

async function linuxUsage(pid: number): Promise<{ seconds: number; rssBytes: number }> {
  const children = await childrenOf(pid);
  const shares = await Promise.all(
    [pid, ...children].map(async (each) => {
      try {
        const [stat, memory] = await Promise.all([
          readFile(`/proc/${each}/stat`, 'utf8'),
          readFile(`/proc/${each}/smaps_rollup`, 'utf8'),
        ]);
        const { own, ended } = ticksOf(stat);
        const kilobytes = Number(/^Pss:\s+(\d+)/m.exec(memory)?.[1] ?? 0);
        return { ticks: each === pid ? own + ended : own, kilobytes };
      } catch {
        // A backend that ended between the two looks; its time is in the postmaster's from now on.
        return { ticks: 0, kilobytes: 0 };
      }
    }),
  );
  const sum = (pick: (share: { ticks: number; kilobytes: number }) => number) =>
    shares.reduce((total, share) => total + pick(share), 0);
  return {
    seconds: sum((share) => share.ticks) / TICKS_PER_S,
    rssBytes: sum((share) => share.kilobytes) * 1024,
  };
}

/** The postmaster first, so that it makes no more backends while they are being told something. */
export async function serverPids(postmaster: number): Promise<number[]> {
  const children =
    process.platform === 'linux' ? await childrenOf(postmaster) : await listedChildren(postmaster);
  return [postmaster, ...children];
}

async function listedChildren(pid: number): Promise<number[]> {
  // pgrep ends with 1 when it finds none, and is not there on Windows.
  const { stdout } = await run('pgrep', ['-P', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter(Boolean).map(Number);
}

/** macOS has no proportional size: private memory cannot be told, so shared pages are counted in the largest alone. */
async function pidusageOf(pid: number): Promise<{ cpu: number; rssBytes: number }> {
  const pids = [pid, ...(await listedChildren(pid))];
  const all = Object.values(await pidusage(pids));
  const sizes = all.map((one) => one.memory).sort((a, b) => b - a);
  const [largest = 0, ...others] = sizes;
  const rssBytes = largest + others.reduce((sum, size) => sum + Math.max(0, size - SHARED_BYTES), 0);
  return { cpu: all.reduce((sum, one) => sum + one.cpu, 0) / 100, rssBytes };
}
const SHARED_BYTES = 64 * 1024 * 1024;

/** Starting a program to look costs more than the look: elsewhere than on Linux the figures are this old, ms. */
const SLOW_LOOK_MS = 5_000;

const cpuSecondsOf = (usage: NodeJS.CpuUsage) => (usage.user + usage.system) / 1_000_000;

/** Gives a function that measures since its last call. Figures that cannot be had are null. */
export function measureServer(
  pid: number,
  now: () => number = performance.now.bind(performance),
): () => Promise<Usage> {
  let last: { at: number; seconds: number } | null = null;
  let slow: { at: number; usage: Usage } | null = null;
  return async () => {
    const ownSeconds = cpuSecondsOf(process.cpuUsage());
    const ownBytes = process.memoryUsage.rss();
    if (process.platform === 'linux') {
      const server = await linuxUsage(pid);
      const seconds = server.seconds + ownSeconds;
      const at = now();
      const cpu =
        last === null ? null : Math.max(0, seconds - last.seconds) / Math.max(0.001, (at - last.at) / 1000);
      last = { at, seconds };
      return { cpu, rssBytes: ownBytes + server.rssBytes };
    }
    if (process.platform === 'win32') return { cpu: null, rssBytes: null };
    if (slow === null || now() - slow.at >= SLOW_LOOK_MS) {
      const usage = await pidusageOf(pid).then(
        (server) => ({ cpu: server.cpu, rssBytes: server.rssBytes + ownBytes }),
        () => ({ cpu: null, rssBytes: null }),
      );
      slow = { at: now(), usage };
    }
    return slow.usage;
  };
}
