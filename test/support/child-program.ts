// Runs one of LiveDB's child programs from source, as the control plane would, for integration tests: it speaks the
// link, keeps what the child said, and lets a test wait for a condition.
import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import type { LiveDbErrorData } from '../../src/shared/errors.ts';
import { FromChild, type ToChild } from '../../src/shared/link.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export class ChildProgram<Report> {
  readonly reports: Report[] = [];
  readonly incidents: Extract<FromChild, { type: 'incident' }>[] = [];
  readonly beats: Extract<FromChild, { type: 'beat' }>[] = [];
  waiting: string | null = null;
  fatal: { error: LiveDbErrorData; retry: boolean } | null = null;
  /** Set once the process is gone. */
  exit: { code: number | null; signal: NodeJS.Signals | null } | null = null;
  info: unknown = undefined;
  stderr = '';
  readonly #process: ChildProcess;
  #calls = 0;
  readonly #replies = new Map<number, (message: FromChild) => void>();
  readonly #watchers = new Set<() => void>();

  constructor(program: string) {
    this.#process = fork(resolve(ROOT, 'src', program, 'main.ts'), {
      execPath: process.execPath,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#process.on('message', (raw) => this.#take(FromChild.parse(raw)));
    // It could not be started, or its channel broke: a test waits for neither.
    this.#process.on('error', (error) => {
      this.stderr += `${error.message}\n`;
      if (this.#process.pid === undefined) this.exit = { code: null, signal: null };
      this.#changed();
    });
    this.#process.once('exit', (code, signal) => {
      this.exit = { code, signal };
      this.#changed();
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the child has no process');
    return this.#process.pid;
  }

  get lastReport(): Report | undefined {
    return this.reports.at(-1);
  }

  send(message: ToChild): void {
    this.#process.send(message);
  }

  /** Starts it and waits for `ready`; rejects with what it died of. */
  async start<Info>(config: unknown, timeoutMs = 30_000): Promise<Info> {
    this.send({ type: 'start', config });
    await this.until(() => this.info !== undefined || this.exit !== null, 'ready', timeoutMs);
    if (this.info === undefined)
      throw new Error(`ended before ready: ${this.fatal?.error.message} ${this.stderr}`);
    return this.info as Info;
  }

  configure(config: unknown): void {
    this.send({ type: 'configure', config });
  }

  call(method: string, args: unknown = null): Promise<FromChild> {
    const id = ++this.#calls;
    return new Promise((settle) => {
      this.#replies.set(id, settle);
      this.send({ type: 'call', id, method, args });
    });
  }

  /** The result of a call; throws with its code when it is refused. */
  async ask<T>(method: string, args: unknown): Promise<T> {
    const answer = await this.call(method, args);
    if (answer.type === 'refusal') throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return (answer.type === 'reply' ? answer.result : null) as T;
  }

  /** Drains and waits for the end; gives the exit code. */
  async drain(): Promise<number | null> {
    if (this.exit === null) this.send({ type: 'drain' });
    await this.ended(8_000);
    return this.exit === null ? null : this.exit.code;
  }

  async kill(): Promise<void> {
    if (this.exit === null) this.#process.kill('SIGKILL');
    await this.ended();
  }

  /** Closes the channel, as the death of the parent does. */
  orphan(): void {
    this.#process.disconnect();
  }

  ended(timeoutMs = 10_000): Promise<void> {
    return this.until(() => this.exit !== null, 'the end of the process', timeoutMs);
  }

  /** Waits until the condition holds; looks whenever the child says something. */
  until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    return new Promise((settle, reject) => {
      const watcher = () => {
        if (!condition()) return;
        done();
        settle();
      };
      const timer = setTimeout(() => {
        done();
        const said = JSON.stringify({ fatal: this.fatal, waiting: this.waiting, report: this.lastReport });
        reject(new Error(`waited ${timeoutMs} ms for ${what}; ${said} ${this.stderr}`));
      }, timeoutMs);
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #take(message: FromChild): void {
    switch (message.type) {
      case 'ready':
        this.info = message.info;
        break;
      case 'report':
        this.reports.push(message.report as Report);
        break;
      case 'waiting':
        this.waiting = message.reason;
        break;
      case 'incident':
        this.incidents.push(message);
        break;
      case 'beat':
        this.beats.push(message);
        break;
      case 'fatal':
        this.fatal = { error: message.error, retry: message.retry };
        break;
      case 'reply':
      case 'refusal':
        this.#replies.get(message.id)?.(message);
        this.#replies.delete(message.id);
        break;
      case 'hello':
        break;
    }
    this.#changed();
  }
}
