// SQL of the preview of a producer replay.
import type { ProducerFrom } from '../../shared/replay.ts';
import type { Database } from './ports.ts';

/** How many rows there are from an id (or from the first) on, and their first and last id. */
export async function rowsFrom(
  database: Database,
  from: ProducerFrom,
): Promise<{ events: number; ids: { from: string; to: string } | null }> {
  const rows = await database.query<{ events: string; first: string | null; last: string | null }>(
    `SELECT count(*) AS events, min(id)::text AS first, max(id)::text AS last
     FROM livedb WHERE $1::bigint IS NULL OR id >= $1::bigint`,
    [from.kind === 'id' ? from.id : null],
  );
  const row = rows[0];
  const ids = row?.first == null || row.last == null ? null : { from: row.first, to: row.last };
  return { events: Number(row?.events ?? 0), ids };
}
