// A control plane without a pipeline: parses commands as the real one does, answers a few, sends the frames a test says.
import type { App } from '../../src/main/app-api.ts';
import { COMMANDS, isCommand } from '../../src/shared/commands.ts';
import { LiveDbError } from '../../src/shared/errors.ts';
import type { Frame } from '../../src/shared/snapshot.ts';
import { frameOf, quietSnapshot } from './quiet-snapshot.ts';

export class FakeApp implements App {
  readonly executed: { command: string; input: unknown }[] = [];
  readonly listeners = new Set<(frame: Frame) => void>();
  /** Overrides of answers by command. */
  readonly answers = new Map<string, (input: unknown) => unknown>();
  closed = 0;

  snapshot() {
    return quietSnapshot();
  }

  subscribe(listener: (frame: Frame) => void): () => void {
    this.listeners.add(listener);
    listener(frameOf(0));
    return () => void this.listeners.delete(listener);
  }

  send(frame: Frame): void {
    for (const listener of this.listeners) listener(frame);
  }

  async execute(command: string, input: unknown): Promise<unknown> {
    if (!isCommand(command)) {
      throw new LiveDbError({
        code: 'unknown-command',
        message: `There is no command "${command}".`,
        remedy: 'See docs/automation.md.',
      });
    }
    const parsed = COMMANDS[command].input.parse(input);
    this.executed.push({ command, input: parsed });
    const answer = this.answers.get(command);
    return answer === undefined ? { ok: true } : answer(parsed);
  }

  readonly bundles = {
    read: () => Promise.reject(new LiveDbError({ code: 'not-found', message: 'There is no bundle.' })),
    receive: () => Promise.reject(new LiveDbError({ code: 'bundle.invalid', message: 'It is no bundle.' })),
  };

  async close(): Promise<void> {
    this.closed += 1;
  }
}
