// The writer's place for a database that is not ours, where no table of LiveDB may stand: a file in the data folder. It
// is written before each COMMIT with the transaction's id, so that the server can be asked later whether it is in
// (txid_status, PostgreSQL table 9.83).
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { PgClient } from '../../clients/postgres.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { copyIntoTable, currentTransaction, insertRows, transactionStatus } from './burst.sql.ts';
import type { BurstRows } from './burst-rows.ts';
import { copyRows } from './copy-rows.ts';
import type { Place } from './cycle.ts';
import { COPY_FROM_ROWS, type PlaceKeeper } from './place-keeper.ts';

const PlaceData = z.object({ rows: z.number(), seed: z.string(), position: z.number(), lap: z.number() });
const PlaceFile = z.object({
  /** Which database it is about: another one is begun anew. */
  database: z.string(),
  place: PlaceData,
  /** The burst whose COMMIT was sent and perhaps not answered. */
  pending: z.object({ transaction: z.string(), place: PlaceData }).nullable(),
});
type PlaceFile = z.infer<typeof PlaceFile>;

export interface FilePlaceOptions {
  file: string;
  /** Host, port and name of the database. */
  database: string;
  onDoubt(sentence: string): void;
}

export class FilePlace implements PlaceKeeper {
  readonly #options: FilePlaceOptions;
  #known: PlaceFile | null = null;

  constructor(options: FilePlaceOptions) {
    this.#options = options;
  }

  async load(client: PgClient): Promise<Place> {
    this.#known ??= await this.#read();
    const { pending } = this.#known;
    if (pending === null) return this.#known.place;
    const committed = await this.#isIn(client, pending.transaction);
    const place = committed ? pending.place : this.#known.place;
    await this.#save({ database: this.#options.database, place, pending: null });
    return place;
  }

  async write(client: PgClient, burst: BurstRows, from: Place, to: Place): Promise<boolean> {
    const { database } = this.#options;
    await client.query('BEGIN');
    try {
      const { rows } = await client.query<{ id: string }>(currentTransaction());
      if (burst.count < COPY_FROM_ROWS) await client.query(insertRows(burst.columns()));
      else await copyRows(client, copyIntoTable(burst.timed), burst.bytes());
      const transaction = rows[0]?.id ?? '';
      await this.#save({ database, place: from, pending: { transaction, place: to } });
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
    await client.query('COMMIT');
    // In memory only: the file's own question has the same answer, and the next burst writes the file anyway.
    this.#known = { database, place: to, pending: null };
    return true;
  }

  async settle(): Promise<void> {
    if (this.#known !== null && this.#known.pending === null) await this.#save(this.#known);
  }

  async #isIn(client: PgClient, transaction: string): Promise<boolean> {
    const { rows } = await client.query<{ status: string | null }>(transactionStatus(transaction));
    const status = rows[0]?.status ?? null;
    if (status === 'in progress') {
      throw new LiveDbError({
        code: 'postgres.conflict',
        message: `PostgreSQL has not yet ended transaction ${transaction} of the connection that was lost.`,
        remedy: 'Nothing to do: LiveDB asks again by itself.',
      });
    }
    if (status === null) {
      this.#options.onDoubt(
        `The server no longer knows whether transaction ${transaction} was committed; it is taken for committed.`,
      );
    }
    return status !== 'aborted';
  }

  async #read(): Promise<PlaceFile> {
    const { file, database } = this.#options;
    const nothing = {
      database,
      place: { rows: 0, seed: '', position: 0, lap: 0 },
      pending: null,
    };
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return nothing;
    const parsed = PlaceFile.safeParse(jsonOf(text));
    if (!parsed.success) {
      this.#options.onDoubt(`${file} cannot be read; the seed is begun at its first row.`);
      return nothing;
    }
    return parsed.data.database === database ? parsed.data : nothing;
  }

  async #save(content: PlaceFile): Promise<void> {
    const staging = `${this.#options.file}.new`;
    await mkdir(dirname(staging), { recursive: true });
    {
      await using handle = await open(staging, 'w', 0o600);
      await handle.writeFile(JSON.stringify(content));
      await handle.sync();
    }
    await rename(staging, this.#options.file);
    this.#known = content;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
