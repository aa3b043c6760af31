// SQL of the re-publish and its preview. A table that somebody else made may lack `tx`.

export interface RowChoice {
  /** The table has `tx xid8`: what a snapshot sees can be asked for. */
  tx: boolean;
}

/** Whether the table has `tx`. */
export function hasTx(): string {
  return `SELECT EXISTS (
      SELECT 1 FROM pg_attribute
      WHERE attrelid = to_regclass('livedb') AND attname = 'tx' AND atttypid = 'xid8'::regtype AND NOT attisdropped
    ) AS tx`;
}

/** $1, $2 ids (inclusive); $3, $4 created_at from (inclusive) and to (exclusive), ISO 8601; $5 snapshot; null is open. */
function chosen({ tx }: RowChoice): string {
  return `($1::bigint IS NULL OR id >= $1::bigint) AND ($2::bigint IS NULL OR id <= $2::bigint)
    AND ($3::timestamptz IS NULL OR created_at >= $3::timestamptz AT TIME ZONE 'utc')
    AND ($4::timestamptz IS NULL OR created_at < $4::timestamptz AT TIME ZONE 'utc')
    AND ${tx ? '($5::pg_snapshot IS NULL OR pg_visible_in_snapshot(tx, $5::pg_snapshot))' : '$5::text IS NULL'}`;
}

/** One page of rows by id: $1 to $5 as above, $6 rows. Columns in the order that the event encoding takes. */
export function page(choice: RowChoice): string {
  return `SELECT id, org, amount, region, created_at, NULL FROM livedb
    WHERE ${chosen(choice)} ORDER BY id LIMIT $6`;
}

/** The id from which on the newest $6 of the chosen rows lie; no row when there are fewer. */
export function lastFrom(choice: RowChoice): string {
  return `SELECT id::text AS id FROM livedb WHERE ${chosen(choice)} ORDER BY livedb.id DESC OFFSET $6::bigint - 1 LIMIT 1`;
}

/** Dated ahead, a row does not hold the others up. */
const PAST = "isfinite(created_at) AND created_at <= clock_timestamp() AT TIME ZONE 'utc'";

/** When the first of the chosen rows was created, epoch ms: of its first three, as one of them may be dated back. */
export function begins(choice: RowChoice): string {
  return `SELECT floor(extract(epoch FROM max(created_at)) * 1000)::bigint::text AS at FROM (
      SELECT created_at FROM livedb WHERE ${chosen(choice)} AND ${PAST} ORDER BY id LIMIT 3) AS few`;
}

/** How many rows are chosen, their span, and the bytes of their texts. */
export function figures(choice: RowChoice): string {
  const at = (what: string, which = 'isfinite(created_at)') =>
    `floor(extract(epoch FROM ${what}(created_at) FILTER (WHERE ${which})) * 1000)::bigint::text`;
  return `SELECT count(*)::text AS rows, min(id)::text AS first, max(id)::text AS last,
      ${at('min')} AS earliest, ${at('max')} AS latest, ${at('max', PAST)} AS lasts,
      coalesce(sum(2 * octet_length(id::text) + octet_length(org::text) + octet_length(amount::text)
        + octet_length(region::text)), 0)::text AS bytes
    FROM livedb WHERE ${chosen(choice)}`;
}

/** The present snapshot, for the rows that are there now. */
export function snapshot(): string {
  return 'SELECT pg_current_snapshot()::text AS snapshot';
}

/** Ids of the chosen rows, a page at a time: $1 to $5 as above, $6 rows. */
export function ids(choice: RowChoice): string {
  return `SELECT id::text AS id FROM livedb WHERE ${chosen(choice)} ORDER BY livedb.id LIMIT $6`;
}
