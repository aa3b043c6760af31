// The server's settings as livedb.conf, included by postgresql.conf and written anew at every start.
// ALTER SYSTEM (postgresql.auto.conf) still wins over them, so a person can try others.

interface Setting {
  name: string;
  value: string;
  why: string;
  /** Where the server knows it; everywhere when it is not given. */
  only?: NodeJS.Platform;
}

const SETTINGS: readonly Setting[] = [
  { name: 'listen_addresses', value: '127.0.0.1', why: 'loopback only' },
  {
    name: 'unix_socket_directories',
    value: '',
    why: 'no socket file whose folder may be missing or too long',
  },
  { name: 'max_connections', value: '50', why: 'LiveDB needs about ten; the rest is for guests' },
  { name: 'wal_level', value: 'logical', why: 'capture from the log' },
  { name: 'track_commit_timestamp', value: 'on', why: 'a row can be asked when it was committed' },
  { name: 'timezone', value: 'UTC', why: 'created_at is UTC' },
  { name: 'log_timezone', value: 'UTC', why: 'as all logs of LiveDB' },
  { name: 'lc_messages', value: 'C', why: 'messages that LiveDB and search engines know' },
  { name: 'shared_buffers', value: '64MB', why: 'all processes together stay below 700 MB' },
  { name: 'wal_buffers', value: '4MB', why: 'bursts of some thousand rows in one write' },
  { name: 'io_method', value: 'sync', why: 'three processes fewer; reads here come from the cache' },
  { name: 'jit', value: 'off', why: 'short statements' },
  { name: 'max_worker_processes', value: '4', why: 'one small machine' },
  { name: 'max_parallel_workers', value: '2', why: 'one small machine' },
  { name: 'autovacuum_max_workers', value: '1', why: 'two tables' },
  { name: 'autovacuum_worker_slots', value: '2', why: 'two tables' },
  { name: 'max_wal_size', value: '512MB', why: 'bounds disk and the time of a recovery' },
  { name: 'checkpoint_timeout', value: '60s', why: 'a killed server is back in well under 3 s' },
  { name: 'max_slot_wal_keep_size', value: '1GB', why: 'a slot nobody reads must not fill the disk' },
  { name: 'fsync', value: 'on', why: 'a committed row survives a power cut' },
  {
    name: 'recovery_init_sync_method',
    value: 'syncfs',
    // 12 ms instead of 2.8 s after a kill on a machine whose disk is busy: the default flushes over 1,000 files one by one.
    why: 'a killed server is back at once, its files flushed all together',
    only: 'linux',
  },
  { name: 'synchronous_commit', value: 'on', why: 'a committed row survives any kill' },
  { name: 'password_encryption', value: 'scram-sha-256', why: 'as pg_hba.conf asks' },
  { name: 'logging_collector', value: 'off', why: "LiveDB's own log takes standard error" },
  { name: 'log_line_prefix', value: '%p %a ', why: 'the log adds time itself' },
];

export const SETTINGS_FILE = 'livedb.conf';
/** Appended to postgresql.conf once, by initdb.ts. */
export const INCLUDE_LINE = `\ninclude_if_exists '${SETTINGS_FILE}'\n`;

export function settingsFile(platform: NodeJS.Platform = process.platform): string {
  const lines = SETTINGS.filter(({ only = platform }) => only === platform).map(
    ({ name, value, why }) => `${name} = '${value}'  # ${why}`,
  );
  return `# Written by LiveDB at every start; change settings with ALTER SYSTEM instead.\n${lines.join('\n')}\n`;
}
