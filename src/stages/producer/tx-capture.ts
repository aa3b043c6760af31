// Capture by transaction and id below the snapshot's horizon: what is behind the cursor is complete, whatever the order
// in which transactions began, took their ids and committed.
import type { PgClient } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import * as sql from './capture.sql.ts';
import type { Capture, Captured } from './capture.ts';
import type { CapturedRow } from './event-encoding.ts';
import type { CapturePosition, Carried } from './position.ts';
import { queryRows } from './query-rows.ts';

/** Whether a row was published by the cursor that this one took over from. */
export function wasCarried(carried: Carried, tx: string, id: string): boolean {
  const number = BigInt(id);
  if (number > BigInt(carried.id) || BigInt(tx) >= BigInt(carried.below)) return false;
  return !carried.gaps.some(([low, high]) => number >= BigInt(low) && number <= BigInt(high));
}

export class TxCapture implements Capture {
  readonly cursor = 'tx';
  #client: PgClient;
  #named: boolean;
  #tx: string;
  #id: string;
  #carried: Carried | null;

  constructor(client: PgClient, position: CapturePosition, options: { named: boolean }) {
    this.#client = client;
    this.#named = options.named;
    this.#tx = position.tx ?? '0';
    this.#id = position.id;
    this.#carried = position.carried;
  }

  async next(limit: number): Promise<Captured> {
    const name = this.#named ? 'livedb-rows-after-tx' : null;
    const found = await queryRows(this.#client, name, sql.rowsAfterTx(), [this.#tx, this.#id, limit]).catch(
      (error: unknown) => {
        throw postgresError(error, 'capture rows');
      },
    );
    const last = found.at(-1);
    if (last !== undefined) {
      this.#id = last[0];
      this.#tx = last[5] ?? this.#tx;
    }
    return { rows: this.#fresh(found), full: found.length === limit, position: this.#position() };
  }

  #fresh(found: CapturedRow[]): CapturedRow[] {
    const carried = this.#carried;
    if (carried === null) return found;
    // Once the cursor is past what was carried, the rule has done its work.
    if (BigInt(this.#tx) >= BigInt(carried.below)) this.#carried = null;
    return found.filter(([id, , , , , tx]) => !wasCarried(carried, tx ?? '0', id));
  }

  #position(): CapturePosition {
    return { tx: this.#tx, id: this.#id, gaps: [], carried: this.#carried };
  }
}
