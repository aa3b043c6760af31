// SQL of the reset of an embedded database: LiveDB's own tables and no others.
import type { Database } from './ports.ts';

const OWN = `schemaname = current_schema() AND (tablename IN ('livedb', 'producer_offsets') OR tablename LIKE 'livedb\\_%')`;

/** Tables of LiveDB with their size as people read it. */
export async function ownTables(database: Database): Promise<{ name: string; size: string }[]> {
  return database.query<{ name: string; size: string }>(
    `SELECT tablename AS name, pg_size_pretty(pg_total_relation_size(to_regclass(quote_ident(tablename)))) AS size
     FROM pg_tables WHERE ${OWN} ORDER BY 1`,
  );
}

/** Rows of `livedb`, counted. */
export async function liveRows(database: Database): Promise<number> {
  const rows = await database.query<{ rows: string }>('SELECT count(*) AS rows FROM livedb');
  return Number(rows[0]?.rows ?? 0);
}

/** Drops the slots and publications of LiveDB's captures; a slot that is being read is ended first. */
export async function dropCaptures(database: Database): Promise<void> {
  await database.query(
    `DO $$ DECLARE name text; BEGIN
       PERFORM pg_terminate_backend(active_pid, 2000) FROM pg_replication_slots
         WHERE slot_name LIKE 'livedb\\_%' AND database = current_database() AND active_pid IS NOT NULL;
       PERFORM pg_drop_replication_slot(slot_name) FROM pg_replication_slots
         WHERE slot_name LIKE 'livedb\\_%' AND database = current_database();
       FOR name IN SELECT pubname FROM pg_publication WHERE pubname LIKE 'livedb\\_%' LOOP
         EXECUTE 'DROP PUBLICATION ' || quote_ident(name);
       END LOOP;
     END $$`,
  );
}

/** Empties all of LiveDB's tables in one transaction and starts their ids anew. */
export async function emptyOwnTables(database: Database): Promise<void> {
  await database.query(
    `DO $$ DECLARE names text; BEGIN
       SELECT string_agg(quote_ident(tablename), ', ') INTO names FROM pg_tables WHERE ${OWN};
       IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY'; END IF;
     END $$`,
  );
}
