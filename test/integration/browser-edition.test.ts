// The browser edition as a person's shell and other people's scripts start it, from source, on the real services:
// its ready line, its refusals, and that nothing is left behind however it ends.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Snapshot } from '../../src/shared/snapshot.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';

const ENTRY = resolve(import.meta.dirname, '../../src/main/browser.ts');
const data = tempDir('edition');

class Program {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  stderr = '';
  exit: { code: number | null; signal: string | null } | null = null;

  /** Started with a channel, as scripts/start.mjs starts it. */
  constructor(args: string[], env: NodeJS.ProcessEnv = {}) {
    this.process = fork(ENTRY, args, {
      execPath: process.execPath,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
    });
    if (this.process.stdout !== null) {
      createInterface({ input: this.process.stdout }).on('line', (line) => this.lines.push(line));
    }
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.process.on('exit', (code, signal) => {
      this.exit = { code, signal };
    });
  }

  async ready(): Promise<{ url: string; token: string; open: string; pid: number }> {
    await eventually('the ready line', () => this.lines.length > 0 || this.exit !== null, 20_000);
    const line = this.lines[0];
    if (line === undefined) throw new Error(`it ended before it was ready: ${this.stderr}`);
    return JSON.parse(line);
  }

  async ended(): Promise<number | null> {
    await eventually('the end', () => this.exit !== null, 20_000);
    return this.exit?.code ?? null;
  }
}

const programs: Program[] = [];
function start(args: string[], env: NodeJS.ProcessEnv = {}): Program {
  const program = new Program(args, env);
  programs.push(program);
  return program;
}
const usual = ['--no-open', '--no-run', '--port', '0', '--json', '--data', data.path];

async function snapshotOf({ url, token }: { url: string; token: string }): Promise<Snapshot> {
  const answer = await fetch(new URL('api/snapshot', url), { headers: { authorization: `Bearer ${token}` } });
  return Snapshot.parse(await answer.json());
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts it on the shared folder and waits until both services run; gives their pids as well. */
async function running() {
  const program = start(usual);
  const ready = await program.ready();
  let pids: number[] = [];
  await eventually(
    'both services running',
    async () => {
      const { services } = await snapshotOf(ready);
      pids = [services.postgres.pid, services.kafka.pid].filter((pid) => pid !== null);
      return services.postgres.state === 'running' && services.kafka.state === 'running';
    },
    30_000,
  );
  return { program, ready, pids };
}

afterEach(async () => {
  for (const program of programs.splice(0)) {
    if (program.exit !== null) continue;
    program.process.kill('SIGTERM');
    await program.ended();
  }
});
afterAll(() => data[Symbol.dispose]());

describe('the browser edition', () => {
  it('gives its ready line first, drains on SIGTERM, leaves nothing running and its folder free', async () => {
    const { program, ready, pids } = await running();
    expect(ready).toEqual({
      ready: true,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      token: expect.stringMatching(/^[\w-]{43}$/),
      open: `${ready.url}#token=${ready.token}`,
      pid: program.process.pid,
    });
    expect(pids).toHaveLength(2);
    program.process.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect(program.stderr).toBe('');
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(join(data.path, 'lock.json'))).toBe(false);
  });

  it('tells a second one who holds the folder, and is not harmed by it', async () => {
    const { program, ready } = await running();
    const second = start(usual);
    expect(await second.ended()).toBe(1);
    expect(second.lines).toEqual([]);
    expect(second.stderr).toMatch(
      new RegExp(
        `^The data folder .* is in use by another LiveDB \\(process ${program.process.pid}, ${ready.url}`,
      ),
    );
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
    expect((await snapshotOf(ready)).services.postgres.state).toBe('running');
  });

  it('ends with its launcher, services and all', async () => {
    const { program, pids } = await running();
    program.process.disconnect();
    expect(await program.ended()).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('leaves no child behind when it is killed, and starts again on the same folder', async () => {
    const { program, pids } = await running();
    program.process.kill('SIGKILL');
    await program.ended();
    await eventually('the end of its children', () => pids.filter(isAlive).length === 0, 10_000);
    const again = await running();
    expect((await snapshotOf(again.ready)).services.postgres.state).toBe('running');
  });

  it('goes on when nobody reads its output any more', async () => {
    const { program, ready } = await running();
    program.process.stdout?.destroy();
    program.process.stderr?.destroy();
    expect((await snapshotOf(ready)).services.kafka.state).toBe('running');
  });
});

describe('refusals at the start', () => {
  it('a port that is taken: one sentence, code 1, nothing left behind', async () => {
    using own = tempDir('edition');
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const folder = join(own.path, 'new', 'data');
    const program = start(['--no-open', '--json', '--port', port, '--data', folder]);
    expect(await program.ended()).toBe(1);
    other.close();
    expect(program.stderr.trim()).toBe(
      `Port ${port} is taken by another program. ` +
        'Stop that program, or choose another port with --port N (0 takes a free one).',
    );
    expect([program.lines, readdirSync(own.path)]).toEqual([[], []]);
  });

  it('a bad variable of the environment: named, nothing started', async () => {
    using own = tempDir('edition');
    const args = ['--no-open', '--json', '--port', '0', '--data', own.path];
    const program = start(args, { DATABASE_URL: 'nonsense' });
    expect(await program.ended()).toBe(1);
    expect(program.stderr).toContain('DATABASE_URL');
    expect([program.lines, existsSync(join(own.path, 'postgres'))]).toEqual([[], false]);
  });

  it('a bad option: one sentence, code 2', async () => {
    const program = start(['--porto', '1']);
    expect(await program.ended()).toBe(2);
    expect(program.stderr).toMatch(/--porto/);
    expect(program.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('help is no refusal', async () => {
    const program = start(['--help']);
    expect(await program.ended()).toBe(0);
    expect(program.lines.join('\n')).toContain('--no-open');
  });

  it('a browser that cannot show a window: the address is there to open by hand', async () => {
    using own = tempDir('edition');
    // Node as the browser: it does not know --app and ends at once.
    const env = { DISPLAY: ':99', LIVEDB_BROWSER: process.execPath };
    const program = start(['--no-run', '--port', '0', '--data', own.path], env);
    await eventually('the hint', () => program.stderr.includes('could not show a window'), 20_000);
    expect(program.lines[0]).toMatch(/^LiveDB runs at http:\/\/127\.0\.0\.1:\d+\/#token=/);
  });
});
