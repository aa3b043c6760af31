// CPU and memory of a process and all its descendants, read from outside (Linux /proc; elsewhere null).
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessUse {
  pid: number;
  name: string;
  /** CPU seconds (user + system) since the process began. */
  cpuSeconds: number;
  /** Resident set, MB, and proportional set (shared pages split among their users), MB. */
  rssMb: number;
  pssMb: number;
}

const CLOCK_TICKS = 100;

function stat(pid: number): { parent: number; cpuSeconds: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS };
  } catch {
    return null; // It ended while we looked.
  }
}

function use(pid: number, cpuSeconds: number): ProcessUse | null {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0);
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const name =
      /out\/main\/(\w+)\.js/.exec(words)?.[1] ??
      (/postgres/.test(words) ? 'postgres server' : words.slice(0, 40));
    return { pid, name, cpuSeconds, rssMb: kb('Rss') / 1024, pssMb: kb('Pss') / 1024 };
  } catch {
    return null;
  }
}

/** The process and everything below it; PostgreSQL's backends are summed as `postgres server`. */
export function processTree(root: number): ProcessUse[] {
  if (process.platform !== 'linux') return [];
  const parents = new Map<number, { parent: number; cpuSeconds: number }>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const found = Number.isInteger(pid) ? stat(pid) : null;
    if (found !== null) parents.set(pid, found);
  }
  const inTree = (pid: number): boolean =>
    pid === root || (parents.has(pid) && inTree(parents.get(pid)?.parent ?? 0));
  const byName = new Map<string, ProcessUse>();
  for (const [pid, { cpuSeconds }] of parents) {
    const found = inTree(pid) ? use(pid, cpuSeconds) : null;
    if (found === null) continue;
    const before = byName.get(found.name);
    byName.set(found.name, {
      ...found,
      cpuSeconds: found.cpuSeconds + (before?.cpuSeconds ?? 0),
      rssMb: found.rssMb + (before?.rssMb ?? 0),
      pssMb: found.pssMb + (before?.pssMb ?? 0),
    });
  }
  return [...byName.values()];
}
