// The Host over child_process: used by the browser edition and by integration tests.
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ChildName, ForkedChild, Host } from './host.ts';
import type { ProgramPaths } from './program-paths.ts';

/** Takes one line that a child wrote outside its channel. */
export type ChildOutput = (name: ChildName, stream: 'stdout' | 'stderr', line: string) => void;

/**
 * V8's choices for a child. Young generations of 8 MB instead of 16: six processes share one desktop. The host of
 * PostgreSQL only waits, so it is told to stay small at the cost of speed (measured: 13 MB less; 10-15% slower code,
 * which the stages and the broker would feel). The silenced warning is kafkajs's, on every connection.
 */
export function childExecArgv(name: ChildName): string[] {
  const memory = name === 'postgres' ? '--optimize-for-size' : '--max-semi-space-size=8';
  return [memory, '--disable-warning=TimeoutNegativeWarning'];
}

const MAX_LINE = 2_000;

/** Reads a child's output line by line, so that a full pipe never holds it up. */
export function followOutput(
  name: ChildName,
  streams: { stdout: Readable | null; stderr: Readable | null },
  output: ChildOutput,
): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const readable = streams[stream];
    if (readable === null) continue;
    createInterface({ input: readable }).on('line', (line) => output(name, stream, line.slice(0, MAX_LINE)));
  }
}

function forked(child: ChildProcess): ForkedChild {
  const exitListeners: ((code: number | null, signal: string | null) => void)[] = [];
  let ended: { code: number | null; signal: string | null } | null = null;
  const end = (code: number | null, signal: string | null) => {
    if (ended !== null) return;
    ended = { code, signal };
    for (const listener of exitListeners) listener(code, signal);
  };
  child.on('exit', end);
  // A child that could not be started at all has no exit; a failed send or kill of a running one is not its end.
  child.on('error', () => {
    if (child.pid === undefined) end(null, null);
  });
  return {
    get pid() {
      return child.pid;
    },
    send(message) {
      // A child that is just going away: its exit tells the supervisor all it needs.
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      if (ended !== null) {
        const { code, signal } = ended;
        queueMicrotask(() => listener(code, signal));
      } else exitListeners.push(listener);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

export function createNodeHost(paths: ProgramPaths, output: ChildOutput): Host {
  return {
    edition: 'browser',
    version: paths.version(),
    shippedSeed: paths.shippedSeed,
    fork(name) {
      const child = fork(paths.program(name), [], {
        execArgv: childExecArgv(name),
        serialization: 'advanced',
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        windowsHide: true,
      });
      followOutput(name, child, output);
      return forked(child);
    },
  };
}
