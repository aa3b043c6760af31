// Reads the whole table in one snapshot into fingerprints, and answers questions about single rows of it. Opened by
// audit.ts, which also closes it.
import { closePostgres, connectPostgres, type PgClient } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import type { AuditContent } from '../../shared/audit.ts';
import type { PostgresEndpoint } from '../../shared/link.ts';
import type { Interner } from '../processor/decode/interner.ts';
import { isoMoment } from '../producer/event-encoding.ts';
import * as sql from './audit.sql.ts';
import { copyOut } from './copy-out.ts';
import type { Fingerprints } from './fingerprints.ts';
import { RowReader } from './row-reader.ts';

const TOLD_ROWS = 10_000;
/** Ids asked for at once. */
export const ASKED_IDS = 20_000;

type Row = readonly (string | null)[];

export interface TableFacts {
  snapshot: string;
  rows: number;
  tx: boolean;
  bins: boolean;
}

export class TableScan {
  readonly #client: PgClient;

  private constructor(client: PgClient) {
    this.#client = client;
  }

  static async open(endpoint: PostgresEndpoint): Promise<TableScan> {
    return new TableScan(
      await connectPostgres(endpoint, { applicationName: 'livedb-audit', statementTimeoutMs: 120_000 }),
    );
  }

  /** Fixes the snapshot and says what is in it. Until `release`, everything that is asked is asked of it. */
  async begin(): Promise<TableFacts> {
    await this.rows(sql.beginSnapshot());
    const [row] = await this.rows(sql.describe());
    const [snapshot, rows, tx, bins] = row ?? [];
    return { snapshot: snapshot ?? '', rows: Number(rows ?? 0), tx: tx === 't', bins: bins === 't' };
  }

  async release(): Promise<void> {
    await this.rows('COMMIT');
  }

  async scan(
    into: Fingerprints,
    orgs: Interner,
    regions: Interner,
    progress: (rows: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const reader = new RowReader(orgs, regions);
    let untold = 0;
    try {
      await copyOut(this.#client, sql.copyOut(), (line) => {
        reader.read(line);
        into.put(reader.id, reader.fingerprint);
        if (++untold < TOLD_ROWS) return;
        signal.throwIfAborted();
        progress(untold);
        untold = 0;
      });
    } catch (error) {
      signal.throwIfAborted();
      throw postgresError(error, 'read the table for the audit');
    }
    progress(untold);
  }

  /** Those of the ids that have a row now (or in the snapshot). */
  async present(ids: readonly string[]): Promise<Set<string>> {
    return this.#chosen(ids, sql.presentIds(), []);
  }

  /** Those of the ids whose rows lie after a position; `tx` null where the table has none. */
  async after(
    ids: readonly string[],
    position: { tx: string; id: string },
    tx: boolean,
  ): Promise<Set<string>> {
    return tx
      ? this.#chosen(ids, sql.idsAfterTx(), [position.tx, position.id])
      : this.#chosen(ids, sql.idsAfterId(), [position.id]);
  }

  /** Those of the ids whose rows were committed at or after a moment (epoch s); commit times must be kept. */
  async committedSince(ids: readonly string[], at: number): Promise<Set<string>> {
    return this.#chosen(ids, sql.idsCommittedSince(), [at]);
  }

  /** Event time (epoch ms) of the earliest of these rows; infinity when none has one. */
  async earliest(ids: readonly string[]): Promise<number> {
    const [row] = await this.rows(sql.earliest(), [ids]);
    return row?.[0] == null ? Number.POSITIVE_INFINITY : Number(row[0]);
  }

  async contents(ids: readonly string[]): Promise<Map<string, AuditContent>> {
    const rows = await this.rows(sql.contents(), [ids]);
    return new Map(
      rows.map(([id, org, amount, region, createdAt]) => [
        id ?? '',
        {
          org: org ?? '',
          amount: amount ?? '',
          region: region ?? '',
          createdAt: isoMoment(createdAt ?? null),
        },
      ]),
    );
  }

  /** Commit times of transactions, epoch seconds; empty where the server does not keep them. */
  async commitTimes(txs: readonly string[]): Promise<Map<string, number>> {
    const [kept] = await this.rows(sql.commitTimesKept());
    const times = new Map<string, number>();
    if (kept?.[0] !== 't') return times;
    for (let from = 0; from < txs.length; from += ASKED_IDS) {
      for (const [tx, at] of await this.rows(sql.commitTimes(), [txs.slice(from, from + ASKED_IDS)])) {
        if (tx != null && at != null) times.set(tx, Number(at));
      }
    }
    return times;
  }

  /** Everything as PostgreSQL's own text. */
  async rows(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      const types = { getTypeParser: () => (value: string | Buffer) => value };
      const answer = await this.#client.query<string[]>({ text, values, rowMode: 'array', types });
      return answer.rows as unknown as Row[];
    } catch (error) {
      throw postgresError(error, 'read the table for the audit');
    }
  }

  close(): Promise<void> {
    return closePostgres(this.#client);
  }

  async #chosen(ids: readonly string[], text: string, more: unknown[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (let from = 0; from < ids.length; from += ASKED_IDS) {
      const rows = await this.rows(text, [ids.slice(from, from + ASKED_IDS), ...more]);
      for (const [id] of rows) if (id != null) found.add(id);
    }
    return found;
  }
}
