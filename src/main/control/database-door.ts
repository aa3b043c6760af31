// Opens the database for questions of the control plane, and sees to it that PostgreSQL runs first. plane.ts makes one.
import type { Database, Neighbours } from './ports.ts';
import type { Services } from './services.ts';

export interface DatabaseDoor {
  /** Throws LiveDbError when the service does not come up or refuses. The caller closes it. */
  open(applicationName: string): Promise<Database>;
  with<T>(work: (database: Database) => Promise<T>): Promise<T>;
}

export function createDatabaseDoor(
  services: Services,
  neighbours: Pick<Neighbours, 'openDatabase'>,
): DatabaseDoor {
  const open = async (applicationName: string): Promise<Database> => {
    const { postgres } = services;
    if (postgres.endpoint() === null || postgres.state() !== 'running') await postgres.ensure();
    return neighbours.openDatabase(services.requirePostgres(), applicationName);
  };
  return {
    open,
    async with(work) {
      const database = await open('livedb-control');
      try {
        return await work(database);
      } finally {
        await database.close();
      }
    },
  };
}
