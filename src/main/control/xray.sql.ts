// SQL of the row X-ray.
import type { Database } from './ports.ts';

export interface XrayRow {
  org: string;
  amount: string;
  region: string;
  createdAt: string | null;
  /** Epoch ms of created_at, microseconds cut; null where there is no finite one. */
  createdMs: number | null;
  /** Of the column `tx`; null where the table has none. */
  tx: string | null;
  /** Epoch ms with fractions; null where the server does not know (any more). */
  committedMs: number | null;
  /** Whether the server keeps commit times. */
  commitTimes: boolean;
}

/** One row with the time of its commit; null when there is none of that id. xmin is the transaction that wrote it. */
export async function rowOf(database: Database, id: string): Promise<XrayRow | null> {
  const rows = await database.query<{
    org: string | null;
    amount: string | null;
    region: string | null;
    created: string | null;
    created_ms: string | null;
    tx: string | null;
    committed: number | null;
    kept: boolean;
  }>(
    `SELECT l.org, l.amount::text AS amount, l.region, l.created_at::timestamp::text AS created,
       CASE WHEN isfinite(l.created_at)
         THEN floor(extract(epoch FROM l.created_at::timestamp) * 1000)::bigint::text END AS created_ms,
       to_jsonb(l) ->> 'tx' AS tx, current_setting('track_commit_timestamp') = 'on' AS kept,
       CASE WHEN current_setting('track_commit_timestamp') = 'on'
         THEN (extract(epoch FROM pg_xact_commit_timestamp(l.xmin)) * 1000)::float8 END AS committed
     FROM livedb l WHERE l.id = $1::bigint`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    org: row.org ?? '',
    amount: row.amount ?? '',
    region: row.region ?? '',
    createdAt: row.created,
    createdMs: row.created_ms === null ? null : Number(row.created_ms),
    tx: row.tx,
    committedMs: row.committed,
    commitTimes: row.kept,
  };
}
