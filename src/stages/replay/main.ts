// One replay as a process of its own: reads or publishes what the preview fixed, reports, and ends with exit code 0; or a
// scout, which stays and answers. Started by the control plane; `drain` ends it early.
import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { openAdmin } from '../../clients/kafka.ts';
import { type ChildLink, type RunningChild, runChild } from '../../clients/link.ts';
import { type Logger, openLog } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { ResultKey } from '../../shared/replay.ts';
import {
  REPLAY_CALLS,
  ReplayChildConfig,
  type ReplayConfig,
  type ReplayReport,
  SCOUT_CALLS,
  ScoutEvents,
  ScoutForget,
  ScoutQuery,
  ScoutRows,
} from '../../shared/replay-link.ts';
import { Pace } from '../processor/pace.ts';
import { type BranchPlace, runBranch } from './branch.ts';
import { findCuts, ToldWindows } from './outside.ts';
import type { QueryRun } from './query-run.ts';
import { republish } from './republish.ts';
import { scoutEvents, scoutQuery, scoutRows } from './scout.ts';

/** Results in one report, and results that wait for a report before the reading pauses. */
const MAX_TOLD = 2_000;
const MAX_UNTOLD = 10_000;
const PATIENCE_MS = 10;
/** Below normal: the live line comes first. Not far below, or a busy machine would never let it begin. */
const NICE = 5;

const CANCELLED = { code: 'cancelled', message: 'The replay was ended.' };

runChild<ReplayChildConfig, ReplayReport>({
  name: 'replay',
  config: ReplayChildConfig,
  async start(config, link) {
    const log = await openLog(config.logDir, 'replay');
    // A scout is short of time, and somebody waits for it.
    if ('scout' in config) return { running: scout(log) };
    try {
      setPriority(NICE);
    } catch (error) {
      log.debug({ error }, 'the priority could not be lowered');
    }
    return { running: new Replay(config, link, log) };
  },
});

function unknownCall(method: string): LiveDbError {
  return new LiveDbError({ code: 'unknown-call', message: `The replay knows no call "${method}".` });
}

function scout(log: Logger): RunningChild<ReplayChildConfig> {
  const end = new AbortController();
  return {
    async drain() {
      end.abort(new LiveDbError(CANCELLED));
    },
    async call(method, args) {
      switch (method) {
        case SCOUT_CALLS.events:
          return scoutEvents(ScoutEvents.parse(args), end.signal, log);
        case SCOUT_CALLS.query:
          return scoutQuery(ScoutQuery.parse(args), end.signal, log);
        case SCOUT_CALLS.rows:
          return scoutRows(ScoutRows.parse(args), log);
        case SCOUT_CALLS.forgetGroup: {
          const { kafka, group } = ScoutForget.parse(args);
          const admin = openAdmin(kafka, { clientIdSuffix: 'replay-admin', log });
          return admin.deleteGroup(group).finally(() => admin.close());
        }
        default:
          throw unknownCall(method);
      }
    },
  };
}

class Replay implements RunningChild<ReplayChildConfig> {
  readonly #config: ReplayConfig;
  readonly #link: ChildLink<ReplayReport>;
  readonly #log: Logger;
  readonly #pace: Pace;
  readonly #end = new AbortController();
  readonly #work: Promise<void>;
  readonly #told = new ToldWindows();
  #untold: WindowResult[] = [];
  #cuts: ResultKey[] = [];
  #wholeFrom: number | null = null;
  #done = 0;
  #late = 0;
  #lastId: string | null = null;
  #now: number;
  /** Of the events of a branch, once all are read. */
  #times: QueryRun['times'] = null;
  #read = false;
  #finished = false;

  constructor(config: ReplayConfig, link: ChildLink<ReplayReport>, log: Logger) {
    this.#config = config;
    this.#link = link;
    this.#log = log;
    this.#pace = new Pace(config.request.speed, config.paused);
    this.#now = config.span?.from ?? config.fixedAt;
    this.#work = this.#run().catch((error: unknown) => this.#failed(error));
  }

  async drain(): Promise<void> {
    this.#end.abort(new LiveDbError(CANCELLED));
    await this.#work;
    this.#tell();
  }

  async call(method: string): Promise<unknown> {
    switch (method) {
      case REPLAY_CALLS.pause:
        this.#pace.pause();
        return null;
      case REPLAY_CALLS.resume:
        this.#pace.resume();
        return null;
      case REPLAY_CALLS.cuts:
        this.#compare().catch((error: unknown) => this.#failed(error));
        return null;
      case REPLAY_CALLS.done:
        this.#finish();
        return null;
      default:
        throw unknownCall(method);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    const waiting = (reason: string | null) => this.#link.waiting(reason);
    if (this.#config.request.stage === 'producer') {
      const progress = (done: number, lastId: string | null, now: number) => {
        this.#done = done;
        this.#lastId = lastId;
        this.#now = now;
        this.#tell();
      };
      await republish(this.#config, { progress, waiting }, this.#pace, signal, this.#log);
      if (!signal.aborted) this.#finish();
      return;
    }
    const progress = async ({ done, now, late }: BranchPlace, results: readonly WindowResult[]) => {
      this.#done = done;
      this.#now = now;
      this.#late = late;
      for (const result of results) {
        this.#told.add(result);
        this.#untold.push(result);
      }
      this.#tell();
      await this.#toldUpTo(MAX_UNTOLD);
    };
    this.#times = await runBranch(this.#config, { progress, waiting }, this.#pace, signal, this.#log);
    await this.#toldUpTo(0);
    // The control plane now keeps what the live line says of these windows, and asks for the cuts, or for the end.
    this.#read = true;
    this.#tell();
  }

  async #compare(): Promise<void> {
    const { signal } = this.#end;
    if (this.#times !== null) {
      const found = await findCuts(this.#config, this.#told, this.#times, signal, this.#log);
      this.#cuts = found.cuts;
      this.#wholeFrom = found.wholeFrom;
    }
    while (this.#cuts.length > 0) {
      this.#tell();
      await pause(PATIENCE_MS, undefined, { signal });
    }
    this.#finish();
  }

  #finish(): void {
    this.#finished = true;
    this.#tell();
    this.#link.finish();
  }

  #failed(error: unknown): void {
    if (this.#end.signal.aborted) return;
    this.#log.error({ error }, 'the replay failed');
    this.#link.fatal(LiveDbError.dataOf(error), false);
  }

  #tell(): void {
    this.#link.report(() => this.#report());
  }

  async #toldUpTo(bound: number): Promise<void> {
    while (this.#untold.length > bound) {
      this.#tell();
      await pause(PATIENCE_MS, undefined, { signal: this.#end.signal });
    }
  }

  #report(): ReplayReport {
    const results = this.#untold.splice(0, MAX_TOLD);
    const cuts = this.#cuts.splice(0, MAX_TOLD);
    const { span } = this.#config;
    return {
      at: Date.now(),
      done: this.#done,
      late: this.#late,
      results,
      cuts,
      wholeFrom: this.#wholeFrom,
      read: this.#read,
      times: this.#times,
      finished: this.#finished && this.#untold.length === 0 && this.#cuts.length === 0,
      secondsLeft: span === null ? null : this.#pace.secondsLeft(this.#now, span.to),
      lastId: this.#lastId,
    };
  }
}
