// SQL of the audit: the whole table in one snapshot, and questions about single ids. That of windows is in windows.sql.ts.

export function beginSnapshot(): string {
  return 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
}

/** The snapshot's text, the rows in it, whether there is `tx xid8`, and whether the server knows date_bin (14 on). */
export function describe(): string {
  return `SELECT pg_current_snapshot()::text AS snapshot, (SELECT count(*) FROM livedb)::text AS rows,
      EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('livedb') AND attname = 'tx'
        AND atttypid = 'xid8'::regtype AND NOT attisdropped) AS tx,
      current_setting('server_version_num')::int >= 140000 AS bins`;
}

/** One pass over the table, in the order in which it lies on disk. */
export function copyOut(): string {
  return 'COPY (SELECT id, org, amount, region, created_at FROM livedb) TO STDOUT';
}

/** Which of these ids have a row. $1 ids. */
export function presentIds(): string {
  return 'SELECT id::text FROM livedb WHERE id = ANY ($1::bigint[])';
}

/** Those of these ids that lie after a published position. $1 ids, $2 tx, $3 id. */
export function idsAfterTx(): string {
  return 'SELECT id::text FROM livedb WHERE id = ANY ($1::bigint[]) AND (tx, id::bigint) > ($2::xid8, $3::bigint)';
}

/** The same where the table has no tx. $1 ids, $2 id. */
export function idsAfterId(): string {
  return 'SELECT id::text FROM livedb WHERE id = ANY ($1::bigint[]) AND id > $2::bigint';
}

/** Those of these ids whose transactions were committed at or after a moment. $1 ids, $2 epoch seconds. */
export function idsCommittedSince(): string {
  return `SELECT id::text FROM livedb WHERE id = ANY ($1::bigint[])
    AND extract(epoch FROM pg_xact_commit_timestamp(xmin)) >= $2::float8`;
}

/** Event time of the earliest of these rows, epoch ms. $1 ids. */
export function earliest(): string {
  return `SELECT floor(extract(epoch FROM min(created_at::timestamp)) * 1000)::bigint::text FROM livedb
    WHERE id = ANY ($1::bigint[]) AND isfinite(created_at)`;
}

/** $1 ids. */
export function contents(): string {
  return `SELECT id::text, coalesce(org, ''), coalesce(amount::text, ''), coalesce(region, ''), created_at::text
    FROM livedb WHERE id = ANY ($1::bigint[])`;
}

export function commitTimesKept(): string {
  return "SELECT current_setting('track_commit_timestamp') = 'on' AS kept";
}

/** When transactions were committed, epoch seconds; null where it is no longer known. $1 transaction ids (xid8). */
export function commitTimes(): string {
  return `SELECT t.tx, extract(epoch FROM pg_xact_commit_timestamp(t.tx::xid8::xid))::float8 AS at
    FROM unnest($1::text[]) AS t (tx) WHERE t.tx::xid8 < pg_snapshot_xmax(pg_current_snapshot())`;
}
