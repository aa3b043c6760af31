// The witness process (Arrivals.java) as compare.ts sees it: how many records of a topic have arrived, and when each did.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { JavaParts } from './java-parts.ts';

const LOOK_EVERY_MS = 50;

/** Moments are microseconds since 1970, of this machine's clock. */
export interface Arrival {
  id: number;
  at: number;
}

export class Arrivals {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;

  private constructor(process: ChildProcess, lines: Interface) {
    this.#process = process;
    this.#lines = lines;
    this.#answers = lines[Symbol.asyncIterator]();
  }

  /** Begins at the present end of the topics, which must exist. */
  static async open(java: JavaParts, bootstrap: string, topics: readonly string[]): Promise<Arrivals> {
    const options = ['-Xmx256m', '-XX:+UseSerialGC', '-cp', java.classPath];
    const child = spawn('java', [...options, 'Arrivals', bootstrap, ...topics], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const witness = new Arrivals(child, createInterface({ input: child.stdout }));
    await witness.#answer();
    return witness;
  }

  async #answer(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error('The consumer that watches both topics has ended.');
    return value;
  }

  #ask(question: string): Promise<string> {
    this.#process.stdin?.write(`${question}\n`);
    return this.#answer();
  }

  async count(topic: string): Promise<number> {
    return Number(await this.#ask(`count ${topic}`));
  }

  async reset(topic: string): Promise<void> {
    await this.#ask(`reset ${topic}`);
  }

  /** Waits for that many records since the last reset; `check` may throw to end it. */
  async until(topic: string, records: number, timeoutMs: number, check: () => void): Promise<void> {
    for (const giveUpAt = performance.now() + timeoutMs; ; ) {
      const seen = await this.count(topic);
      if (seen >= records) return;
      check();
      if (performance.now() > giveUpAt)
        throw new Error(`${seen} of ${records} records arrived in ${topic} within ${timeoutMs / 1000} s.`);
      await pause(LOOK_EVERY_MS);
    }
  }

  /** All since the last reset, in the order of arrival. */
  async dump(topic: string): Promise<Arrival[]> {
    const found: Arrival[] = [];
    for (let line = await this.#ask(`dump ${topic}`); line !== 'end'; line = await this.#answer()) {
      const space = line.indexOf(' ');
      found.push({ id: Number(line.slice(0, space)), at: Number(line.slice(space + 1)) });
    }
    return found;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin?.end();
    this.#process.kill('SIGTERM');
    await ended;
    this.#lines.close();
  }
}
