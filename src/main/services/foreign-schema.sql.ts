// Questions about a database that someone else made. Called by foreign-schema.ts; names are found along search_path.

/** One row about the server, the table `livedb` and what this user may do. */
export function inspectDatabase(): string {
  return `SELECT
    current_setting('server_version_num')::int AS version,
    pg_is_in_recovery() AS standby,
    current_user AS "user",
    current_schema() AS schema,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "canCreate",
    to_regclass('livedb') IS NOT NULL AS "tableThere",
    to_regclass('producer_offsets') IS NOT NULL AS "offsetsThere",
    coalesce((SELECT relkind IN ('r', 'p') FROM pg_class WHERE oid = to_regclass('livedb')), true) AS "isTable",
    coalesce(has_table_privilege(to_regclass('livedb'), 'SELECT'), false) AS "canSelect",
    coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('livedb')), false) AS "isOwner"`;
}

/** Columns of `livedb`, with whether each could be left out of an INSERT. */
export function inspectColumns(): string {
  return `SELECT attname AS name, format_type(atttypid, atttypmod) AS type,
      (NOT attnotnull OR atthasdef OR attidentity <> '' OR attgenerated <> '') AS optional
    FROM pg_attribute
    WHERE attrelid = to_regclass('livedb') AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum`;
}
