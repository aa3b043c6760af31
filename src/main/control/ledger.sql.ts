// SQL of the ledger: digests of the ids in the table `livedb`, block by block (4096 ids a block).
// `tx` (xid8) makes it exact and cheap: what a snapshot did not see and the next one does is counted once.
import type { IdBlockDigest } from '../../shared/link.ts';
import type { Database } from './ports.ts';

interface DigestRow {
  block: string | null;
  count: string;
  s1: string;
  s2: string;
}

const DIGEST =
  'count(*) AS count, coalesce(sum(id & 4095), 0) AS s1, coalesce(sum((id & 4095) * (id & 4095)), 0) AS s2';

const digestOf = (row: DigestRow & { block: string }): IdBlockDigest => ({
  block: row.block,
  count: Number(row.count),
  s1: Number(row.s1),
  s2: Number(row.s2),
});

const hasBlock = <Row extends DigestRow>(row: Row): row is Row & { block: string } => row.block !== null;

export interface TableShape {
  /** Names the table's present file: another one means that it was truncated, rewritten or made anew. */
  file: string;
  /** Whether it has `tx xid8`. */
  tx: boolean;
}

/** Null when there is no table `livedb`. */
export async function tableShape(database: Database): Promise<TableShape | null> {
  const rows = await database.query<{ file: string; tx: boolean }>(
    `SELECT t.oid || ':' || coalesce(pg_relation_filenode(t.oid), 0) AS file,
            EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = t.oid AND a.attname = 'tx' AND a.atttypid = to_regtype('xid8')
                      AND NOT a.attisdropped) AS tx
     FROM (SELECT to_regclass('livedb')::oid AS oid) t
     WHERE t.oid IS NOT NULL`,
  );
  return rows[0] ?? null;
}

export interface WholeCount {
  rows: number;
  /** The greatest id; null in an empty table. */
  top: string | null;
  /** The snapshot that saw just these rows, as PostgreSQL's text `xmin:xmax:xip,…` (functions-info, "Snapshot Components"). */
  snapshot: string;
}

/** How many rows there are; a million take some tenths of a second. */
export async function countWhole(database: Database): Promise<WholeCount> {
  const [row] = await database.query<{ rows: string; top: string | null; snapshot: string }>(
    'SELECT count(*) AS rows, max(id)::text AS top, pg_current_snapshot()::text AS snapshot FROM livedb',
  );
  if (row === undefined) throw new Error('count(*) gave no row.');
  return { ...row, rows: Number(row.rows) };
}

/** What `countWhole` says, without the count. */
export async function currentSnapshot(database: Database): Promise<Omit<WholeCount, 'rows'>> {
  const [row] = await database.query<Omit<WholeCount, 'rows'>>(
    'SELECT (SELECT max(id) FROM livedb)::text AS top, pg_current_snapshot()::text AS snapshot',
  );
  if (row === undefined) throw new Error('A select without FROM gave no row.');
  return row;
}

/** Rows above an id. */
export async function countAbove(database: Database, id: string): Promise<number> {
  const rows = await database.query<{ rows: string }>(
    'SELECT count(*) AS rows FROM livedb WHERE id > $1::bigint',
    [id],
  );
  return Number(rows[0]?.rows ?? 0);
}

// A row that is there although its `tx` says that it cannot be yet (set by hand, or restored from another server) counts
// as well: it is in the table.
const seenBy = (parameter: string) =>
  `(pg_visible_in_snapshot(tx, ${parameter}::pg_snapshot) OR NOT pg_visible_in_snapshot(tx, pg_current_snapshot()))`;

export interface Chunk {
  digests: IdBlockDigest[];
  /** Rows looked at; fewer than asked for: the table's end was reached. */
  seen: number;
  /** Block of the last row looked at, which may not be whole. */
  lastBlock: string | null;
}

/** Digests of the next `limit` rows from id `from` upwards; only rows that `snapshot` sees, when one is given. */
export async function digestChunk(
  database: Database,
  from: string,
  limit: number,
  snapshot: string | null,
): Promise<Chunk> {
  const rows = await database.query<DigestRow & { seen: string; last: string | null }>(
    `WITH chunk AS MATERIALIZED (
       SELECT id::bigint AS id${snapshot === null ? '' : ', tx'} FROM livedb WHERE id >= $1::bigint ORDER BY id LIMIT $2
     ), digests AS (
       SELECT id >> 12 AS block, ${DIGEST} FROM chunk
       ${snapshot === null ? '' : `WHERE ${seenBy('$3')}`}
       GROUP BY 1
     )
     SELECT whole.seen, whole.last, d.* FROM
       (SELECT count(*) AS seen, max(id) >> 12 AS last FROM chunk) whole
       LEFT JOIN digests d ON true`,
    snapshot === null ? [from, limit] : [from, limit, snapshot],
  );
  return {
    digests: rows.filter(hasBlock).map(digestOf),
    seen: Number(rows[0]?.seen ?? 0),
    lastBlock: rows[0]?.last ?? null,
  };
}

/** Digests of the rows that became visible since snapshot `before`, and the snapshot that saw them. */
export async function digestsSince(
  database: Database,
  before: string,
): Promise<{ snapshot: string; digests: IdBlockDigest[] }> {
  const [, xmax = '0', xip = ''] = before.split(':');
  // One statement sees one snapshot. A transaction is new to it when it was running before, or began since;
  // what says that it is yet to come (see seenBy) would be new each time.
  const rows = await database.query<DigestRow & { snapshot: string }>(
    `WITH fresh AS (
       SELECT id::bigint AS id FROM livedb
       WHERE tx >= $1::xid8 AND tx < pg_snapshot_xmax(pg_current_snapshot())
       UNION ALL
       SELECT id::bigint AS id FROM livedb WHERE tx = ANY ($2::xid8[])
     )
     SELECT seen.snapshot, d.* FROM
       (SELECT pg_current_snapshot()::text AS snapshot) seen
       LEFT JOIN (SELECT id >> 12 AS block, ${DIGEST} FROM fresh GROUP BY 1) d ON true`,
    [xmax, xip === '' ? [] : xip.split(',')],
  );
  return { snapshot: rows[0]?.snapshot ?? before, digests: rows.filter(hasBlock).map(digestOf) };
}

/** Digests of whole blocks, also of empty ones; only rows that `snapshot` sees, when one is given. */
export async function digestsOfBlocks(
  database: Database,
  blocks: readonly string[],
  snapshot: string | null,
): Promise<IdBlockDigest[]> {
  const rows = await database.query<DigestRow & { block: string }>(
    `SELECT b.block, d.* FROM unnest($1::bigint[]) AS b (block) CROSS JOIN LATERAL (
       SELECT ${DIGEST} FROM (
         SELECT id::bigint AS id FROM livedb
         WHERE id BETWEEN b.block * 4096 AND b.block * 4096 + 4095
         ${snapshot === null ? '' : `AND ${seenBy('$2')}`}
       ) AS rows
     ) d`,
    snapshot === null ? [blocks] : [blocks, snapshot],
  );
  return rows.map(digestOf);
}

export interface DuePosition {
  lastId: string;
  /** Null where the table has no `tx`: then the id alone is the position. */
  lastTx: string | null;
}

/** Ids of one block that lie at or before the producer's position, as decimal text. */
export async function dueIds(database: Database, block: string, due: DuePosition): Promise<string[]> {
  const within = 'id BETWEEN $1::bigint * 4096 AND $1::bigint * 4096 + 4095';
  const rows =
    due.lastTx === null
      ? await database.query<{ id: string }>(
          `SELECT id::text AS id FROM livedb WHERE ${within} AND id <= $2::bigint ORDER BY livedb.id`,
          [block, due.lastId],
        )
      : await database.query<{ id: string }>(
          `SELECT id::text AS id FROM livedb
           WHERE ${within} AND (tx, id::bigint) <= ($2::xid8, $3::bigint) ORDER BY livedb.id`,
          [block, due.lastTx, due.lastId],
        );
  return rows.map((row) => row.id);
}
