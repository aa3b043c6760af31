// The tables of LiveDB's own databases. Run by the embedded PostgreSQL's host before it is ready, and, after a
// person's yes, on a foreign database (main/services/foreign-schema.ts). Idempotent: running it again changes nothing.

/** Milliseconds matter more than the transaction's begin: clock_timestamp() is the time of the row itself. */
const NOW_UTC = "(clock_timestamp() AT TIME ZONE 'utc')";

/** The rows. `tx` is the inserting transaction: with the snapshot's horizon it gives a cursor that loses no row. */
export function createLiveTable(): string {
  return `CREATE TABLE IF NOT EXISTS livedb (
  id bigserial PRIMARY KEY,
  org varchar(255) NOT NULL,
  amount numeric(10,2) NOT NULL,
  region varchar(255) NOT NULL,
  created_at timestamp DEFAULT ${NOW_UTC},
  tx xid8 NOT NULL DEFAULT pg_current_xact_id()
);`;
}

/** Serves the capture: ORDER BY tx, id. */
export function createLiveTableIndex(): string {
  return 'CREATE INDEX IF NOT EXISTS livedb_tx_id ON livedb (tx, id);';
}

/** The producer's place, in the shape that people already have. */
export function createProducerOffsets(): string {
  return `CREATE TABLE IF NOT EXISTS producer_offsets (
  id integer PRIMARY KEY DEFAULT 1,
  last_id bigint NOT NULL DEFAULT 0,
  last_created_at timestamp NOT NULL DEFAULT '1970-01-01',
  updated_at timestamp DEFAULT ${NOW_UTC}
);`;
}

/**
 * The writer's place in its seed, kept in the same transaction as the rows: it cannot disagree with the table.
 * `rows` counts all rows that this writer has committed; `seed` is a digest of the seed that `place` belongs to.
 */
export function createWriterPlace(): string {
  return `CREATE TABLE IF NOT EXISTS livedb_writer (
  id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  rows bigint NOT NULL DEFAULT 0,
  seed text NOT NULL DEFAULT '',
  place bigint NOT NULL DEFAULT 0,
  lap bigint NOT NULL DEFAULT 0
);`;
}

/**
 * The producer's place with everything a successor needs: how far it captured, and where the topic stood then
 * (src/stages/producer/position.ts). One row for each topic of each cluster.
 */
export function createProducerPosition(): string {
  return `CREATE TABLE IF NOT EXISTS livedb_position (
  cluster text NOT NULL,
  topic text NOT NULL,
  last_tx text,
  last_id bigint NOT NULL,
  gaps jsonb NOT NULL DEFAULT '[]',
  carried jsonb,
  ahead jsonb NOT NULL DEFAULT '{}',
  topic_offsets jsonb NOT NULL,
  published bigint NOT NULL DEFAULT 0,
  updated_at timestamp NOT NULL DEFAULT ${NOW_UTC},
  PRIMARY KEY (cluster, topic)
);
ALTER TABLE livedb_position ADD COLUMN IF NOT EXISTS ahead jsonb NOT NULL DEFAULT '{}';`;
}

/** Adds the capture cursor to a table that someone else made. Existing rows get the altering transaction's id. */
export function addTransactionColumn(): string {
  return `ALTER TABLE livedb ADD COLUMN IF NOT EXISTS tx xid8 NOT NULL DEFAULT pg_current_xact_id();`;
}

/** Everything an own database needs, in order. */
export function ownSchema(): string[] {
  return [createLiveTable(), createLiveTableIndex(), createProducerOffsets(), createWriterPlace()];
}
