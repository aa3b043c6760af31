// SQL of the health check.
import type { Database } from '../control/ports.ts';

/** Version as people say it: "18.4". */
export async function serverVersion(database: Database): Promise<string> {
  const rows = await database.query<{ server_version: string }>('SHOW server_version');
  return (rows[0]?.server_version ?? '').split(' ')[0] ?? '';
}
