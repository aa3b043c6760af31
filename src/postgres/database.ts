// Brings LiveDB's database and tables into a running server, and mends a lost password. Called by main.ts at each start.
import { spawn } from 'node:child_process';
import { addressOf, closePostgres, connectPostgres } from '../clients/postgres.ts';
import { passesByItself, postgresError, sqlStateOf } from '../clients/postgres-errors.ts';
import { retrying } from '../clients/retrying.ts';
import { ownSchema } from '../clients/schema.sql.ts';
import { LiveDbError } from '../shared/errors.ts';
import type { PostgresEndpoint } from '../shared/link.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { createDatabase, serverVersion, setPassword } from './database.sql.ts';
import { DATABASE, programOptions, USER } from './initdb.ts';
import type { Placement } from './placement.ts';

const APPLICATION = 'livedb-postgres';
const UNDEFINED_DATABASE = '3D000';
const CONNECT_ATTEMPTS = 20;

/** Where everybody connects to. */
export function embeddedEndpoint(port: number, password: string): PostgresEndpoint {
  return { kind: 'embedded', host: '127.0.0.1', port, database: DATABASE, user: USER, password, ssl: false };
}

async function createDatabaseIn(endpoint: PostgresEndpoint): Promise<void> {
  const client = await connectPostgres(
    { ...endpoint, database: 'postgres' },
    { applicationName: APPLICATION },
  );
  try {
    await client.query(createDatabase(DATABASE));
  } finally {
    await closePostgres(client);
  }
}

async function connectOrCreate(endpoint: PostgresEndpoint) {
  const connect = () => connectPostgres(endpoint, { applicationName: APPLICATION });
  try {
    return await connect();
  } catch (error) {
    if (sqlStateOf(error) !== UNDEFINED_DATABASE) throw error;
    await createDatabaseIn(endpoint);
    return connect();
  }
}

/** Makes database and tables unless they are there. Returns the server's version, e.g. `18.4`. */
export async function ensureDatabase(endpoint: PostgresEndpoint, signal: AbortSignal): Promise<string> {
  // "The database system is starting up" passes within milliseconds.
  const client = await retrying(() => connectOrCreate(endpoint), {
    signal,
    passes: passesByItself,
    attempts: CONNECT_ATTEMPTS,
    longestPauseMs: 200,
  });
  try {
    for (const statement of ownSchema()) await client.query(statement);
    const { rows } = await client.query<{ version: string }>(serverVersion());
    return rows[0]?.version ?? 'unknown';
  } catch (error) {
    throw postgresError(error, `create LiveDB's tables in PostgreSQL at ${addressOf(endpoint)}`);
  } finally {
    await closePostgres(client);
  }
}

/**
 * Gives the user the password that the data folder holds, through single-user mode (the server must not run): for a
 * data folder whose password file was lost or came from elsewhere.
 */
export async function mendPassword(
  binaries: Binaries,
  placement: Placement,
  account: Account | null,
  password: string,
): Promise<void> {
  const child = spawn(binaries.postgres, ['--single', '-D', placement.cluster, 'postgres'], {
    ...programOptions(account, placement.parent),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  child.stdin.end(`${setPassword(USER, password)}\n`);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw new LiveDbError({
    code: 'final.postgres-password',
    message: 'The password of the database was lost and could not be set anew.',
    remedy: 'Put the file postgres-password back into the data folder, or start with another data folder.',
    details: { output: said },
  });
}
