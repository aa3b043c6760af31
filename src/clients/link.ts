// The child's end of the channel to the control plane: every stage and every embedded service runs inside `runChild`.
// Works over child_process IPC (Node) and over parentPort (Electron utility process). The child ends itself when its
// parent is gone, and on any unhandled failure, because a utility process would survive both.
import type { z } from 'zod';
import { LiveDbError, type LiveDbErrorData } from '../shared/errors.ts';
import type { Severity } from '../shared/incident.ts';
import { BEAT_INTERVAL_MS, DRAIN_TIMEOUT_MS, type FromChild, ToChild } from '../shared/link.ts';
import { ReportPace } from './report-pace.ts';

export interface ChildLink<Report> {
  /** Tells the parent how far it is, at the pace of report-pace.ts; `ahead`: somebody waits for what is new in it. */
  report(make: () => Report, ahead?: boolean): void;
  /** Says what the child waits for; null when it goes on. Repeating the same reason costs nothing. */
  waiting(reason: string | null): void;
  incident(incident: {
    severity: Severity;
    code: string;
    title: string;
    cause: string;
    remedy?: string | null;
  }): void;
  /** Ends the process as failed. `retry: false` when starting again would not help (bad seed, locked table). */
  fatal(error: LiveDbErrorData, retry?: boolean): void;
  /** Ends the process as finished: reports are flushed first. */
  finish(): void;
}

export interface RunningChild<Config> {
  /** Takes a new whole config without a restart; throws a LiveDbError to refuse it (the old one stays in force). */
  configure?(config: Config): Promise<void> | void;
  /** Finishes what is in hand and makes it durable; bounded by DRAIN_TIMEOUT_MS. */
  drain(): Promise<void>;
  /** Last resort when the parent is gone: must be quick and must leave no process behind. Defaults to nothing. */
  abandon?(): Promise<void> | void;
  call?(method: string, args: unknown): Promise<unknown>;
  /** Overrides of the beat's figures, for a child that stands for other processes (PostgreSQL). */
  usage?(): Promise<{ cpu: number | null; rssBytes: number | null }>;
}

export interface ChildProgram<Config, Report> {
  name: string;
  config: z.ZodType<Config>;
  /** Brings the child up; what it resolves with `info` is sent as `ready`. */
  start(config: Config, link: ChildLink<Report>): Promise<{ running: RunningChild<Config>; info?: unknown }>;
}

interface Channel {
  send(message: FromChild): void;
  onMessage(listener: (message: unknown) => void): void;
  onGone(listener: () => void): void;
}

interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** A utility process is not told that its parent died: it looks at its parent's pid this often. */
const PARENT_CHECK_MS = 1_000;

function openChannel(): Channel {
  const port = (process as unknown as { parentPort?: ParentPort }).parentPort;
  if (port !== undefined) {
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => port.on('message', (event) => listener(event.data)),
      onGone: (listener) => {
        const parent = process.ppid;
        setInterval(() => {
          if (process.ppid !== parent) listener();
        }, PARENT_CHECK_MS).unref();
      },
    };
  }
  if (process.send === undefined) {
    process.stderr.write('This program is started by LiveDB; it does not run by itself.\n');
    process.exit(2);
  }
  return {
    send: (message) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => process.on('message', listener),
    onGone: (listener) => process.on('disconnect', listener),
  };
}

/** Runs one child program until it is drained, fails, finishes or loses its parent. */
export function runChild<Config, Report>(program: ChildProgram<Config, Report>): void {
  const channel = openChannel();
  let running: RunningChild<Config> | null = null;
  let starting = false;
  let draining = false;
  let ended = false;
  let waitingFor: string | null = null;

  // Leaving: give the channel a turn to flush, and leave in any case.
  const exit = (code: number) => {
    if (ended) return;
    ended = true;
    setTimeout(() => process.exit(code), 20);
  };
  const fatal = (error: LiveDbErrorData, retry = true) => {
    if (ended) return;
    channel.send({ type: 'fatal', error, retry });
    exit(1);
  };

  const pace = new ReportPace<Report>((report) => {
    if (!ended) channel.send({ type: 'report', report });
  });

  const link: ChildLink<Report> = {
    report(make, ahead = false) {
      pace.report(make, ahead);
    },
    waiting(reason) {
      if (reason === waitingFor) return;
      waitingFor = reason;
      channel.send({ type: 'waiting', reason });
    },
    incident: (incident) => channel.send({ type: 'incident', remedy: null, ...incident }),
    fatal,
    finish() {
      pace.flush();
      exit(0);
    },
  };

  let lastUsage = process.cpuUsage();
  let lastBeat = performance.now();
  const beat = async () => {
    const usage = process.cpuUsage(lastUsage);
    lastUsage = process.cpuUsage();
    const now = performance.now();
    const cpu = (usage.user + usage.system) / 1000 / Math.max(1, now - lastBeat);
    lastBeat = now;
    const own = { cpu, rssBytes: process.memoryUsage.rss() };
    const shown = running?.usage === undefined ? own : await running.usage();
    channel.send({ type: 'beat', at: Date.now(), ...shown });
  };

  const drain = async () => {
    if (draining) return;
    draining = true;
    setTimeout(() => exit(1), DRAIN_TIMEOUT_MS).unref();
    try {
      await running?.drain();
      pace.flush();
      exit(0);
    } catch (error) {
      fatal(LiveDbError.dataOf(error));
    }
  };

  const receive = async (raw: unknown) => {
    const message = ToChild.parse(raw);
    switch (message.type) {
      case 'start': {
        if (starting) return;
        starting = true;
        try {
          const started = await program.start(program.config.parse(message.config), link);
          running = started.running;
          channel.send({ type: 'ready', info: started.info ?? null });
          void beat();
        } catch (error) {
          fatal(
            LiveDbError.dataOf(error),
            !(error instanceof LiveDbError && error.data.code.startsWith('final.')),
          );
        }
        return;
      }
      case 'configure': {
        try {
          await running?.configure?.(program.config.parse(message.config));
        } catch (error) {
          const data = LiveDbError.dataOf(error);
          link.incident({
            severity: 'error',
            code: data.code,
            title: `The ${program.name} refused new settings`,
            cause: data.message,
            remedy: data.remedy ?? null,
          });
        }
        return;
      }
      case 'call': {
        try {
          if (running?.call === undefined) throw new Error(`The ${program.name} takes no calls yet.`);
          channel.send({
            type: 'reply',
            id: message.id,
            ok: true,
            result: await running.call(message.method, message.args),
          });
        } catch (error) {
          channel.send({ type: 'refusal', id: message.id, error: LiveDbError.dataOf(error) });
        }
        return;
      }
      case 'drain':
        return drain();
    }
  };

  channel.onMessage((raw) => void receive(raw).catch((error: unknown) => fatal(LiveDbError.dataOf(error))));
  channel.onGone(() => {
    void (async () => {
      setTimeout(() => process.exit(1), 3_000).unref();
      try {
        await running?.abandon?.();
      } finally {
        process.exit(1);
      }
    })();
  });
  process.on('uncaughtException', (error) => fatal(LiveDbError.dataOf(error)));
  process.on('unhandledRejection', (error) => fatal(LiveDbError.dataOf(error)));
  // The terminal's Ctrl-C reaches the whole process group: the parent decides when its children stop.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => void drain());
  setInterval(() => void beat(), BEAT_INTERVAL_MS);
  channel.send({ type: 'hello', pid: process.pid });
}
