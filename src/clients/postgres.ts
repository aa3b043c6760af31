// The one adapter over `pg`: connections and pools as writer, producer, control plane and replay use them.
// A connection speaks UTC, gives bigint, numeric and timestamp as exact text, and fails with a LiveDbError.
import { isIP } from 'node:net';
import pg from 'pg';
import { LiveDbError } from '../shared/errors.ts';
import type { PostgresEndpoint } from '../shared/link.ts';
import { detourSocket } from './detour.ts';
import { postgresError } from './postgres-errors.ts';

export type PgClient = pg.Client;
export type PgPool = pg.Pool;
export type PgPoolClient = pg.PoolClient;
/** What can run a query: a connection, a pool, or a connection out of a pool. */
export type PgQueryable = Pick<pg.ClientBase, 'query'>;

export interface ConnectOptions {
  /** Shown in pg_stat_activity: `livedb-writer`, `livedb-producer` … */
  applicationName: string;
  /** Bound of getting connected and signed in, ms. */
  connectTimeoutMs?: number;
  /** Bound of one statement, ms; null for none (long scans bound themselves). */
  statementTimeoutMs?: number | null;
  /** A connection that can follow the server's log (PostgreSQL 55.4); it takes simple queries only. */
  replication?: boolean;
  /**
   * Looks at the end of a growing table only. The planner must not fall for a scan of all of it while it is small or not
   * yet analysed (70 ms instead of 1 at a million rows), nor keep that plan when it has grown.
   */
  byIndex?: boolean;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Our own clock ends a query this much after the server should have: then the peer is half-dead, not slow. */
const SILENCE_GRACE_MS = 2_000;
const KEEPALIVE_AFTER_MS = 10_000;

const OID_TIMESTAMP = 1114;
const OID_TIMESTAMP_ARRAY = 1115;
const asText = (value: string) => value;

/** bigint and numeric are text in pg already; a timestamp would become a Date in local time and lose microseconds. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === OID_TIMESTAMP || oid === OID_TIMESTAMP_ARRAY
      ? asText
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

function clientConfig(endpoint: PostgresEndpoint, options: ConnectOptions): pg.ClientConfig {
  const statementTimeoutMs =
    options.statementTimeoutMs === undefined ? STATEMENT_TIMEOUT_MS : options.statementTimeoutMs;
  const { detour } = endpoint;
  return {
    ...(detour === undefined ? {} : { stream: () => detourSocket(detour) }),
    ...(options.replication === true ? { replication: 'database' } : {}),
    host: endpoint.host,
    port: endpoint.port,
    database: endpoint.database,
    user: endpoint.user,
    password: endpoint.password,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
    ...(statementTimeoutMs === null ? {} : { query_timeout: statementTimeoutMs + SILENCE_GRACE_MS }),
    // The certificate is verified against the system's authorities (and NODE_EXTRA_CA_CERTS); a name is sent for SNI.
    ssl: endpoint.ssl
      ? { rejectUnauthorized: true, ...(isIP(endpoint.host) === 0 ? { servername: endpoint.host } : {}) }
      : false,
    types,
  };
}

/** Neon's `-pooler` hosts (PgBouncer, transaction pooling) break LISTEN, SET and session advisory locks. */
export function isPooledHost(endpoint: Pick<PostgresEndpoint, 'host'>): boolean {
  return /-pooler\b/.test(endpoint.host);
}

/**
 * Session settings as one simple query: start-up parameters would be refused by a pooler. Behind a pooler only those
 * that PgBouncer tracks per client are set; a statement timeout would leak into other people's sessions.
 */
function sessionSettings(endpoint: PostgresEndpoint, options: ConnectOptions): string {
  const tracked = `SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET client_encoding = 'UTF8'`;
  const timeoutMs =
    options.statementTimeoutMs === undefined ? STATEMENT_TIMEOUT_MS : options.statementTimeoutMs;
  if (isPooledHost(endpoint)) return tracked;
  const bounded = `${tracked}; SET statement_timeout = ${timeoutMs ?? 0}`;
  return options.byIndex === true
    ? `${bounded}; SET enable_seqscan = off; SET enable_bitmapscan = off`
    : bounded;
}

const CLIENT_FAILED: unique symbol = Symbol('the failure that ended this connection');
interface Failed {
  [CLIENT_FAILED]?: Error;
}

/** The failure that ended this connection, or null while it stands. */
export function lostBecause(client: PgClient): Error | null {
  return (client as PgClient & Failed)[CLIENT_FAILED] ?? null;
}

/** Host and port as a person writes them: `127.0.0.1:5432`, `[::1]:5432`. */
export function addressOf(endpoint: Pick<PostgresEndpoint, 'host' | 'port'>): string {
  return isIP(endpoint.host) === 6
    ? `[${endpoint.host}]:${endpoint.port}`
    : `${endpoint.host}:${endpoint.port}`;
}

/**
 * Opens one connection. Its later loss does not throw by itself: the next query fails, `lostBecause` tells why, and
 * `client.once('end')` fires. Close it with `closePostgres`. Throws LiveDbError (`postgres.refused`, `.auth`, `.tls` …).
 */
export async function connectPostgres(
  endpoint: PostgresEndpoint,
  options: ConnectOptions,
): Promise<PgClient> {
  const client = new pg.Client(clientConfig(endpoint, options));
  client.on('error', (error) => {
    (client as PgClient & Failed)[CLIENT_FAILED] ??= error;
  });
  try {
    await client.connect();
    await client.query(sessionSettings(endpoint, options));
    return client;
  } catch (error) {
    void dropConnection(client);
    throw postgresError(error, `connect to PostgreSQL at ${addressOf(endpoint)}`);
  }
}

/**
 * A pool of at most `max` connections, each as `connectPostgres` gives them; idle ones are closed after 30 s.
 * An idle connection that is lost leaves the pool silently: the next query opens another.
 */
export function openPostgresPool(
  endpoint: PostgresEndpoint,
  options: ConnectOptions & { max: number },
): PgPool {
  const pool = new pg.Pool({
    ...clientConfig(endpoint, options),
    max: options.max,
    idleTimeoutMillis: 30_000,
    // Awaited by the pool before it hands a new connection out, so no query runs before the settings.
    onConnect: async (client) => {
      await client.query(sessionSettings(endpoint, options));
    },
  });
  pool.on('error', () => undefined);
  return pool;
}

const CLOSE_TIMEOUT_MS = 1_000;

/** Says goodbye and closes; a peer that does not answer within a second is dropped. Never throws. */
export async function closePostgres(client: PgClient): Promise<void> {
  if (lostBecause(client) !== null) return dropConnection(client);
  const timer = setTimeout(() => void dropConnection(client), CLOSE_TIMEOUT_MS);
  await client.end().catch(() => dropConnection(client));
  clearTimeout(timer);
}

/** Cuts the connection without a goodbye: for one whose peer is silent. */
export async function dropConnection(client: PgClient): Promise<void> {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  connection?.stream?.destroy();
}

/** Runs `work` in one transaction: COMMIT when it returns, ROLLBACK when it throws. Errors come out as LiveDbError. */
export async function inTransaction<T>(
  client: pg.ClientBase,
  doing: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await client.query('BEGIN');
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A lost connection cannot roll back and need not: the server does it.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error instanceof LiveDbError ? error : postgresError(error, doing);
  }
}

const TIMESTAMP = /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

/**
 * A `timestamp` text (ISO datestyle, read as UTC) as epoch ms; microseconds are cut, never rounded up into the next
 * window. Throws LiveDbError `postgres.timestamp` for infinity and for years before our era.
 */
export function timestampToMillis(text: string): number {
  const match = TIMESTAMP.exec(text);
  if (match === null) {
    throw new LiveDbError({
      code: 'postgres.timestamp',
      message: `The timestamp "${text}" is not a moment that an event can carry.`,
      remedy: 'Give the row a finite created_at after the year 1.',
    });
  }
  const [, year, month, day, hour, minute, second, fraction = ''] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0').slice(0, 3)));
  return date.getTime();
}
