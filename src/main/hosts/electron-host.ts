// The Host over Electron's utility processes. Forks only after `ready`; a child's end is told once, whether it comes
// by its own `exit`, by the app's `child-process-gone`, by both in any order, or twice.
import type { Readable } from 'node:stream';
import type { ElectronApi, UtilityChild } from './electron-api.ts';
import type { ChildName, ForkedChild, Host } from './host.ts';
import { type ChildOutput, childExecArgv, followOutput } from './node-host.ts';
import type { ProgramPaths } from './program-paths.ts';

type ExitListener = (code: number | null, signal: string | null) => void;

interface ElectronChild extends ForkedChild {
  gone(code: number): void;
}

/** SIGKILL by pid: UtilityProcess.kill asks with SIGTERM, which a hung child does not hear. */
function killNow(child: UtilityChild, killPid: (pid: number) => void): void {
  if (child.pid === undefined) return;
  try {
    killPid(child.pid);
  } catch (error) {
    // Gone already: its exit is on the way. Anything else is left to Electron's own way of killing.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    child.kill();
  }
}

function adopt(child: UtilityChild, killPid: (pid: number) => void, forget: () => void): ElectronChild {
  const listeners: ExitListener[] = [];
  let pid = child.pid;
  let killed = false;
  let ended: { code: number | null; signal: string | null } | null = null;
  const gone = (code: number) => {
    if (ended !== null) return;
    const signal = killed ? 'SIGKILL' : null;
    ended = { code: killed ? null : code, signal };
    forget();
    for (const listener of listeners) listener(ended.code, ended.signal);
  };
  child.on('exit', gone);
  child.on('spawn', () => {
    pid = child.pid;
    // A kill that came before there was a process.
    if (killed) killNow(child, killPid);
  });
  return {
    get pid() {
      return pid;
    },
    send(message) {
      if (ended === null) child.postMessage(message);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      if (ended === null) {
        listeners.push(listener);
        return;
      }
      const { code, signal } = ended;
      queueMicrotask(() => listener(code, signal));
    },
    kill() {
      if (ended !== null) return;
      killed = true;
      killNow(child, killPid);
    },
    gone,
  };
}

const sigkill = (pid: number) => void process.kill(pid, 'SIGKILL');

/** To be called when the app is ready. */
export function createElectronHost(
  electron: Pick<ElectronApi, 'app' | 'utilityProcess'>,
  paths: ProgramPaths,
  output: ChildOutput,
  killPid: (pid: number) => void = sigkill,
): Host {
  const children = new Map<string, ElectronChild>();
  let serial = 0;
  electron.app.on('child-process-gone', (_event, details) => {
    if (details.type === 'Utility') children.get(details.serviceName ?? '')?.gone(details.exitCode);
  });
  return {
    edition: 'desktop',
    version: paths.version(),
    shippedSeed: paths.shippedSeed,
    fork(name: ChildName): ForkedChild {
      serial += 1;
      const serviceName = `livedb-${name}-${serial}`;
      const utility = electron.utilityProcess.fork(paths.program(name), [], {
        serviceName,
        stdio: 'pipe',
        execArgv: childExecArgv(name),
      });
      followOutput(
        name,
        { stdout: utility.stdout as Readable | null, stderr: utility.stderr as Readable | null },
        output,
      );
      const child = adopt(utility, killPid, () => children.delete(serviceName));
      children.set(serviceName, child);
      return child;
    },
  };
}
