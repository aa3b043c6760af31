// createApp: the control plane with its real neighbours. Called by boot.ts for both hosts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closePostgres, connectPostgres } from '../clients/postgres.ts';
import { postgresError } from '../clients/postgres-errors.ts';
import { readSeed } from '../clients/seed.ts';
import type { PostgresEndpoint } from '../shared/link.ts';
import type { App } from './app-api.ts';
import type { AppOptions } from './control/options.ts';
import { createControlPlane } from './control/plane.ts';
import type { Database, Neighbours } from './control/ports.ts';
import type { Host } from './hosts/host.ts';
import { readConnections } from './services/connections.ts';
import { inspectForeign, prepareForeign } from './services/foreign-schema.ts';
import { openKafkaAdmin } from './services/kafka-admin.ts';
import { openSideTopics } from './services/side-topics.ts';

export type { AppOptions } from './control/options.ts';

/**
 * Brings the control plane up: the embedded services start at once, the pipeline too when `run` says so. Throws
 * LiveDbError when the environment, `.env` or the named seed is refused; nothing runs then.
 */
export function createApp(host: Host, options: AppOptions): Promise<App> {
  return createControlPlane(host, options, realNeighbours);
}

const realNeighbours: Neighbours = {
  readConnections: (env, dataDir) => readConnections({ ...env }, dotenvOf(dataDir)),
  openTopicAdmin: (endpoint) => openKafkaAdmin(endpoint),
  openSideTopics,
  openDatabase,
  inspectForeign,
  prepareForeign,
  async checkSeed(file) {
    await readSeed(file);
  },
};

function dotenvOf(dataDir: string): string | null {
  try {
    return readFileSync(join(dataDir, '.env'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function openDatabase(endpoint: PostgresEndpoint, applicationName: string): Promise<Database> {
  const client = await connectPostgres(endpoint, { applicationName, byIndex: true });
  return {
    async query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
      try {
        const answer = await client.query<Row & Record<string, unknown>>(
          sql,
          values === undefined ? [] : [...values],
        );
        return answer.rows;
      } catch (error) {
        throw postgresError(error, 'ask PostgreSQL');
      }
    },
    close: () => closePostgres(client),
  };
}
