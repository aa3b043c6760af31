// Where the producer's place is kept: in the database beside the rows, or, where LiveDB may not have a table there, in
// a file of the data folder. `producer_offsets` is kept up to date in both cases when it is there.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PgClient } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import { createProducerOffsets, createProducerPosition } from '../../clients/schema.sql.ts';
import type { PostgresEndpoint } from '../../shared/link.ts';
import * as sql from './position.sql.ts';
import type { LastRow, PositionStore, StoredPosition } from './position.ts';
import { StoredPosition as StoredPositionSchema } from './position.ts';

interface PositionRow {
  last_tx: string | null;
  last_id: string;
  gaps: unknown;
  carried: unknown;
  ahead: object;
  topic_offsets: unknown;
  published: string;
}

class TableStore implements PositionStore {
  #client: PgClient;
  #key: [string, string];
  #withOffsets: boolean;

  constructor(client: PgClient, key: [string, string], withOffsets: boolean) {
    this.#client = client;
    this.#key = key;
    this.#withOffsets = withOffsets;
  }

  async load(): Promise<StoredPosition | null> {
    const { rows } = await this.#client.query<PositionRow>(sql.loadPosition(), this.#key);
    const row = rows[0];
    if (row === undefined) return null;
    return StoredPositionSchema.parse({
      capture: { tx: row.last_tx, id: row.last_id, gaps: row.gaps, carried: row.carried, ...row.ahead },
      offsets: row.topic_offsets,
      published: Number(row.published),
    });
  }

  async save(position: StoredPosition, last: LastRow | null): Promise<void> {
    const { capture, offsets, published } = position;
    const values: unknown[] = [
      ...this.#key,
      capture.tx,
      capture.id,
      JSON.stringify(capture.gaps),
      capture.carried === null ? null : JSON.stringify(capture.carried),
      JSON.stringify({ ahead: capture.ahead, partial: capture.partial, lsn: capture.lsn }),
      JSON.stringify(offsets),
      published,
    ];
    const both = this.#withOffsets && last !== null;
    if (both) values.push(last.id, last.createdAt);
    await this.#client
      .query(both ? sql.savePositionAndOffsets() : sql.savePosition(), values)
      .catch((error: unknown) => {
        throw postgresError(error, 'save the place of the producer');
      });
  }
}

class FileStore implements PositionStore {
  #file: string;
  #client: PgClient;
  #withOffsets: boolean;

  constructor(file: string, client: PgClient, withOffsets: boolean) {
    this.#file = file;
    this.#client = client;
    this.#withOffsets = withOffsets;
  }

  async load(): Promise<StoredPosition | null> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    return StoredPositionSchema.parse(JSON.parse(text));
  }

  async save(position: StoredPosition, last: LastRow | null): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true });
    const fresh = `${this.#file}.new`;
    const handle = await open(fresh, 'w');
    try {
      await handle.writeFile(JSON.stringify(position));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.#file);
    if (this.#withOffsets && last !== null) {
      await this.#client.query(sql.saveOffsets(), [last.id, last.createdAt]).catch((error: unknown) => {
        throw postgresError(error, 'save producer_offsets');
      });
    }
  }
}

export interface OpenedStore {
  store: PositionStore;
  /** `last_id` of a producer that was here before LiveDB, where LiveDB has no place of its own yet. */
  foreignLastId: string | null;
  /** The highest id published, as producer_offsets has it. */
  lastId: string | null;
}

/** Opens the place of this table's producer on this cluster's topic. Makes tables only in LiveDB's own database. */
export async function openPositionStore(
  client: PgClient,
  endpoint: PostgresEndpoint,
  place: { cluster: string; topic: string; dataDir: string },
): Promise<OpenedStore> {
  const { cluster, topic } = place;
  if (endpoint.kind === 'embedded') {
    await client.query(createProducerPosition() + createProducerOffsets());
    const { rows } = await client.query<{ last_id: string }>(sql.loadForeignOffset());
    const store = new TableStore(client, [cluster, topic], true);
    return { store, foreignLastId: null, lastId: rows[0]?.last_id ?? null };
  }
  const { rows } = await client.query<{ position: boolean; offsets: boolean }>(sql.writableTables());
  const { position = false, offsets = false } = rows[0] ?? {};
  const identity = [endpoint.host, endpoint.port, endpoint.database, cluster, topic].join('\n');
  const name = `position-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}.json`;
  const store = position
    ? new TableStore(client, [cluster, topic], offsets)
    : new FileStore(join(place.dataDir, 'producer', name), client, offsets);
  const foreign = offsets ? await client.query<{ last_id: string }>(sql.loadForeignOffset()) : null;
  const lastId = foreign?.rows[0]?.last_id ?? null;
  return { store, foreignLastId: lastId, lastId };
}
