// The scout: a replay process that looks at topic and table for previews. Started with the first question, it stays for
// the next ones and ends when nobody has asked for a while. replay-previews.ts asks it.
import { join } from 'node:path';
import { LiveDbError } from '../../shared/errors.ts';
import type { ForkedChild } from '../hosts/host.ts';
import { type Child, openChild } from './child.ts';
import type { Clock } from './clock.ts';

export interface Scout {
  /** Rejects with the scout's LiveDbError, or with `no-answer`. */
  ask(method: string, args: unknown, timeoutMs: number): Promise<unknown>;
  close(): Promise<void>;
}

/** A machine under full load starts a process slowly; whoever asked waits meanwhile. */
const START_TIMEOUT_MS = 45_000;
const IDLE_MS = 60_000;
const END_TIMEOUT_MS = 2_000;

interface Running {
  child: Child;
  ready: Promise<void>;
  gone: Promise<void>;
}

export function createScout(options: {
  clock: Clock;
  dataDir: string;
  fork(): ForkedChild;
  /** It came up so long after its fork, ms. */
  onStarted(ms: number): void;
  onFault(error: unknown): void;
}): Scout {
  const { clock, dataDir } = options;
  let running: Running | null = null;
  let idle: (() => void) | null = null;
  let busy = 0;

  const start = (): Running => {
    const ready = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const config = { dataDir, logDir: join(dataDir, 'logs'), scout: true as const };
    const forkedAt = clock.now();
    const disarm = clock.after(START_TIMEOUT_MS, () => child.kill());
    const child: Child = openChild('replay', options.fork(), clock, {
      hello: () => child.send({ type: 'start', config }),
      ready() {
        disarm();
        options.onStarted(clock.now() - forkedAt);
        ready.resolve();
      },
      beat: () => undefined,
      report: () => undefined,
      waiting: () => undefined,
      incident: (incident) => options.onFault(new Error(`${incident.title}: ${incident.cause}`)),
      garbled: (message) => options.onFault(new Error(message)),
      exit(_code, _signal, fatal) {
        disarm();
        if (running?.child === child) running = null;
        const ended = { code: 'replay.scout-ended', message: 'The process that looks at the range ended.' };
        ready.reject(
          new LiveDbError(
            fatal?.error ?? { ...ended, remedy: 'Ask for the preview again; nothing was changed.' },
          ),
        );
        gone.resolve();
      },
    });
    // Whoever asks awaits it; an end that nobody waited for needs no word.
    ready.promise.catch(() => undefined);
    return { child, ready: ready.promise, gone: gone.promise };
  };

  const close = async () => {
    idle?.();
    const ending = running;
    running = null;
    if (ending === null) return;
    ending.child.send({ type: 'drain' });
    const disarm = clock.after(END_TIMEOUT_MS, () => ending.child.kill());
    await ending.gone;
    disarm();
  };

  return {
    async ask(method, args, timeoutMs) {
      idle?.();
      idle = null;
      busy += 1;
      try {
        running ??= start();
        const { child, ready } = running;
        await ready;
        return await child.call(method, args, timeoutMs);
      } finally {
        busy -= 1;
        if (busy === 0) idle = clock.after(IDLE_MS, () => void close().catch(options.onFault));
      }
    },
    close,
  };
}
