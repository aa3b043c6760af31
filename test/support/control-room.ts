// A running LiveDB as an outsider sees it: the built browser edition in a process of its own, driven over its
// automation interface. Used by the end-to-end tests and by the benchmarks.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { z } from 'zod';
import type { CommandInput, CommandName, CommandOutput } from '../../src/shared/commands.ts';
import { LiveDbError, LiveDbErrorData } from '../../src/shared/errors.ts';
import { Frame, Snapshot } from '../../src/shared/snapshot.ts';

const root = resolve(import.meta.dirname, '../..');
const Ready = z.object({
  ready: z.literal(true),
  url: z.string(),
  token: z.string(),
  open: z.string(),
  pid: z.number(),
});
export type Ready = z.infer<typeof Ready>;

export interface ControlRoom {
  ready: Ready;
  dataDir: string;
  process: ChildProcess;
  /** Milliseconds from spawn to the ready line. */
  readyAfterMs: number;
  snapshot(): Promise<Snapshot>;
  execute<C extends CommandName>(command: C, input: CommandInput<C>): Promise<CommandOutput<C>>;
  /** Frames as they arrive; ends with `stop`. */
  frames(listener: (frame: Frame, arrivedAt: number) => void): Promise<{ stop(): void }>;
  /** Looks every 25 ms until the snapshot is as wanted; fails after `timeoutMs` with what it saw last. */
  until(wanted: string, test: (snapshot: Snapshot) => boolean, timeoutMs?: number): Promise<Snapshot>;
  /** SIGTERM, and waits; resolves the exit code. Removes the data folder unless it was given. */
  close(): Promise<number | null>;
}

export interface StartOptions {
  dataDir?: string;
  args?: string[];
  env?: NodeJS.ProcessEnv;
}

export async function startControlRoom(options: StartOptions = {}): Promise<ControlRoom> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'livedb-room-'));
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      join(root, 'out/main/browser.js'),
      '--no-open',
      '--port',
      '0',
      '--json',
      '--data',
      dataDir,
      ...(options.args ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: options.env ?? process.env },
  );
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-10_000);
  });
  const line = await new Promise<string>((done, failed) => {
    createInterface({ input: child.stdout }).once('line', done);
    child.once('exit', (code) =>
      failed(new Error(`LiveDB ended with code ${code} before it was ready:\n${stderr}`)),
    );
  });
  const readyAfterMs = performance.now() - began;
  const ready = Ready.parse(JSON.parse(line));
  const headers = { authorization: `Bearer ${ready.token}` };

  const snapshot = async () => {
    const answer = await fetch(new URL('api/snapshot', ready.url), { headers });
    return Snapshot.parse(await answer.json());
  };
  return {
    ready,
    dataDir,
    process: child,
    readyAfterMs,
    snapshot,
    async execute(command, input) {
      const answer = await fetch(new URL(`api/${command}`, ready.url), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
      const body = z
        .union([z.object({ result: z.unknown() }), z.object({ error: LiveDbErrorData })])
        .parse(await answer.json());
      if ('error' in body) throw new LiveDbError(body.error);
      return body.result as CommandOutput<typeof command>;
    },
    async frames(listener) {
      const socket = new WebSocket(new URL('api/stream', ready.url.replace('http', 'ws')), { headers });
      socket.on('message', (data) => {
        const arrivedAt = Date.now();
        listener(Frame.parse(JSON.parse(String(data))), arrivedAt);
      });
      await once(socket, 'open');
      return { stop: () => socket.close() };
    },
    async until(wanted, test, timeoutMs = 15_000) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const seen = await snapshot();
        if (test(seen)) return seen;
        if (performance.now() > deadline) {
          const states = [...Object.entries(seen.stages), ...Object.entries(seen.services)].map(
            ([name, part]) => `${name} ${part.state}${part.error === null ? '' : ` (${part.error.message})`}`,
          );
          throw new Error(
            `Not "${wanted}" within ${timeoutMs} ms. ${states.join(', ')}; ledger ${JSON.stringify(seen.ledger)}`,
          );
        }
        await new Promise((resume) => setTimeout(resume, 25));
      }
    },
    async close() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
      child.kill('SIGTERM');
      await ended;
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
      return child.exitCode;
    },
  };
}
