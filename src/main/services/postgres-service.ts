// PostgreSQL as a part of the pipeline: the embedded server in a child of ours, or an external one that is only
// watched. app.ts makes one; the pipeline starts it before the writer and the producer.
import { z } from 'zod';
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import { type PostgresEndpoint, PostgresReady } from '../../shared/link.ts';
import type { RunState } from '../../shared/names.ts';
import type { LifeStatus } from '../../shared/snapshot.ts';
import { type Clock, until } from '../control/clock.ts';
import type { Parts } from '../control/parts.ts';
import type { Database } from '../control/ports.ts';
import { serverVersion } from './health.sql.ts';
import { createHealth, notOurs } from './health.ts';

export interface ServicePart<Endpoint> {
  readonly kind: 'embedded' | 'external';
  state(): RunState;
  status(): LifeStatus;
  /** Where it stands, or stood last; null before it was ready for the first time. */
  endpoint(): Endpoint | null;
  version(): string | null;
  /** Resolves when it runs (external: when it answers). */
  ensure(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Every process of the running service; throws when it is not ours. */
  pids(): Promise<number[]>;
  close(): Promise<void>;
}

/** The first start makes the database cluster, which takes its time on a slow disk. */
const START_TIMEOUT_MS = 60_000;
const Pids = z.array(z.number().int());
const KILL_CALL_MS = 1_000;
const KILL_SEEN_MS = 2_000;

export interface PostgresServiceOptions {
  parts: Parts;
  clock: Clock;
  onState(): void;
  /** It is up, maybe on another address than before. */
  onReady(endpoint: PostgresEndpoint): void;
}

export function createEmbeddedPostgres(options: PostgresServiceOptions): ServicePart<PostgresEndpoint> {
  let ready: PostgresReady | null = null;
  const part = options.parts.supervise({
    subject: 'postgres',
    child: 'postgres',
    name: 'PostgreSQL server',
    startTimeoutMs: START_TIMEOUT_MS,
    config: () => ({ port: null }),
    shownPid: () => (part.state() === 'running' ? (ready?.postmasterPid ?? null) : null),
    onReady(info) {
      ready = PostgresReady.parse(info);
      options.onReady(ready.endpoint);
    },
    onState: options.onState,
  });
  return {
    kind: 'embedded',
    state: part.state,
    status: part.status,
    endpoint: () => ready?.endpoint ?? null,
    version: () => ready?.version ?? null,
    ensure: part.start,
    start: part.start,
    stop: part.stop,
    async kill() {
      if (part.state() !== 'running') {
        if (!part.kill()) throw notRunning('PostgreSQL');
        return;
      }
      // The server itself is killed, as a crash would: its own host process then has to notice.
      const since = part.status().since;
      part.expectKill();
      try {
        await part.call('kill', {}, KILL_CALL_MS);
      } catch {
        // No answer is what a server killed in time looks like too; what counts is whether it is gone.
      }
      const gone = () => part.state() !== 'running' || part.status().since !== since;
      if (!(await until(options.clock, KILL_SEEN_MS, gone))) part.kill();
    },
    async pids() {
      return Pids.parse(await part.call('pids', {}, KILL_CALL_MS));
    },
    close: part.stop,
  };
}

export interface ExternalPostgresOptions {
  endpoint: PostgresEndpoint;
  clock: Clock;
  open(): Promise<Database>;
  needed(): boolean;
  onState(state: RunState, error: LiveDbErrorData | null): void;
}

export function createExternalPostgres(options: ExternalPostgresOptions): ServicePart<PostgresEndpoint> {
  let database: Database | null = null;
  const health = createHealth({
    name: 'PostgreSQL',
    clock: options.clock,
    needed: options.needed,
    async check() {
      try {
        database ??= await options.open();
        return await serverVersion(database);
      } catch (error) {
        const broken = database;
        database = null;
        // Its failure is already on its way to the person; that closing it fails as well adds nothing.
        await broken?.close().catch(() => undefined);
        throw error;
      }
    },
    onChange: options.onState,
  });
  return {
    kind: 'external',
    state: health.state,
    status: health.status,
    endpoint: () => options.endpoint,
    version: health.info,
    ensure: health.ensure,
    start: () => Promise.reject(notOurs('PostgreSQL', 'start')),
    stop: () => Promise.reject(notOurs('PostgreSQL', 'stop')),
    kill: () => Promise.reject(notOurs('PostgreSQL', 'kill')),
    pids: () => Promise.reject(notOurs('PostgreSQL', 'freeze')),
    async close() {
      health.close();
      await database?.close();
    },
  };
}

export function notRunning(name: string): LiveDbError {
  return new LiveDbError({
    code: 'not-running',
    message: `${name} does not run, so there is nothing to kill.`,
    remedy: 'Start it first.',
  });
}
