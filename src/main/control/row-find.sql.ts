// SQL that finds the rows of one window without an index on created_at: ids grow nearly as created_at does, so the
// first row of a time is found by halving over the primary key, and a bounded stretch is read from there.

import type { z } from 'zod';
import type { FoundRow, RowFind } from '../../shared/xray.ts';
import type { Database } from './ports.ts';

/** Rows are committed later than created_at says, and a disordered writer mixes them: looked at this far around, ms. */
const AROUND_MS = 15_000;
/** A looked-at stretch is not longer than this, whatever the rate was. */
const MOST_ROWS = 500_000;

const MS = 'floor(extract(epoch FROM created_at::timestamp) * 1000)::bigint';

async function bounds(database: Database): Promise<{ first: bigint; last: bigint } | null> {
  const [row] = await database.query<{ first: string | null; last: string | null }>(
    'SELECT min(id)::text AS first, max(id)::text AS last FROM livedb',
  );
  if (row === undefined || row.first === null || row.last === null) return null;
  return { first: BigInt(row.first), last: BigInt(row.last) };
}

/** The id from which rows are not older than `at`, as far as created_at grows with the id. */
async function firstIdFrom(
  database: Database,
  at: number,
  { first, last }: { first: bigint; last: bigint },
): Promise<bigint> {
  let [low, high] = [first, last + 1n];
  while (low < high) {
    const middle = (low + high) / 2n;
    const [row] = await database.query<{ id: string; at: string | null }>(
      `SELECT id::text, ${MS}::text AS at FROM livedb
       WHERE id >= $1::bigint AND isfinite(created_at) ORDER BY id LIMIT 1`,
      [String(middle)],
    );
    if (row === undefined || Number(row.at) >= at) high = middle;
    else low = BigInt(row.id) + 1n;
  }
  return low;
}

/** Rows whose created_at lies in [from, to), of the group when one is named; in order of id. */
export async function rowsOfWindow(
  database: Database,
  { from, to, org, region, limit }: z.output<typeof RowFind>,
): Promise<{ rows: FoundRow[]; more: boolean }> {
  const ids = await bounds(database);
  if (ids === null) return { rows: [], more: false };
  const low = await firstIdFrom(database, from - AROUND_MS, ids);
  const high = await firstIdFrom(database, to + AROUND_MS, ids);
  const rows = await database.query<{
    id: string;
    org: string | null;
    amount: string | null;
    region: string | null;
    at: string;
  }>(
    `SELECT id::text, org, amount::text, region, ${MS}::text AS at
     FROM (SELECT * FROM livedb WHERE id >= $1::bigint AND id < $2::bigint ORDER BY id LIMIT ${MOST_ROWS}) AS near
     WHERE isfinite(created_at) AND ${MS} >= $3::bigint AND ${MS} < $4::bigint
       AND ($5::text IS NULL OR org = $5) AND ($6::text IS NULL OR region = $6)
     ORDER BY id LIMIT $7::int`,
    [String(low), String(high), String(from), String(to), org ?? null, region ?? null, limit + 1],
  );
  return {
    rows: rows.slice(0, limit).map((row) => ({
      id: row.id,
      org: row.org ?? '',
      amount: row.amount ?? '',
      region: row.region ?? '',
      createdAt: Number(row.at),
    })),
    more: rows.length > limit,
  };
}
