// Processor time a process has taken so far. Asked by silence.ts of a child that is not heard.
import pidusage from 'pidusage';

/** Seconds on all cores since the process began; rejects when it is gone. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  return (await pidusage(pid)).ctime / 1_000;
}
