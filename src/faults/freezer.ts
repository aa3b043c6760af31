// Freezes processes for a time (SIGSTOP) and thaws them (SIGCONT), also when the one who asked is gone meanwhile.
// Used by main.ts of this folder.

export interface Freezer {
  /** Pids that are gone already are passed over. Gives how many were frozen. */
  freeze(pids: readonly number[], ms: number): number;
  thawAll(): void;
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

export function createFreezer(): Freezer {
  const frozen = new Map<number, NodeJS.Timeout>();
  const thaw = (pid: number) => {
    clearTimeout(frozen.get(pid));
    frozen.delete(pid);
    signal(pid, 'SIGCONT');
  };
  return {
    freeze(pids, ms) {
      const struck = pids.filter((pid) => signal(pid, 'SIGSTOP'));
      for (const pid of struck) {
        clearTimeout(frozen.get(pid));
        frozen.set(
          pid,
          setTimeout(() => thaw(pid), ms),
        );
      }
      return struck.length;
    },
    thawAll() {
      for (const pid of [...frozen.keys()]) thaw(pid);
    },
  };
}
