// One process of one replay, from its fork to its end. replays.ts starts it, again when it was killed, and takes what it
// tells.
import type { LiveDbErrorData } from '../../shared/errors.ts';
import { type ReplayConfig, ReplayReport } from '../../shared/replay-link.ts';
import type { ForkedChild } from '../hosts/host.ts';
import { type Child, type ChildIncident, openChild } from './child.ts';
import type { Clock } from './clock.ts';

export interface RunEnd {
  code: number | null;
  fatal: { error: LiveDbErrorData; retry: boolean } | null;
  /** It said that all was done. */
  finished: boolean;
}

export interface RunListener {
  ready(): void;
  report(report: ReplayReport): void;
  waiting(reason: string | null): void;
  incident(incident: ChildIncident): void;
  fault(error: unknown): void;
  ended(end: RunEnd): void;
}

export interface Run {
  /** It takes calls. */
  readonly up: boolean;
  call(method: string): Promise<void>;
  /** Asks it to end and waits; kills it when it does not. */
  drain(): Promise<void>;
  kill(): void;
}

const START_TIMEOUT_MS = 45_000;
const DRAIN_TIMEOUT_MS = 5_000;
const CALL_TIMEOUT_MS = 5_000;

export function startRun(
  config: ReplayConfig,
  forked: ForkedChild,
  clock: Clock,
  listener: RunListener,
): Run {
  const gone = Promise.withResolvers<void>();
  let finished = false;
  let up = false;
  const disarm = clock.after(START_TIMEOUT_MS, () => child.kill());
  const child: Child = openChild('replay', forked, clock, {
    hello: () => child.send({ type: 'start', config }),
    ready() {
      up = true;
      disarm();
      listener.ready();
    },
    beat: () => undefined,
    report(raw) {
      const report = ReplayReport.parse(raw);
      if (report.finished) finished = true;
      listener.report(report);
    },
    waiting(reason) {
      disarm();
      listener.waiting(reason);
    },
    incident: (incident) => listener.incident(incident),
    garbled: (message) => listener.fault(new Error(message)),
    exit(code, _signal, fatal) {
      disarm();
      gone.resolve();
      listener.ended({ code, fatal, finished });
    },
  });
  return {
    get up() {
      return up;
    },
    async call(method) {
      await child.call(method, {}, CALL_TIMEOUT_MS);
    },
    async drain() {
      child.send({ type: 'drain' });
      const disarmDrain = clock.after(DRAIN_TIMEOUT_MS, () => child.kill());
      await gone.promise;
      disarmDrain();
    },
    kill: () => child.kill(),
  };
}
