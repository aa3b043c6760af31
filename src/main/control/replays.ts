// Replays: previews them, starts each, keeps their progress and their outcome, and goes on with them after a kill or a
// restart of the app. Branches and re-publishes run in processes of their own, rewinds in the processor.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import type { KafkaEndpoint, PostgresEndpoint } from '../../shared/link.ts';
import {
  branchGroup,
  type QueryPreview,
  type ReplayComparison,
  type ReplayConflict,
  type ReplayPreview,
  type ReplayRequest,
  type ReplayStatus,
} from '../../shared/replay.ts';
import { SCOUT_CALLS, type ScoutQuery } from '../../shared/replay-link.ts';
import type { LineReport } from '../../shared/states.ts';
import type { History } from '../history/port.ts';
import type { ForkedChild } from '../hosts/host.ts';
import type { Clock } from './clock.ts';
import type { Incidents } from './incidents.ts';
import type { TopicAdmin } from './ports.ts';
import { createForecasts } from './replay-forecast.ts';
import { interrupted, outcomeOf } from './replay-outcome.ts';
import { openReplayPlans, type ReplayPlan } from './replay-plans.ts';
import { createPreviews, type LiveLine, type Planned } from './replay-previews.ts';
import { hasEnded, nameTaken, noSuchReplay, notUndoable, stillRuns } from './replay-refusals.ts';
import { createRewinds } from './replay-rewinds.ts';
import { createReplayRunner, type RunnerEnd } from './replay-runner.ts';
import { createScout } from './scout.ts';

export interface Replays {
  preview(request: ReplayRequest): Promise<ReplayPreview>;
  start(request: ReplayRequest): Promise<{ id: string; preview: ReplayPreview }>;
  cancel(id: string): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  undo(id: string): Promise<void>;
  rename(id: string, name: string | null): ReplayStatus;
  drop(id: string): Promise<void>;
  results(id: string, limit: number, order: 'difference' | 'time'): ReplayComparison[];
  previewQuery(spec: ScoutQuery['spec'], lastMs: number, maxEvents: number): Promise<QueryPreview>;
  /** Newest first. */
  list(): readonly ReplayStatus[];
  /** Goes on with what ran when the app ended; the services are started when they are needed. */
  recover(): void;
  /** Ends what runs as cancelled: for a reset. */
  cancelAll(): Promise<void>;
  clear(): void;
  /** Ends the processes; what runs goes on with the next start of the app. */
  close(): Promise<void>;
}

export interface ReplaysOptions {
  clock: Clock;
  dataDir: string;
  history: ReplayHistory;
  incidents: Incidents;
  fork(): ForkedChild;
  /** Where the services stand, started when they are not; reject with a clear error when one does not answer. */
  kafka(): Promise<KafkaEndpoint>;
  postgres(): Promise<PostgresEndpoint>;
  topics(): Promise<Pick<TopicAdmin, 'replayRanges' | 'groupLag'>>;
  line(name: string | null): LiveLine | null;
  lines(): readonly LineReport[];
  processor: { running(): boolean; ask(method: string, args: unknown, timeoutMs: number): Promise<unknown> };
  onChange(): void;
  onFault(error: unknown): void;
}

export type ReplayHistory = Pick<History, 'recordReplay' | 'recordReplayResults' | 'comparisons' | 'replays'>;

const MAX_RUNNING = 3;
const KEPT = 50;
const FORGET_TIMEOUT_MS = 10_000;

const isActive = ({ state }: ReplayStatus) => state === 'running' || state === 'paused';

export function createReplays(options: ReplaysOptions): Replays {
  const { clock, history } = options;
  const plans = openReplayPlans(options.dataDir);
  let starting = 0;
  let closed = false;
  let list: ReplayStatus[] = withUndo(history.replays().slice(0, KEPT));

  const find = (id: string): ReplayStatus => {
    const found = list.find((one) => one.id === id);
    if (found === undefined) throw noSuchReplay(id);
    return found;
  };
  const put = (status: ReplayStatus, recorded: boolean) => {
    const index = list.findIndex((known) => known.id === status.id);
    list = withUndo(index >= 0 ? list.with(index, status) : [status, ...list].slice(0, KEPT));
    if (recorded) history.recordReplay(find(status.id));
    options.onChange();
  };
  const update = (id: string, change: Partial<ReplayStatus>) => {
    const known = list.find((one) => one.id === id);
    if (known !== undefined) put({ ...known, ...change }, false);
  };

  const ended = (
    id: string,
    state: Exclude<ReplayStatus['state'], 'running' | 'paused'>,
    error: LiveDbErrorData | null,
    lastId: string | null,
  ) => {
    const known = list.find((one) => one.id === id);
    if (known === undefined) return;
    const now = clock.now();
    const summary =
      known.target === 'branch' ? history.comparisons.summary(id, known.line ?? '', known.settled) : {};
    const status: ReplayStatus = {
      ...known,
      ...summary,
      state,
      endedAt: now,
      rate: 0,
      secondsLeft: null,
      waiting: null,
      error,
    };
    put({ ...status, outcome: outcomeOf(status, lastId) }, true);
    if (state !== 'done') forecasts.broken(id);
    forecasts.done(id, now - known.startedAt);
    plans.remove(id).catch(options.onFault);
    if (state !== 'failed') return;
    options.incidents.add({
      severity: 'error',
      subject: null,
      code: 'replay-failed',
      title: 'A replay failed',
      cause: error?.message ?? 'It ended before it was done.',
      remedy: error?.remedy ?? 'Start it again; the live line was not touched.',
    });
  };

  const forecasts = createForecasts();
  const measuring = { onStarted: forecasts.started, onBroken: forecasts.broken };
  const scout = createScout({ ...options, ...measuring });
  const runner = createReplayRunner({
    ...options,
    ...measuring,
    place: { dataDir: options.dataDir, logDir: join(options.dataDir, 'logs') },
    status: (id) => list.find((one) => one.id === id) ?? null,
    update,
    ended: (id, end: RunnerEnd) => ended(id, end.state, end.error, end.lastId),
  });
  const rewinds = createRewinds({
    ...options,
    ...measuring,
    paused: (id) => list.some((one) => one.id === id && one.state === 'paused'),
    update,
    ended: (id, end) => ended(id, end.state, end.state === 'failed' ? end.error : null, null),
  });
  const obstacles = (request: ReplayRequest, line: string | null): ReplayConflict[] => {
    const found: ReplayConflict[] = [];
    const block = (code: string, message: string) => found.push({ code, message, blocking: true });
    if (request.target !== 'rewind' && runner.size + starting >= MAX_RUNNING)
      block('busy', `${MAX_RUNNING} replays run already: wait for one to end, or cancel one.`);
    const rewinding = (one: ReplayStatus) => one.target === 'rewind' && one.line === line && isActive(one);
    if (request.target === 'rewind' && list.some(rewinding))
      block('rewinding', `Another rewind of "${line}" is under way: wait for it, or cancel it.`);
    if (request.name !== null && list.some(({ name }) => name === request.name))
      block('name-taken', `There is a replay named "${request.name}" already.`);
    return found;
  };
  const previews = createPreviews({ ...options, scout, forecasts, obstacles });

  const launch = async (planned: Planned): Promise<string> => {
    const { request, preview, line, comparison, work } = planned;
    const id = randomUUID();
    const plan: ReplayPlan = { ...planned.plan, id, request };
    await plans.save(plan);
    const status: ReplayStatus = {
      id,
      stage: request.stage,
      request,
      target: request.target,
      name: request.name,
      state: 'running',
      startedAt: clock.now(),
      endedAt: null,
      total: plan.total,
      done: 0,
      live: 0,
      rate: 0,
      secondsLeft: preview.seconds,
      windows: 0,
      compared: 0,
      different: 0,
      cut: 0,
      late: 0,
      liveOnly: 0,
      comparison,
      settled: false,
      query: request.target === 'branch' ? plan.query : null,
      line,
      kept: request.target === 'branch',
      undoable: false,
      waiting: null,
      outcome: null,
      error: null,
    };
    if (request.target === 'rewind') {
      await rewinds.start(id, plan, line ?? '').catch(async (error: unknown) => {
        await plans.remove(id);
        throw error;
      });
      put(status, true);
      forecasts.begun(id, work);
      return id;
    }
    put(status, true);
    forecasts.begun(id, work);
    runner.start(plan);
    return id;
  };

  return {
    preview: async (request) => (await previews.plan(request)).preview,
    async start(request) {
      const planned = await previews.plan(request);
      const { preview } = planned;
      // Looked at again: the preview took its time, and others may have started meanwhile.
      const blocking = [...obstacles(request, planned.line), ...preview.conflicts].find(
        (one) => one.blocking,
      );
      if (blocking !== undefined) {
        throw new LiveDbError({
          code: blocking.code.startsWith('replay.') ? blocking.code : `replay.${blocking.code}`,
          message: blocking.message,
          remedy: 'Change the range or what stands in its way, then look at the preview again.',
          details: { conflicts: preview.conflicts },
        });
      }
      starting += 1;
      try {
        return { id: await launch(planned), preview };
      } finally {
        starting -= 1;
      }
    },
    async cancel(id) {
      const status = find(id);
      if (!isActive(status)) throw hasEnded();
      if (status.target !== 'rewind') return runner.cancel(id);
      // The app may have begun anew so lately that nobody follows it yet.
      const plan = await plans.load(id);
      if (plan !== null) rewinds.follow(id, plan, status.line ?? '');
      await rewinds.cancel(id);
    },
    async pause(id) {
      const status = find(id);
      if (!isActive(status)) throw hasEnded();
      forecasts.broken(id);
      put({ ...status, state: 'paused', rate: 0, secondsLeft: null, waiting: null }, true);
      if (status.target === 'rewind') await rewinds.pauseOrResume(id);
      else await runner.pause(id);
    },
    async resume(id) {
      const status = find(id);
      if (!isActive(status)) throw hasEnded();
      put({ ...status, state: 'running' }, true);
      if (status.target === 'rewind') return rewinds.pauseOrResume(id);
      const plan = runner.has(id) ? null : await plans.load(id);
      if (plan !== null) runner.start(plan);
      else await runner.resume(id);
    },
    async undo(id) {
      const status = find(id);
      if (!status.undoable || status.line === null) throw notUndoable();
      await rewinds.undo(id, status.line);
      const undone: ReplayStatus = { ...status, state: 'undone', undoable: false };
      put({ ...undone, outcome: outcomeOf(undone, null) }, true);
    },
    rename(id, name) {
      const status = find(id);
      if (name !== null && list.some((one) => one.id !== id && one.name === name)) {
        throw nameTaken(name);
      }
      put({ ...status, name }, true);
      return find(id);
    },
    async drop(id) {
      const status = find(id);
      if (isActive(status)) throw stillRuns();
      history.comparisons.drop(id);
      list = withUndo(list.filter((one) => one.id !== id));
      options.onChange();
      await plans.remove(id);
      // A group that stays behind on a cluster that is away harms nobody.
      if (status.target !== 'branch') return;
      await options
        .kafka()
        .then((kafka) =>
          scout.ask(SCOUT_CALLS.forgetGroup, { kafka, group: branchGroup(id) }, FORGET_TIMEOUT_MS),
        )
        .catch(options.onFault);
    },
    results(id, limit, order) {
      const { line, settled } = find(id);
      return history.comparisons.results(id, { line: line ?? '', settled, limit, order });
    },
    previewQuery: previews.query,
    list: () => list,
    recover() {
      for (const status of list.filter(isActive)) {
        plans
          .load(status.id)
          .then((plan) => {
            if (closed) return;
            if (plan === null) ended(status.id, 'failed', interrupted(status.done, status.total), null);
            else if (status.target === 'rewind') rewinds.follow(status.id, plan, status.line ?? '');
            else if (status.state === 'running' && !runner.has(status.id)) runner.start(plan);
          })
          .catch(options.onFault);
      }
    },
    async cancelAll() {
      await Promise.all(
        list.filter(isActive).map(({ id, target }) => (target === 'rewind' ? null : runner.cancel(id))),
      );
    },
    clear() {
      list = [];
      plans.clear().catch(options.onFault);
      options.onChange();
    },
    async close() {
      closed = true;
      rewinds.close();
      await Promise.all([runner.close(), scout.close()]);
      for (const status of list.filter(isActive))
        history.recordReplay({ ...status, rate: 0, secondsLeft: null });
    },
  };
}

/** Of one line only the last rewind can be taken back. */
function withUndo(all: readonly ReplayStatus[]): ReplayStatus[] {
  const seen = new Set<string | null>();
  return all.map((one) => {
    if (one.target !== 'rewind') return one;
    const undoable = one.state === 'done' && !seen.has(one.line);
    if (one.state === 'done' || isActive(one)) seen.add(one.line);
    return one.undoable === undoable ? one : { ...one, undoable };
  });
}
