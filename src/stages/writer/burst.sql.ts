// SQL of the writer. Rows are given org, amount and region, and created_at when they are to be out of order; else it is,
// like id and tx, the table's default.
import type { Columns } from './burst-rows.ts';
import type { Place } from './cycle.ts';

export interface Statement {
  /** Prepared once per connection under this name. */
  name: string;
  text: string;
  values: unknown[];
}

/** Large bursts: rows come as COPY data. */
export function copyIntoTable(timed: boolean): string {
  return `COPY livedb (${timed ? 'org, amount, region, created_at' : 'org, amount, region'}) FROM STDIN`;
}

/** Small bursts. The order of the seed is the order of the ids. */
export function insertRows({ org, amount, region, createdAt }: Columns): Statement {
  if (createdAt === null) {
    return {
      name: 'livedb_insert',
      text: `INSERT INTO livedb (org, amount, region)
      SELECT org, amount, region
      FROM unnest($1::text[], $2::numeric[], $3::text[]) WITH ORDINALITY AS burst (org, amount, region, n)
      ORDER BY n`,
      values: [org, amount, region],
    };
  }
  return {
    name: 'livedb_insert_timed',
    text: `INSERT INTO livedb (org, amount, region, created_at)
      SELECT org, amount, region, created_at
      FROM unnest($1::text[], $2::numeric[], $3::text[], $4::timestamp[]) WITH ORDINALITY
        AS burst (org, amount, region, created_at, n)
      ORDER BY n`,
    values: [org, amount, region, createdAt],
  };
}

/** The server's clock, epoch ms. */
export function serverClock(): string {
  return 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS now';
}

/** Makes the one row of the writer's place; `rows` starts with nothing written. */
export function createPlace(): string {
  return 'INSERT INTO livedb_writer DEFAULT VALUES ON CONFLICT (id) DO NOTHING';
}

export function loadPlace(): string {
  return 'SELECT rows, seed, place AS position, lap FROM livedb_writer WHERE id = 1';
}

/**
 * Moves the place, if it is still where this writer believes it to be. A transaction of a lost connection that is
 * still under way holds the row's lock: this waits for it, sees its outcome and then moves nothing.
 */
export function movePlace(from: Place, to: Place): Statement {
  return {
    name: 'livedb_move',
    text: `UPDATE livedb_writer SET rows = $2, seed = $3, place = $4, lap = $5 WHERE id = 1 AND rows = $1`,
    values: [from.rows, to.rows, to.seed, to.position, to.lap],
  };
}

/** A small burst and the move of the place in one round trip: none of both happens when the place has moved. */
export function insertAndMove(columns: Columns, from: Place, to: Place): Statement {
  const { org, amount, region, createdAt } = columns;
  const place = [from.rows, to.rows, to.seed, to.position, to.lap];
  const moved = `WITH moved AS (
        UPDATE livedb_writer SET rows = $5, seed = $6, place = $7, lap = $8 WHERE id = 1 AND rows = $4 RETURNING id
      )`;
  if (createdAt === null) {
    return {
      name: 'livedb_insert_and_move',
      text: `${moved}
      INSERT INTO livedb (org, amount, region)
      SELECT burst.org, burst.amount, burst.region
      FROM moved, unnest($1::text[], $2::numeric[], $3::text[]) WITH ORDINALITY AS burst (org, amount, region, n)
      ORDER BY n`,
      values: [org, amount, region, ...place],
    };
  }
  return {
    name: 'livedb_insert_timed_and_move',
    text: `${moved}
      INSERT INTO livedb (org, amount, region, created_at)
      SELECT burst.org, burst.amount, burst.region, burst.created_at
      FROM moved, unnest($1::text[], $2::numeric[], $3::text[], $9::timestamp[]) WITH ORDINALITY
        AS burst (org, amount, region, created_at, n)
      ORDER BY n`,
    values: [org, amount, region, ...place, createdAt],
  };
}

/** The transaction's id, to ask for its fate later (txid_…: servers before 13 know no xid8). */
export function currentTransaction(): string {
  return 'SELECT txid_current()::text AS id';
}

/** `committed`, `aborted`, `in progress`, or null when the server no longer remembers. */
export function transactionStatus(id: string): Statement {
  return { name: 'livedb_fate', text: 'SELECT txid_status($1::bigint) AS status', values: [id] };
}
