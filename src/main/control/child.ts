// The parent's end of the link to one child process: parses what it says, sends what it is told, matches calls with
// their replies. Made by supervisor.ts for each fork; a new process gets a new one.
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import { FromChild, type ToChild } from '../../shared/link.ts';
import type { ForkedChild } from '../hosts/host.ts';
import type { Clock } from './clock.ts';

export type ChildIncident = Omit<Extract<FromChild, { type: 'incident' }>, 'type'>;

export interface ChildListener {
  hello(pid: number): void;
  ready(info: unknown): void;
  beat(beat: { cpu: number | null; rssBytes: number | null }): void;
  report(report: unknown): void;
  waiting(reason: string | null): void;
  incident(incident: ChildIncident): void;
  /** What it said does not parse: a fault of ours, worth a line in the log. */
  garbled(message: string): void;
  exit(
    code: number | null,
    signal: string | null,
    fatal: { error: LiveDbErrorData; retry: boolean } | null,
  ): void;
}

export interface Child {
  readonly pid: number | undefined;
  send(message: ToChild): void;
  /** Asks the child; rejects with its LiveDbError, or with `no-answer` after `timeoutMs`, or when it ends. */
  call(method: string, args: unknown, timeoutMs: number): Promise<unknown>;
  kill(): void;
  /** Epoch ms at which it was last heard. */
  heardAt(): number;
}

/** More calls than this on their way mean that the child does not answer: further ones are refused at once. */
const MAX_PENDING_CALLS = 64;

export function openChild(name: string, forked: ForkedChild, clock: Clock, listener: ChildListener): Child {
  interface Pending {
    resolve(result: unknown): void;
    reject(error: LiveDbError): void;
    disarm(): void;
  }
  const pending = new Map<number, Pending>();
  let nextCall = 1;
  let heardAt = clock.now();
  let fatal: { error: LiveDbErrorData; retry: boolean } | null = null;
  let gone = false;

  const settle = (id: number): Pending | undefined => {
    const call = pending.get(id);
    pending.delete(id);
    call?.disarm();
    return call;
  };

  forked.onMessage((raw) => {
    heardAt = clock.now();
    const parsed = FromChild.safeParse(raw);
    if (!parsed.success) {
      listener.garbled(parsed.error.message);
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'hello':
        return listener.hello(message.pid);
      case 'ready':
        return listener.ready(message.info);
      case 'beat':
        return listener.beat(message);
      case 'report':
        return listener.report(message.report);
      case 'waiting':
        return listener.waiting(message.reason);
      case 'incident': {
        const { type: _, ...incident } = message;
        return listener.incident(incident);
      }
      case 'reply':
        settle(message.id)?.resolve(message.result);
        return;
      case 'refusal':
        settle(message.id)?.reject(new LiveDbError(message.error));
        return;
      case 'fatal':
        fatal = { error: message.error, retry: message.retry };
        return;
    }
  });
  forked.onExit((code, signal) => {
    gone = true;
    for (const id of [...pending.keys()]) settle(id)?.reject(noAnswer(name, 'it ended'));
    listener.exit(code, signal, fatal);
  });

  return {
    get pid() {
      return forked.pid;
    },
    send(message) {
      if (!gone) forked.send(message);
    },
    call(method, args, timeoutMs) {
      if (gone) return Promise.reject(noAnswer(name, 'it does not run'));
      if (pending.size >= MAX_PENDING_CALLS) {
        return Promise.reject(noAnswer(name, `${MAX_PENDING_CALLS} earlier questions wait`));
      }
      const id = nextCall++;
      return new Promise((resolve, reject) => {
        const disarm = clock.after(timeoutMs, () =>
          settle(id)?.reject(noAnswer(name, `nothing came within ${timeoutMs} ms`)),
        );
        pending.set(id, { resolve, reject, disarm });
        forked.send({ type: 'call', id, method, args });
      });
    },
    kill: () => forked.kill(),
    heardAt: () => heardAt,
  };
}

function noAnswer(name: string, why: string): LiveDbError {
  return new LiveDbError({ code: 'no-answer', message: `The ${name} gave no answer: ${why}.` });
}
