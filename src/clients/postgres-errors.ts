// What went wrong with PostgreSQL, in the words of a person: refused, lost, sign-in, TLS, rights, disk, SQL.
// Called by postgres.ts and by everyone who catches an error of a query. SQLSTATEs: PostgreSQL appendix A.
import pg from 'pg';
import { LiveDbError } from '../shared/errors.ts';

export type PostgresErrorCode =
  | 'postgres.refused'
  | 'postgres.starting'
  | 'postgres.lost'
  | 'postgres.silent'
  | 'postgres.busy'
  | 'postgres.auth'
  | 'postgres.database'
  | 'postgres.tls'
  | 'postgres.rights'
  | 'postgres.read-only'
  | 'postgres.disk-full'
  | 'postgres.timeout'
  | 'postgres.conflict'
  | 'postgres.missing'
  | 'postgres.sql';

const PASSES: ReadonlySet<string> = new Set<PostgresErrorCode>([
  'postgres.refused',
  'postgres.starting',
  'postgres.lost',
  'postgres.silent',
  'postgres.busy',
  'postgres.conflict',
  'postgres.timeout',
  'postgres.disk-full',
]);

const REMEDIES: Record<PostgresErrorCode, string> = {
  'postgres.refused': 'Start the server, or correct the host and port; LiveDB tries again by itself.',
  'postgres.starting': 'Wait: LiveDB tries again by itself.',
  'postgres.lost': 'Nothing to do: LiveDB connects again by itself.',
  'postgres.silent': 'Look at the network between here and the server; LiveDB connects again by itself.',
  'postgres.busy': 'Close other sessions or raise max_connections; LiveDB tries again by itself.',
  'postgres.auth': 'Correct user and password (DATABASE_URL, or DB_USER and DB_PASSWORD), then start again.',
  'postgres.database':
    'Create the database, or correct its name (DATABASE_URL or DB_NAME), then start again.',
  'postgres.tls':
    'Use the host name that the certificate is made for; for a private authority set NODE_EXTRA_CA_CERTS to its file.',
  'postgres.rights': 'Have the owner grant the missing right to this user, then start again.',
  'postgres.read-only': 'Point LiveDB at the primary server.',
  'postgres.disk-full': 'Free space on the disk of the database; LiveDB goes on by itself.',
  'postgres.timeout': 'Look for locks and load on the server; LiveDB tries again by itself.',
  'postgres.conflict': 'Nothing to do: LiveDB tries the transaction again by itself.',
  'postgres.missing': 'Let LiveDB add what is missing (it shows the SQL first), or create it yourself.',
  'postgres.sql': 'Look at the table: it is not shaped as LiveDB expects.',
};

const TLS_CODES = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH)/;

function classify(error: unknown): PostgresErrorCode {
  const code = (error as { code?: unknown } | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return classify(error.errors[0]);
  if (error instanceof pg.DatabaseError && typeof code === 'string') return classifySqlState(code);
  if (typeof code === 'string') {
    if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/.test(code)) {
      return 'postgres.refused';
    }
    if (code === 'ETIMEDOUT') return 'postgres.silent';
    if (TLS_CODES.test(code)) return 'postgres.tls';
    if (/^(ECONNRESET|EPIPE|ECONNABORTED|ERR_STREAM_)/.test(code)) return 'postgres.lost';
  }
  if (/does not support SSL|SSL connection/.test(message)) return 'postgres.tls';
  if (/SASL|SCRAM|password must be a string/.test(message)) return 'postgres.auth';
  if (/timeout expired|Query read timeout|Connection terminated due to connection timeout/.test(message)) {
    return 'postgres.silent';
  }
  if (/Connection terminated|Client has encountered a connection error|not queryable|socket/i.test(message)) {
    return 'postgres.lost';
  }
  return 'postgres.sql';
}

function classifySqlState(state: string): PostgresErrorCode {
  switch (state) {
    case '57P03': // cannot_connect_now: starting up, recovering, shutting down
      return 'postgres.starting';
    case '57P01': // admin_shutdown, also pg_terminate_backend
    case '57P02': // crash_shutdown
    case '57P05': // idle_session_timeout
    case '25P03': // idle_in_transaction_session_timeout
      return 'postgres.lost';
    case '57014': // query_canceled: statement_timeout
    case '55P03': // lock_not_available
      return 'postgres.timeout';
    case '53300': // too_many_connections
      return 'postgres.busy';
    case '53100':
      return 'postgres.disk-full';
    case '53200': // out_of_memory
      return 'postgres.busy';
    case '3D000':
      return 'postgres.database';
    case '25006':
      return 'postgres.read-only';
    case '42501':
      return 'postgres.rights';
    case '42P01': // undefined_table
    case '42703': // undefined_column
    case '42883': // undefined_function
      return 'postgres.missing';
  }
  if (state.startsWith('28')) return 'postgres.auth';
  if (state.startsWith('08')) return 'postgres.lost';
  if (state.startsWith('40')) return 'postgres.conflict';
  return 'postgres.sql';
}

/** SQLSTATE of a server's error, or null for anything else. */
export function sqlStateOf(error: unknown): string | null {
  const cause = error instanceof LiveDbError ? error.cause : error;
  return cause instanceof pg.DatabaseError ? (cause.code ?? null) : null;
}

/** Any failure of pg as a LiveDbError: `doing` completes the sentence "Could not …". The cause stays attached. */
export function postgresError(error: unknown, doing: string): LiveDbError {
  if (error instanceof LiveDbError) return error;
  const code = classify(error);
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const reason = first instanceof Error && first.message !== '' ? first.message : String(first);
  const state = sqlStateOf(error);
  return new LiveDbError(
    {
      code,
      message: `Could not ${doing}: ${reason}.`.replace(/\.\.$/, '.'),
      remedy: REMEDIES[code],
      ...(state === null ? {} : { details: { sqlState: state } }),
    },
    { cause: error },
  );
}

/** Whether waiting and trying again on a new connection can help. */
export function passesByItself(error: unknown): boolean {
  return PASSES.has(error instanceof LiveDbError ? error.data.code : classify(error));
}

/** Whether the connection is gone (so that the fate of a COMMIT on its way is not known). */
export function isConnectionLoss(error: unknown): boolean {
  const code = error instanceof LiveDbError ? error.data.code : classify(error);
  return code === 'postgres.lost' || code === 'postgres.silent' || code === 'postgres.refused';
}
