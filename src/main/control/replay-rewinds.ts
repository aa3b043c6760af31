// Rewinds: the processor takes a line back by itself; this asks it to, follows what the line tells, asks again when the
// processor was killed before it was done, and takes a rewind back. replays.ts makes one.
import { LiveDbError } from '../../shared/errors.ts';
import { PROCESSOR_CALLS } from '../../shared/link.ts';
import type { ReplayStatus } from '../../shared/replay.ts';
import type { LineReport, RewindProgress } from '../../shared/states.ts';
import { type Clock, every } from './clock.ts';
import { createRateEstimator, type RateEstimator } from './rates.ts';
import type { ReplayPlan } from './replay-plans.ts';

export interface RewindsOptions {
  clock: Clock;
  processor: { running(): boolean; ask(method: string, args: unknown, timeoutMs: number): Promise<unknown> };
  lines(): readonly LineReport[];
  /** The button says so. */
  paused(id: string): boolean;
  /** The newest of a rewind. */
  update(id: string, change: Partial<ReplayStatus>): void;
  ended(id: string, end: RewindEnd): void;
  /** The processor was away, or was asked again: its time says nothing. */
  onBroken(id: string): void;
  onFault(error: unknown): void;
}

export type RewindEnd =
  | { state: 'done' | 'cancelled' | 'undone' }
  | { state: 'failed'; error: ReturnType<typeof LiveDbError.dataOf> };

export interface Rewinds {
  /** Asks the line to go back; resolves once its state of before is safe. */
  start(id: string, plan: ReplayPlan, line: string): Promise<void>;
  /** Goes on following one that was under way when the app ended. */
  follow(id: string, plan: ReplayPlan, line: string): void;
  /** As its state says; one that the processor does not know yet is told so when it is asked for. */
  pauseOrResume(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
  undo(id: string, line: string): Promise<void>;
  close(): void;
}

const LOOK_MS = 200;
const ASK_TIMEOUT_MS = 30_000;
/** A processor that has reported for this long and knows nothing of the rewind was killed before it began. */
const FORGOTTEN_MS = 3_000;
const WAITING = 'The processor does not run: the rewind goes on when it does.';

interface Followed {
  line: string;
  plan: ReplayPlan;
  rate: RateEstimator;
  /** Since when the running processor knows nothing of it. */
  strangeSince: number | null;
  asking: boolean;
  /** Settled when it is not being asked for. */
  asked: Promise<unknown>;
}

export function createRewinds(options: RewindsOptions): Rewinds {
  const { clock, processor } = options;
  const followed = new Map<string, Followed>();

  const offsetsOf = (plan: ReplayPlan) =>
    Object.fromEntries(plan.ranges.map(({ partition, from }) => [String(partition), from]));

  const ask = (id: string, plan: ReplayPlan, line: string) =>
    processor.ask(
      PROCESSOR_CALLS.rewind,
      {
        query: line,
        id,
        offsets: offsetsOf(plan),
        bounds: plan.bounds,
        speed: plan.request.speed,
        paused: options.paused(id),
      },
      ASK_TIMEOUT_MS,
    );

  const end = (id: string, ended: RewindEnd) => {
    if (followed.delete(id)) options.ended(id, ended);
  };

  const take = (id: string, one: Followed, told: RewindProgress) => {
    one.strangeSince = null;
    const now = clock.now();
    one.rate.observe(now, told.done);
    const paused = options.paused(id);
    const rate = paused ? 0 : one.rate.rate(now);
    options.update(id, {
      total: told.total,
      done: told.done,
      live: told.live,
      windows: told.results,
      late: told.late,
      rate: told.state === 'running' ? rate : 0,
      secondsLeft: paused ? null : secondsLeft(one.plan, told, rate),
      waiting: null,
    });
    if (told.state === 'running') {
      if (told.paused !== paused && !one.asking) agree(id, one);
      return;
    }
    if (told.state === 'failed') {
      const error = told.error ?? {
        code: 'replay.rewind-failed',
        message: 'The line could not be taken back.',
      };
      end(id, { state: 'failed', error });
    } else end(id, { state: told.state });
  };

  /** The button was pressed while it was asked for. */
  const agree = (id: string, one: Followed) => {
    one.asking = true;
    pauseOrResume(id, one)
      .catch(options.onFault)
      .finally(() => {
        one.asking = false;
      });
  };

  const pauseOrResume = (id: string, one: Followed) =>
    processor.ask(
      PROCESSOR_CALLS.pauseRewind,
      { query: one.line, id, paused: options.paused(id) },
      ASK_TIMEOUT_MS,
    );

  /** The processor runs and knows nothing of it: it was killed before the rewind was safe, and is asked again. */
  const askAgain = (id: string, one: Followed) => {
    one.asking = true;
    one.asked = ask(id, one.plan, one.line)
      .catch((error: unknown) => {
        const data = LiveDbError.dataOf(error);
        if (data.code === 'no-answer') options.onFault(error);
        else end(id, { state: 'failed', error: data });
      })
      .finally(() => {
        one.asking = false;
        one.strangeSince = null;
      });
  };

  const look = () => {
    for (const [id, one] of followed) {
      if (!processor.running()) {
        one.strangeSince = null;
        options.onBroken(id);
        options.update(id, { waiting: WAITING, rate: 0, secondsLeft: null });
        continue;
      }
      const told = options.lines().find(({ query }) => query === one.line)?.rewind ?? null;
      if (told?.id === id) take(id, one, told);
      else if (!one.asking) {
        one.strangeSince ??= clock.now();
        if (clock.now() - one.strangeSince >= FORGOTTEN_MS) askAgain(id, one);
      }
    }
  };
  const stop = every(clock, LOOK_MS, look);

  const follow = (id: string, plan: ReplayPlan, line: string) => {
    followed.set(id, {
      line,
      plan,
      rate: createRateEstimator(),
      strangeSince: null,
      asking: false,
      asked: Promise.resolve(),
    });
  };

  const undo = (id: string, line: string) =>
    processor.ask(PROCESSOR_CALLS.undo, { query: line, id }, ASK_TIMEOUT_MS);

  return {
    async start(id, plan, line) {
      await ask(id, plan, line);
      follow(id, plan, line);
    },
    follow(id, plan, line) {
      if (!followed.has(id)) follow(id, plan, line);
    },
    async pauseOrResume(id) {
      const one = followed.get(id);
      if (one === undefined || !processor.running()) return;
      await pauseOrResume(id, one);
    },
    async cancel(id) {
      const one = followed.get(id);
      if (one === undefined) return;
      await one.asked;
      const answer = (await processor.ask(
        PROCESSOR_CALLS.cancelRewind,
        { query: one.line, id },
        ASK_TIMEOUT_MS,
      )) as { cancelled: boolean; known: boolean };
      // Too late to stop it: its windows are changed already, so they are put back. One that the processor does not know,
      // as it began anew, has changed nothing.
      if (!answer.cancelled && answer.known) await undo(id, one.line);
      end(id, { state: 'cancelled' });
    },
    async undo(id, line) {
      await undo(id, line);
    },
    close: stop,
  };
}

/** By its speed, else by its rate; null when neither is known. */
function secondsLeft(plan: ReplayPlan, told: RewindProgress, rate: number): number | null {
  const { speed } = plan.request;
  if (speed.kind === 'times' && plan.span !== null && told.at !== null)
    return Math.max(0, plan.span.to - told.at) / 1_000 / speed.factor;
  return rate > 0 ? Math.max(0, told.total - told.done) / rate : null;
}
