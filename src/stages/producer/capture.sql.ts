// SQL of the capture: the table as it is, rows past a cursor, who holds the capture back, and the one-producer lock.

/** Columns of the table that matter here, with their types; no row when there is no such table. */
export function describeTable(): string {
  return `SELECT attname AS name, format_type(atttypid, NULL) AS type
    FROM pg_attribute WHERE attrelid = to_regclass('livedb') AND attnum > 0 AND NOT attisdropped`;
}

/** How many numbers a session takes at a time from the sequence behind id; no row without a sequence. */
export function sequenceCache(): string {
  return `SELECT seqcache::text AS cache FROM pg_sequence
    WHERE seqrelid = to_regclass(pg_get_serial_sequence('livedb', 'id'))`;
}

/** A place that is lost in a crash of the server is only an older place: it need not wait for the disk. */
export function positionSettings(): string {
  return 'SET synchronous_commit = off';
}

/**
 * Committed rows after (tx, id) whose transactions are all below the oldest one still running: no row can appear
 * between them any more (PostgreSQL 9.27.8, pg_snapshot_xmin). $1 tx, $2 id, $3 limit.
 */
export function rowsAfterTx(): string {
  return `SELECT id, org, amount, region, created_at, tx FROM livedb
    WHERE (tx, id) > ($1::xid8, $2::bigint) AND tx < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY tx, id LIMIT $3`;
}

/**
 * Rows after (tx, id) that a snapshot sees, whatever runs now; rows deleted since are gone. $1 tx, $2 id, $3 the
 * snapshot's text, $4 limit.
 */
export function rowsInSnapshot(): string {
  return `SELECT id, org, amount, region, created_at, tx FROM livedb
    WHERE (tx, id) > ($1::xid8, $2::bigint) AND pg_visible_in_snapshot(tx, $3::pg_snapshot)
    ORDER BY tx, id LIMIT $4`;
}

/** $1 id, $2 limit. */
export function rowsAfterId(): string {
  return `SELECT id, org, amount, region, created_at, NULL FROM livedb
    WHERE id > $1::bigint ORDER BY id LIMIT $2`;
}

/** Rows whose ids lie in skipped ranges. $1 and $2 arrays of their ends, $3 limit. */
export function rowsInGaps(): string {
  return `SELECT l.id, l.org, l.amount, l.region, l.created_at, NULL
    FROM unnest($1::bigint[], $2::bigint[]) AS gap(low, high) JOIN livedb l ON l.id BETWEEN gap.low AND gap.high
    ORDER BY l.id LIMIT $3`;
}

/** All transactions under way, whether they have written yet or not, and those prepared for a later commit. */
export function runningTransactions(): string {
  return `SELECT virtualxid AS token FROM pg_locks WHERE locktype = 'virtualxid' AND granted AND pid <> pg_backend_pid()
    UNION ALL SELECT 'prepared ' || transaction::text FROM pg_prepared_xacts`;
}

/** First number that no transaction has yet. */
export function snapshotEnd(): string {
  return 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax';
}

/** All transactions below it have ended. */
export function snapshotHorizon(): string {
  return 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin';
}

/** Updates and deletes that the server has counted, and the table's present file: another one after a truncate. */
export function tableChanges(): string {
  return `SELECT n_tup_upd::float8 AS updates, n_tup_del::float8 AS deletes, pg_relation_filenode(relid)::text AS file
    FROM pg_stat_user_tables WHERE relid = to_regclass('livedb')`;
}

/** Age of the oldest waiting row, 0 when none waits (`greatest` passes over a NULL). One that is dated back is not older than the rows before it that are published. */
function ageAfter(published: string): string {
  const now = "(clock_timestamp() AT TIME ZONE 'utc')";
  return `CASE WHEN count(*) = 0 THEN 0 ELSE coalesce(extract(epoch FROM ${now} - greatest(min(created_at), (
        SELECT max(created_at) FROM (SELECT created_at FROM livedb WHERE ${published} LIMIT 20) AS before
        WHERE created_at <= ${now}))), 0) END::float8 AS seconds`;
}

/** Rows waiting after (tx, id), counted up to a limit, and the oldest one. Those of the transactions in the ranges
 * $4 … $5 are not waiting. $1 tx, $2 id, $3 limit. */
export function lagAfterTx(): string {
  return `SELECT count(*)::int AS rows,
      ${ageAfter('(tx, id) <= ($1::xid8, $2::bigint) ORDER BY tx DESC, id DESC')},
      coalesce(min(tx::text::numeric) >= pg_snapshot_xmin(pg_current_snapshot())::text::numeric, false) AS held
    FROM (SELECT created_at, tx FROM livedb WHERE (tx, id) > ($1::xid8, $2::bigint)
        AND NOT EXISTS (SELECT FROM unnest($4::xid8[], $5::xid8[]) AS done(low, high) WHERE tx BETWEEN low AND high)
      ORDER BY tx, id LIMIT $3) waiting`;
}

/** The same for the id cursor. $1 id, $2 limit. */
export function lagAfterId(): string {
  return `SELECT count(*)::int AS rows,
      ${ageAfter('id <= $1::bigint ORDER BY id DESC')},
      false AS held
    FROM (SELECT created_at FROM livedb WHERE id > $1::bigint ORDER BY id LIMIT $2) waiting`;
}

export function highestId(): string {
  return 'SELECT max(id)::text AS id FROM livedb';
}

export function listenToRows(): string {
  return 'LISTEN livedb';
}

/** Whether the table has a trigger "livedb_notify", which is to say NOTIFY livedb after each insert. */
export function rowsNotify(): string {
  return `SELECT EXISTS (SELECT FROM pg_trigger
    WHERE tgrelid = to_regclass('livedb') AND tgname = 'livedb_notify' AND tgenabled <> 'D') AS notifies`;
}

/** The oldest session that has written and not ended its transaction: the horizon cannot pass it. */
export function oldestWriter(): string {
  return `SELECT pid, coalesce(application_name, '') AS application, coalesce(state, 'unknown') AS state,
      coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::float8 AS seconds
    FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
    ORDER BY age(backend_xid) DESC LIMIT 1`;
}

/** "LDB1", and the one table there is. */
const LOCK = '1279541809, 1';

export function tryLock(): string {
  return `SELECT pg_try_advisory_lock(${LOCK}) AS locked`;
}

export function lockHolder(): string {
  return `SELECT l.pid, coalesce(a.application_name, '') AS application,
      coalesce(host(a.client_addr), 'this machine') AS client
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::bigint, l.objid::bigint, l.objsubid) = (${LOCK}, 2)
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
}
