// Replays: previews them, runs each in a short-lived child of its own, keeps their progress and their outcome. The live
// line is never touched: results go to the history, under the replay's id. commands.ts calls it.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import { type KafkaEndpoint, type PostgresEndpoint, ReplayConfig, ReplayReport } from '../../shared/link.ts';
import type { QuerySpec } from '../../shared/query.ts';
import type { ReplayPreview, ReplayRequest, ReplayStatus } from '../../shared/replay.ts';
import type { History } from '../history/port.ts';
import type { ForkedChild } from '../hosts/host.ts';
import { type Child, openChild } from './child.ts';
import type { Clock } from './clock.ts';
import type { Incidents } from './incidents.ts';
import { createRateEstimator, type RateEstimator } from './rates.ts';

export interface Replays {
  preview(request: ReplayRequest): Promise<ReplayPreview>;
  start(request: ReplayRequest): Promise<{ id: string; preview: ReplayPreview }>;
  cancel(id: string): Promise<void>;
  /** Newest first. */
  list(): readonly ReplayStatus[];
  running(): boolean;
  clear(): void;
  close(): Promise<void>;
}

export interface ReplaysOptions {
  clock: Clock;
  dataDir: string;
  history: Pick<History, 'recordReplay' | 'recordReplayResults' | 'replays' | 'replaySummary'>;
  incidents: Incidents;
  fork(): ForkedChild;
  query(): QuerySpec;
  /** Where the services stand; reject with a clear error when one does not answer. */
  kafka(): Promise<KafkaEndpoint>;
  postgres(): Promise<PostgresEndpoint>;
  previewProcessor(
    from: Extract<ReplayRequest, { stage: 'processor' }>['from'],
  ): Promise<Pick<ReplayPreview, 'events' | 'ranges' | 'note'>>;
  previewProducer(
    from: Extract<ReplayRequest, { stage: 'producer' }>['from'],
  ): Promise<{ events: number; ids: { from: string; to: string } | null }>;
  onChange(): void;
  onFault(error: unknown): void;
}

const UNKNOWN = {
  perPartition: [],
  timeRange: null,
  windows: 0,
  bytes: 0,
  seconds: 0,
  exact: false,
  conflicts: [],
};
const MAX_RUNNING = 2;
const KEPT = 50;
const START_TIMEOUT_MS = 20_000;
const CANCEL_TIMEOUT_MS = 5_000;
/** The comparison with the live line is a query over the history: not more often than this while it runs. */
const SUMMARY_INTERVAL_MS = 1_000;

interface Run {
  status: ReplayStatus;
  child: Child;
  rate: RateEstimator;
  cancelled: boolean;
  finished: boolean;
  summaryAt: number;
  ended: Promise<void>;
  end(): void;
  disarm(): void;
}

export function createReplays(options: ReplaysOptions): Replays {
  const { clock, history } = options;
  const runs = new Map<string, Run>();
  let starting = 0;
  let list: ReplayStatus[] = history.replays().slice(0, KEPT);

  const put = (status: ReplayStatus) => {
    const index = list.findIndex((known) => known.id === status.id);
    list = index >= 0 ? list.with(index, status) : [status, ...list].slice(0, KEPT);
    options.onChange();
  };

  // A replay that ran when the last run of LiveDB ended went no further: say so, and how far it got.
  for (const left of list.filter((one) => one.state === 'running')) {
    const status: ReplayStatus = {
      ...left,
      state: 'failed',
      endedAt: clock.now(),
      rate: 0,
      error: interrupted(left.done, left.total),
    };
    history.recordReplay(status);
    put(status);
  }

  const preview = async (request: ReplayRequest): Promise<ReplayPreview> => {
    if (request.stage === 'processor') {
      return { ...UNKNOWN, id: randomUUID(), ...(await options.previewProcessor(request.from)), ids: null };
    }
    const found = await options.previewProducer(request.from);
    return {
      ...UNKNOWN,
      id: randomUUID(),
      events: found.events,
      ranges: [],
      ids: found.ids,
      note:
        found.events === 0
          ? 'No row lies in this range.'
          : 'The rows are published again in mode "replay"; producer_offsets and the live results stay as they are.',
    };
  };

  const finish = (run: Run, code: number | null, fatal: LiveDbErrorData | null) => {
    run.disarm();
    const { id } = run.status;
    runs.delete(id);
    const state =
      run.cancelled && !run.finished ? 'cancelled' : run.finished && fatal === null ? 'done' : 'failed';
    const summary = history.replaySummary(id);
    const status: ReplayStatus = {
      ...run.status,
      ...summary,
      state,
      endedAt: clock.now(),
      rate: 0,
      error: state === 'failed' ? (fatal ?? stoppedShort(run.status, code)) : null,
    };
    history.recordReplay(status);
    put(status);
    if (state === 'failed') {
      options.incidents.add({
        severity: 'error',
        subject: null,
        code: 'replay-failed',
        title: 'A replay failed',
        cause: status.error?.message ?? 'It ended before it was done.',
        remedy: 'Start it again; the live line was not touched.',
      });
    }
    run.end();
  };

  const takeReport = (run: Run, raw: unknown) => {
    const report = ReplayReport.parse(raw);
    const now = clock.now();
    if (report.finished) run.finished = true;
    if (report.results.length > 0) history.recordReplayResults(run.status.id, report.results);
    run.rate.observe(report.at, report.done);
    let summary = {};
    if (report.results.length > 0 && now - run.summaryAt >= SUMMARY_INTERVAL_MS) {
      run.summaryAt = now;
      summary = history.replaySummary(run.status.id);
    }
    run.status = { ...run.status, ...summary, done: report.done, rate: run.rate.rate(now) };
    put(run.status);
  };

  const launch = async (request: ReplayRequest, found: ReplayPreview): Promise<string> => {
    const kafka = await options.kafka();
    const postgres = request.stage === 'producer' ? await options.postgres() : null;
    const id = randomUUID();
    const config = ReplayConfig.parse({
      dataDir: options.dataDir,
      logDir: join(options.dataDir, 'logs'),
      id,
      request,
      ranges: found.ranges,
      ids: found.ids,
      total: found.events,
      query: options.query(),
      postgres,
      kafka,
    });
    const status: ReplayStatus = {
      id,
      stage: request.stage,
      request,
      target: request.target,
      name: request.name,
      secondsLeft: null,
      cut: 0,
      query: request.target === 'branch' ? (request.query ?? options.query()) : null,
      line: null,
      kept: request.target === 'branch',
      undoable: false,
      waiting: null,
      outcome: null,
      state: 'running',
      startedAt: clock.now(),
      endedAt: null,
      total: found.events,
      done: 0,
      rate: 0,
      windows: 0,
      compared: 0,
      different: 0,
      error: null,
    };
    const ending = Promise.withResolvers<void>();
    const forked = options.fork();
    const child: Child = openChild('replay', forked, clock, {
      hello: () => child.send({ type: 'start', config }),
      ready: () => run.disarm(),
      beat: () => undefined,
      report: (report) => takeReport(run, report),
      waiting: (reason) => {
        if (reason !== null) run.disarm();
      },
      incident: (incident) => options.incidents.add({ ...incident, subject: null }),
      garbled: (message) => options.onFault(new Error(message)),
      exit: (code, _signal, fatal) => finish(run, code, fatal?.error ?? null),
    });
    const run: Run = {
      status,
      child,
      rate: createRateEstimator(),
      cancelled: false,
      finished: false,
      summaryAt: 0,
      ended: ending.promise,
      end: ending.resolve,
      disarm: clock.after(START_TIMEOUT_MS, () => child.kill()),
    };
    runs.set(id, run);
    history.recordReplay(status);
    put(status);
    return id;
  };

  const cancel = async (run: Run) => {
    run.cancelled = true;
    run.child.send({ type: 'drain' });
    const disarm = clock.after(CANCEL_TIMEOUT_MS, () => run.child.kill());
    await run.ended;
    disarm();
  };

  return {
    preview,
    async start(request) {
      if (runs.size + starting >= MAX_RUNNING) {
        throw new LiveDbError({
          code: 'replay.busy',
          message: `${MAX_RUNNING} replays run already.`,
          remedy: 'Wait for one to end, or cancel one.',
        });
      }
      starting += 1;
      try {
        const found = await preview(request);
        if (found.events === 0) {
          throw new LiveDbError({
            code: 'replay.empty',
            message: 'There is nothing to replay in this range.',
            remedy: 'Choose an earlier place to begin.',
          });
        }
        return { id: await launch(request, found), preview: found };
      } finally {
        starting -= 1;
      }
    },
    async cancel(id) {
      const run = runs.get(id);
      if (run !== undefined) return cancel(run);
      if (list.some((one) => one.id === id)) {
        throw new LiveDbError({ code: 'replay.ended', message: 'This replay has ended already.' });
      }
      throw noSuchReplay(id);
    },
    list: () => list,
    running: () => runs.size + starting > 0,
    clear() {
      list = [...runs.values()].map((run) => run.status);
      options.onChange();
    },
    async close() {
      await Promise.all([...runs.values()].map(cancel));
    },
  };
}

export function noSuchReplay(id: string): LiveDbError {
  return new LiveDbError({
    code: 'replay.unknown',
    message: `There is no replay with the id "${id}".`,
    remedy: 'replay.list names those that are known.',
  });
}

function interrupted(done: number, total: number): LiveDbErrorData {
  return {
    code: 'replay.interrupted',
    message: `LiveDB ended while this replay ran: it got to ${done} of ${total}.`,
    remedy: 'Start it again; the live line was not touched.',
  };
}

function stoppedShort(status: ReplayStatus, code: number | null): LiveDbErrorData {
  return {
    code: 'replay.stopped-short',
    message: `The replay's process ended (exit code ${code ?? 'none'}) at ${status.done} of ${status.total}.`,
    remedy: 'Start it again; the live line was not touched.',
  };
}
