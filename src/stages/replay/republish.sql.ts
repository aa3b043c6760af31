// SQL of the producer replay.

/** One page of rows by id. $1 first id, $2 last id (both included), $3 rows. */
export function page(): string {
  return `SELECT id, org, amount, region, created_at, NULL FROM livedb
    WHERE id BETWEEN $1::bigint AND $2::bigint ORDER BY id LIMIT $3`;
}
