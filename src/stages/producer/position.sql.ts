// SQL of the producer's place: LiveDB's own table, and `producer_offsets` in the shape that people already have.

/** Which of the two tables are there and may be written by this user. */
export function writableTables(): string {
  return `SELECT
    coalesce(has_table_privilege(to_regclass('livedb_position'), 'SELECT, INSERT, UPDATE'), false)
      AND coalesce(has_table_privilege(to_regclass('livedb_position'), 'INSERT'), false)
      AND coalesce(has_table_privilege(to_regclass('livedb_position'), 'UPDATE'), false)
      AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('livedb_position') AND attname = 'ahead')
      AS position,
    coalesce(has_table_privilege(to_regclass('producer_offsets'), 'INSERT'), false)
      AND coalesce(has_table_privilege(to_regclass('producer_offsets'), 'UPDATE'), false)
      AND coalesce(has_table_privilege(to_regclass('producer_offsets'), 'SELECT'), false)
      AND (SELECT count(*) = 4 FROM pg_attribute WHERE attrelid = to_regclass('producer_offsets')
        AND attname IN ('id', 'last_id', 'last_created_at', 'updated_at') AND NOT attisdropped) AS offsets`;
}

/** $1 cluster, $2 topic. */
export function loadPosition(): string {
  return `SELECT last_tx, last_id::text AS last_id, gaps, carried, ahead, topic_offsets, published::text AS published
    FROM livedb_position WHERE cluster = $1 AND topic = $2`;
}

/** The place of a producer that knew only ids; no row when it never published. */
export function loadForeignOffset(): string {
  return 'SELECT last_id::text AS last_id FROM producer_offsets WHERE id = 1 AND last_id > 0';
}

const UPSERT_POSITION = `INSERT INTO livedb_position
    (cluster, topic, last_tx, last_id, gaps, carried, ahead, topic_offsets, published, updated_at)
    VALUES ($1, $2, $3, $4::bigint, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb, $9::bigint, clock_timestamp() AT TIME ZONE 'utc')
    ON CONFLICT (cluster, topic) DO UPDATE SET last_tx = excluded.last_tx, last_id = excluded.last_id,
      gaps = excluded.gaps, carried = excluded.carried, ahead = excluded.ahead, topic_offsets = excluded.topic_offsets,
      published = excluded.published, updated_at = excluded.updated_at`;

/** last_id is the highest published: rows of later transactions may carry lower ids. */
function upsertOffsets(id: string, createdAt: string): string {
  return `INSERT INTO producer_offsets (id, last_id, last_created_at, updated_at)
    VALUES (1, ${id}::bigint, coalesce(${createdAt}::timestamp, '1970-01-01'), clock_timestamp() AT TIME ZONE 'utc')
    ON CONFLICT (id) DO UPDATE SET last_id = greatest(producer_offsets.last_id, excluded.last_id),
      last_created_at = CASE WHEN excluded.last_id >= producer_offsets.last_id THEN excluded.last_created_at
        ELSE producer_offsets.last_created_at END,
      updated_at = excluded.updated_at`;
}

/** $1 … $9 of the position alone. */
export function savePosition(): string {
  return UPSERT_POSITION;
}

/** $1 … $9 of the position, $10 last id, $11 its created_at: both tables in one statement, hence one transaction. */
export function savePositionAndOffsets(): string {
  return `WITH place AS (${UPSERT_POSITION} RETURNING 1) ${upsertOffsets('$10', '$11')}`;
}

/** $1 last id, $2 its created_at. */
export function saveOffsets(): string {
  return upsertOffsets('$1', '$2');
}
