// SQL of the slot and the publication through which the server's log is followed.

/** What the server and this user allow. $1 slot, $2 publication. */
export function logRights(): string {
  return `SELECT current_setting('wal_level') AS level, pg_is_in_recovery() AS standby,
      (SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user)
        OR EXISTS (SELECT FROM pg_roles WHERE rolname IN ('rds_replication', 'cloudsqlsuperuser', 'azure_pg_admin')
          AND pg_has_role(current_user, oid, 'member')) AS replication,
      current_setting('max_replication_slots')::int - (SELECT count(*)::int FROM pg_replication_slots)
        + (SELECT count(*)::int FROM pg_replication_slots WHERE slot_name = $1) AS free,
      current_setting('max_wal_senders')::int > 0 AS senders,
      EXISTS (SELECT FROM pg_publication WHERE pubname = $2)
        OR (SELECT pg_has_role(current_user, relowner, 'member') FROM pg_class WHERE oid = to_regclass('livedb'))
          AND has_database_privilege(current_database(), 'CREATE') AS publishes`;
}

/** The slot as it stands; no row when there is none. $1 slot. */
export function slotState(): string {
  return `SELECT active_pid AS pid, restart_lsn IS NULL OR coalesce(to_jsonb(s)->>'wal_status', '') = 'lost'
        OR coalesce(to_jsonb(s)->>'invalidation_reason', '') <> '' AS lost,
      confirmed_flush_lsn IS NULL AS unfinished,
      coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8 AS retained
    FROM pg_replication_slots s WHERE slot_name = $1`;
}

/** Waits for the transactions under way, as every logical slot must. $1 slot. */
export function createSlot(): string {
  return `SELECT FROM pg_create_logical_replication_slot($1, 'pgoutput')`;
}

/** $1 slot. */
export function dropSlot(): string {
  return 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1';
}

/** Ends who reads from the slot: a producer that holds the table's lock knows that it is its own dead predecessor. $1 slot. */
export function endSlotReader(): string {
  return `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
    WHERE slot_name = $1 AND active_pid IS NOT NULL AND active_pid <> pg_backend_pid()`;
}

/**
 * The publication as it stands, as a text that changes with every change made to it; no row unless it gives every insert
 * whole. `older`: made before anything that the slot can still tell. $1 publication, $2 slot.
 */
export function publicationState(): string {
  return `SELECT format('%s/%s/%s/%s', p.oid, p.xmin, r.oid, r.xmin) AS identity,
      coalesce((SELECT age(catalog_xmin) < least(age(p.xmin), age(r.xmin)) FROM pg_replication_slots WHERE slot_name = $2), false) AS older
    FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
    WHERE p.pubname = $1 AND r.prrelid = to_regclass('livedb') AND p.pubinsert
      AND to_jsonb(r)->>'prqual' IS NULL AND to_jsonb(r)->>'prattrs' IS NULL`;
}

/** Whether updates and deletes can be published without hindering them: they need a replica identity. */
export function hasReplicaIdentity(): string {
  return `SELECT relreplident IN ('f', 'i') OR relreplident = 'd'
      AND EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary) AS identified
    FROM pg_class c WHERE oid = to_regclass('livedb')`;
}

/** `name` is one of LiveDB's own making: lower-case letters, digits and underscores. */
export function createPublication(name: string, identified: boolean): string {
  const operations = identified ? 'insert, update, delete, truncate' : 'insert, truncate';
  return `DROP PUBLICATION IF EXISTS ${name}; CREATE PUBLICATION ${name} FOR TABLE livedb WITH (publish = '${operations}')`;
}

export function dropPublication(name: string): string {
  return `DROP PUBLICATION IF EXISTS ${name}`;
}

/** A snapshot, and a place of the log read after it: all that the snapshot sees committed before that place. */
export function snapshotAndLog(): string {
  return 'SELECT pg_current_snapshot()::text AS snapshot, pg_current_wal_insert_lsn()::text AS lsn';
}
