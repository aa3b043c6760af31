// A database that is not ours: what stands there, what LiveDB would add (shown as SQL and asked for, never run by
// itself), and why it cannot work on it as it is. Called by app.ts for an external PostgreSQL.
import {
  addressOf,
  closePostgres,
  connectPostgres,
  inTransaction,
  type PgClient,
} from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import {
  addTransactionColumn,
  createLiveTable,
  createLiveTableIndex,
  createProducerOffsets,
} from '../../clients/schema.sql.ts';
import type { PostgresEndpoint } from '../../shared/link.ts';
import { inspectColumns, inspectDatabase } from './foreign-schema.sql.ts';

export interface ForeignDatabase {
  /** server_version_num, e.g. 150004. */
  version: number;
  standby: boolean;
  user: string;
  schema: string | null;
  canCreate: boolean;
  tableThere: boolean;
  offsetsThere: boolean;
  /** False for a view. */
  isTable: boolean;
  canSelect: boolean;
  isOwner: boolean;
  columns: { name: string; type: string; optional: boolean }[];
}

export interface ForeignSchema {
  /** SQL that would add what is missing; null when nothing is. */
  proposal: string | null;
  /** Why the pipeline cannot run on it as it is; null when it can. */
  blocked: string | null;
}

const APPLICATION = 'livedb-schema';
/** xid8 and pg_current_xact_id() came with PostgreSQL 13. */
const FIRST_WITH_XID8 = 130_000;
const NEEDED = ['id', 'org', 'amount', 'region', 'created_at'] as const;

const KNOWN_COLUMNS: ReadonlySet<string> = new Set([...NEEDED, 'tx']);

/** What is missing and what stands in the way. Pure; the order of the statements is the order to run them in. */
export function judgeForeign(found: ForeignDatabase): ForeignSchema {
  return { proposal: proposalFor(found), blocked: blockedBy(found) };
}

function proposalFor(found: ForeignDatabase): string | null {
  const parts: string[] = [];
  const withTransactions = found.version >= FIRST_WITH_XID8;
  if (!found.tableThere && withTransactions) parts.push(createLiveTable(), createLiveTableIndex());
  const lacksTransaction = found.tableThere && !found.columns.some(({ name }) => name === 'tx');
  if (lacksTransaction && found.isTable && withTransactions) {
    const rights = found.isOwner ? '' : ' Only the owner of the table may do this.';
    parts.push(
      `-- The inserting transaction, so that capture cannot miss a row that commits late.${rights}`,
      addTransactionColumn(),
      '-- Blocks writes to the table while it is built; on a large one run it yourself with CONCURRENTLY.',
      createLiveTableIndex(),
    );
  }
  if (!found.offsetsThere) parts.push("-- The producer's place.", createProducerOffsets());
  return parts.length === 0 ? null : parts.join('\n');
}

function blockedBy(found: ForeignDatabase): string | null {
  if (found.standby) return 'The server is a standby and takes no rows.';
  if (!found.tableThere) {
    if (found.version < FIRST_WITH_XID8) {
      return 'There is no table livedb, and the server is older than PostgreSQL 13, for which LiveDB makes none.';
    }
    return found.canCreate
      ? 'There is no table livedb.'
      : `There is no table livedb, and ${found.user} may not create one${found.schema === null ? '' : ` in schema ${found.schema}`}.`;
  }
  if (!found.canSelect) return `${found.user} may not read the table livedb (the right SELECT is missing).`;
  const missing = NEEDED.filter((name) => !found.columns.some((column) => column.name === name));
  if (missing.length > 0) {
    const several = missing.length > 1;
    return `The table livedb has no column${several ? 's' : ''} ${missing.join(', ')}.`;
  }
  const demanded = found.columns.filter(({ name, optional }) => !optional && !KNOWN_COLUMNS.has(name));
  if (demanded.length > 0) {
    const names = demanded.map(({ name }) => name).join(', ');
    return `The table livedb demands a value for ${names}, which LiveDB does not know how to give.`;
  }
  return null;
}

async function withClient<T>(endpoint: PostgresEndpoint, work: (client: PgClient) => Promise<T>): Promise<T> {
  // Building an index takes as long as it takes.
  const client = await connectPostgres(endpoint, { applicationName: APPLICATION, statementTimeoutMs: null });
  try {
    return await work(client);
  } catch (error) {
    throw postgresError(error, `look at the tables in PostgreSQL at ${addressOf(endpoint)}`);
  } finally {
    await closePostgres(client);
  }
}

async function look(client: PgClient): Promise<ForeignSchema> {
  const { rows } = await client.query<Omit<ForeignDatabase, 'columns'>>(inspectDatabase());
  const columns = await client.query<ForeignDatabase['columns'][number]>(inspectColumns());
  const [found] = rows;
  if (found === undefined) throw new Error('PostgreSQL gave no answer about itself');
  return judgeForeign({ ...found, columns: columns.rows });
}

/** Looks, and changes nothing. Throws LiveDbError `postgres.…`. */
export function inspectForeign(endpoint: PostgresEndpoint): Promise<ForeignSchema> {
  return withClient(endpoint, look);
}

/** Runs the proposal in one transaction, after a person's yes. Throws LiveDbError; then nothing has changed. */
export function prepareForeign(endpoint: PostgresEndpoint): Promise<void> {
  return withClient(endpoint, async (client) => {
    const { proposal } = await look(client);
    if (proposal === null) return;
    await inTransaction(client, 'add what LiveDB needs to the database', async () => {
      await client.query(proposal);
    });
  });
}
