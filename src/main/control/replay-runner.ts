// Runs branches and re-publishes in processes of their own: forks them, again when one was killed, takes what they tell,
// and has a branch compared with the live line when it has read all. replays.ts makes one.
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import type { KafkaEndpoint, PostgresEndpoint } from '../../shared/link.ts';
import type { ReplayStatus } from '../../shared/replay.ts';
import { REPLAY_CALLS, ReplayConfig, type ReplayReport } from '../../shared/replay-link.ts';
import type { LineReport } from '../../shared/states.ts';
import type { History } from '../history/port.ts';
import type { ForkedChild } from '../hosts/host.ts';
import { type Clock, until } from './clock.ts';
import type { Incidents } from './incidents.ts';
import { createRateEstimator, type RateEstimator } from './rates.ts';
import { liveWindows } from './replay-comparison.ts';
import { stoppedShort } from './replay-outcome.ts';
import type { ReplayPlan } from './replay-plans.ts';
import { type Run, type RunEnd, startRun } from './replay-run.ts';

export interface RunnerOptions {
  clock: Clock;
  place: { dataDir: string; logDir: string };
  history: Pick<History, 'recordReplayResults' | 'comparisons'>;
  incidents: Incidents;
  fork(): ForkedChild;
  kafka(): Promise<KafkaEndpoint>;
  postgres(): Promise<PostgresEndpoint>;
  lines(): readonly LineReport[];
  processor: { running(): boolean };
  status(id: string): ReplayStatus | null;
  update(id: string, change: Partial<ReplayStatus>): void;
  ended(id: string, end: RunnerEnd): void;
  /** A process came up so long after its fork, ms. */
  onStarted(ms: number): void;
  /** It did not go on in one go: its time says nothing. */
  onBroken(id: string): void;
  onFault(error: unknown): void;
}

export interface RunnerEnd {
  state: 'done' | 'cancelled' | 'failed';
  error: LiveDbErrorData | null;
  /** The last row of a re-publish that stands in the topic. */
  lastId: string | null;
}

export interface ReplayRunner {
  start(plan: ReplayPlan): void;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
  has(id: string): boolean;
  readonly size: number;
  /** Ends the processes and tells nobody: they go on with the next start of the app. */
  close(): Promise<void>;
}

/** The comparison with the live line is a query over the history: not more often than this while it runs. */
const SUMMARY_INTERVAL_MS = 1_000;
/** A process that dies this often without getting on is given up. */
const MAX_DEATHS = 5;
const AGAIN_MS = 300;
const SERVICE_AGAIN_MS = 2_000;
/** So long the live line is waited for, when it has not read as far as the branch. */
const LIVE_PATIENCE_MS = 10_000;
/** Corrections of the live line are gathered, published and told within this. */
const LIVE_SETTLE_MS = 1_500;

interface Job {
  plan: ReplayPlan;
  run: Run | null;
  rate: RateEstimator;
  lastId: string | null;
  deaths: number;
  /** How far it was at its last death. */
  deathAt: number;
  summaryAt: number;
  comparing: boolean;
  /** The live results are kept; held against them are these once it is known which are cut. */
  settled: boolean;
  cancelled: boolean;
  disarm: () => void;
}

export function createReplayRunner(options: RunnerOptions): ReplayRunner {
  const { clock, history } = options;
  const jobs = new Map<string, Job>();
  let closed = false;

  const end = (id: string, state: RunnerEnd['state'], error: LiveDbErrorData | null) => {
    const job = jobs.get(id);
    if (job === undefined) return;
    jobs.delete(id);
    job.disarm();
    options.ended(id, { state, error, lastId: job.lastId });
  };

  const again = (id: string, afterMs: number) => {
    const job = jobs.get(id);
    if (job === undefined || closed) return;
    job.disarm = clock.after(afterMs, () => void launch(id));
  };

  const launch = async (id: string): Promise<void> => {
    const job = jobs.get(id);
    if (job === undefined || closed || job.cancelled) return;
    const { plan } = job;
    try {
      const kafka = await options.kafka();
      const postgres = plan.request.stage === 'producer' ? await options.postgres() : null;
      if (closed || job.cancelled || jobs.get(id) !== job) return;
      // A branch begins anew: what an earlier attempt told may be of other revisions.
      if (plan.request.target === 'branch') {
        history.comparisons.clear(id);
        options.update(id, {
          done: 0,
          late: 0,
          windows: 0,
          compared: 0,
          different: 0,
          cut: 0,
          liveOnly: 0,
          settled: false,
        });
      }
      const paused = options.status(id)?.state === 'paused';
      const config = ReplayConfig.parse({ ...options.place, ...plan, kafka, postgres, paused });
      job.comparing = false;
      job.settled = false;
      job.rate.reset();
      options.update(id, { waiting: null });
      const forkedAt = clock.now();
      job.run = startRun(config, options.fork(), clock, {
        ready() {
          options.onStarted(clock.now() - forkedAt);
          agree(id, job, paused);
        },
        report: (report) => takeReport(id, job, report),
        waiting: (reason) => options.update(id, { waiting: reason }),
        incident: (incident) => options.incidents.add({ ...incident, subject: null }),
        fault: options.onFault,
        ended: (ended) => takeEnd(id, job, ended),
      });
    } catch (error) {
      options.update(id, { waiting: LiveDbError.dataOf(error).message });
      again(id, SERVICE_AGAIN_MS);
    }
  };

  /** A process that is up follows the button that was pressed while it came up. */
  const agree = (id: string, job: Job, paused: boolean) => {
    const wanted = options.status(id)?.state === 'paused';
    if (wanted === paused) return;
    job.run?.call(wanted ? REPLAY_CALLS.pause : REPLAY_CALLS.resume).catch(options.onFault);
  };

  const takeEnd = (id: string, job: Job, { code, fatal, finished }: RunEnd) => {
    job.run = null;
    if (closed || jobs.get(id) !== job) return;
    if (finished && fatal === null) {
      if (job.settled) options.update(id, { settled: true });
      return end(id, 'done', null);
    }
    if (job.cancelled) return end(id, 'cancelled', null);
    if (fatal !== null && !fatal.retry) return end(id, 'failed', fatal.error);
    const status = options.status(id);
    const done = status?.done ?? 0;
    options.onBroken(id);
    job.deaths = done > job.deathAt ? 1 : job.deaths + 1;
    job.deathAt = done;
    if (job.deaths <= MAX_DEATHS) again(id, AGAIN_MS * job.deaths);
    else if (status !== null) end(id, 'failed', fatal?.error ?? stoppedShort(status, code));
  };

  const takeReport = (id: string, job: Job, report: ReplayReport) => {
    const status = options.status(id);
    if (status === null) return;
    const now = clock.now();
    if (report.results.length > 0) history.recordReplayResults(id, report.results);
    if (report.cuts.length > 0 || report.wholeFrom !== null)
      history.comparisons.cut(id, report.cuts, report.wholeFrom);
    if (report.lastId !== null) job.lastId = report.lastId;
    job.rate.observe(report.at, report.done);
    const paused = status.state === 'paused';
    const rate = paused ? 0 : job.rate.rate(now);
    let summary: Partial<ReplayStatus> = {};
    if (status.target === 'branch' && now - job.summaryAt >= SUMMARY_INTERVAL_MS) {
      job.summaryAt = now;
      summary = history.comparisons.summary(id, status.line ?? '', status.settled);
    }
    const left = rate > 0 ? Math.max(0, status.total - report.done) / rate : null;
    options.update(id, {
      ...summary,
      done: report.done,
      late: report.late,
      rate,
      secondsLeft: paused ? null : (report.secondsLeft ?? left),
    });
    if (report.read && !job.comparing) {
      job.comparing = true;
      void compare(id, job, report.times).catch((error: unknown) => {
        options.onFault(error);
        return job.run?.call(REPLAY_CALLS.done).catch(options.onFault);
      });
    }
  };

  /**
   * Keeps what the live line says of the windows, then has the events looked for that lie outside the range: whatever the
   * live line had counted by then is found, so that what is left differs by the question alone.
   */
  const compare = async (id: string, job: Job, times: ReplayReport['times']): Promise<void> => {
    const { against, fixedAt } = job.plan;
    const line = against?.name ?? null;
    const passed = () => {
      const offsets = options.lines().find(({ query }) => query === line)?.offsets ?? {};
      return job.plan.ranges.every(
        ({ partition, to }) => Number(offsets[String(partition)] ?? 0) >= Number(to),
      );
    };
    const still = () =>
      !options.processor.running() || options.lines().some(({ query, paused }) => query === line && paused);
    if (against !== null) {
      await until(clock, LIVE_PATIENCE_MS, () => still() || passed() || closed);
      await new Promise<void>((resolve) => clock.after(LIVE_SETTLE_MS, resolve));
    }
    if (closed || job.run === null || jobs.get(id) !== job) return;
    if (against !== null && times !== null) {
      const windows = liveWindows(against, times);
      history.comparisons.settle(id, against.name, { ...windows, to: Math.min(windows.to, fixedAt) });
      job.settled = true;
    }
    await job.run.call(REPLAY_CALLS.cuts);
  };

  /** One that is on its way, or dies with the call, finds out when it is up. */
  const press = async (id: string, method: string) => {
    const run = jobs.get(id)?.run ?? null;
    if (run === null || !run.up) return;
    await run.call(method).catch((error: unknown) => {
      if (LiveDbError.dataOf(error).code !== 'no-answer') throw error;
    });
  };

  return {
    start(plan) {
      const job: Job = {
        plan,
        run: null,
        rate: createRateEstimator(),
        lastId: null,
        deaths: 0,
        deathAt: -1,
        summaryAt: 0,
        comparing: false,
        settled: false,
        cancelled: false,
        disarm: () => undefined,
      };
      jobs.set(plan.id, job);
      void launch(plan.id);
    },
    pause: (id) => press(id, REPLAY_CALLS.pause),
    resume: (id) => press(id, REPLAY_CALLS.resume),
    async cancel(id) {
      const job = jobs.get(id);
      if (job === undefined) {
        // Paused when the app ended: there is no process.
        options.ended(id, { state: 'cancelled', error: null, lastId: null });
        return;
      }
      job.cancelled = true;
      job.disarm();
      if (job.run === null) end(id, 'cancelled', null);
      else await job.run.drain();
    },
    has: (id) => jobs.has(id),
    get size() {
      return jobs.size;
    },
    async close() {
      closed = true;
      await Promise.all(
        [...jobs.values()].map(async (job) => {
          job.disarm();
          await job.run?.drain();
        }),
      );
    },
  };
}
