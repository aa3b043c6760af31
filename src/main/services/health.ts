// The life of a service that is not ours: nobody starts or stops it here, its state is what a health check finds.
// Used by the PostgreSQL and the Kafka service when they are external.
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import type { RunState } from '../../shared/names.ts';
import type { LifeStatus } from '../../shared/snapshot.ts';
import type { Clock } from '../control/clock.ts';

export interface Health<Info> {
  state(): RunState;
  status(): LifeStatus;
  info(): Info | null;
  /** Resolves when the service answers; rejects with what it said instead. */
  ensure(): Promise<void>;
  close(): void;
}

export interface HealthOptions<Info> {
  /** Shown in messages: "PostgreSQL". */
  name: string;
  clock: Clock;
  check(): Promise<Info>;
  /** Whether something runs on it: if nothing does, a healthy service is left in peace (a serverless one may sleep). */
  needed(): boolean;
  onChange(state: RunState, error: LiveDbErrorData | null): void;
}

const CHECK_INTERVAL_MS = 2_000;
/** A service that has not answered by then is shown as away, although the question still stands. */
const ANSWER_BOUND_MS = 3_000;

export function createHealth<Info>(options: HealthOptions<Info>): Health<Info> {
  const { clock } = options;
  let info: Info | null = null;
  let state: 'starting' | 'running' | 'backing-off' = 'starting';
  let since: number | null = null;
  let retryAt: number | null = null;
  let error: LiveDbErrorData | null = null;
  let checking: Promise<void> | null = null;
  let cancel = () => {};
  let closed = false;

  const enter = (next: typeof state, cause: LiveDbErrorData | null) => {
    const changed = next !== state || cause?.message !== error?.message;
    if (next !== state) since = next === 'running' ? clock.now() : null;
    state = next;
    error = cause;
    if (changed) options.onChange(state, error);
  };

  const check = (): Promise<void> => {
    checking ??= (async () => {
      const disarm = clock.after(ANSWER_BOUND_MS, () => {
        retryAt = clock.now() + CHECK_INTERVAL_MS;
        if (!closed) enter('backing-off', silent(options.name));
      });
      try {
        info = await options.check();
        if (!closed) enter('running', null);
      } catch (thrown) {
        retryAt = clock.now() + CHECK_INTERVAL_MS;
        if (!closed) enter('backing-off', LiveDbError.dataOf(thrown));
      } finally {
        disarm();
        checking = null;
        arm();
      }
    })();
    return checking;
  };

  const arm = () => {
    cancel();
    if (closed) return;
    cancel = clock.after(CHECK_INTERVAL_MS, () => {
      if (state === 'running' && !options.needed()) arm();
      else void check();
    });
  };

  // Not before everybody who is told of it has been made.
  queueMicrotask(() => void check());
  return {
    state: () => state,
    status: () => ({
      state,
      pid: null,
      restarts: 0,
      since,
      retryAt: state === 'backing-off' ? retryAt : null,
      error,
      waiting: null,
      cpu: null,
      rssBytes: null,
    }),
    info: () => info,
    async ensure() {
      if (checking !== null) await checking;
      if (state !== 'running') await check();
      if (error !== null) throw new LiveDbError(error);
    },
    close() {
      closed = true;
      cancel();
    },
  };
}

function silent(name: string): LiveDbErrorData {
  return {
    code: 'no-answer',
    message: `${name} has not answered for ${ANSWER_BOUND_MS / 1000} s.`,
    remedy: 'Check that it runs and that the network lets LiveDB through; it is asked again and again.',
  };
}

/** Starting, stopping or killing what others run is refused with this. */
export function notOurs(name: string, verb: string): LiveDbError {
  return new LiveDbError({
    code: 'external-service',
    message: `${name} is external: LiveDB cannot ${verb} it.`,
    remedy: `Use the tools of the place where it runs, or take its settings out of the environment to use the embedded one.`,
  });
}
