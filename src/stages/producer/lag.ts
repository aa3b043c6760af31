// How far the producer is behind: rows waiting and the age of the oldest, and who holds the capture back. Asked once a
// second beside the capture. Exact up to COUNTED rows; above, estimated from the highest id, because counting millions
// would cost what it measures.
import type { PgClient } from '../../clients/postgres.ts';
import type { ProducerReport } from '../../shared/link.ts';
import * as sql from './capture.sql.ts';
import type { CapturePosition } from './position.ts';

export type Lag = Pick<ProducerReport, 'lag' | 'heldBackBy'>;

export const NO_LAG: Lag = { lag: { rows: 0, seconds: 0 }, heldBackBy: null };

const COUNTED = 10_000;
const HELD_AFTER_SECONDS = 1;

/**
 * `lastId`: the highest id published, for an estimate. `byLog`: rows come from the log, which has those of a transaction as
 * soon as it has committed; no open one holds them back.
 */
export async function measureLag(
  client: PgClient,
  position: CapturePosition,
  lastId: string,
  byLog: boolean,
): Promise<Lag> {
  const byTx = position.tx !== null;
  const { rows } = await client.query<{ rows: number; seconds: number; held: boolean }>(
    byTx ? sql.lagAfterTx() : sql.lagAfterId(),
    byTx
      ? [
          position.tx,
          position.id,
          COUNTED + 1,
          position.ahead.map(([low]) => low),
          position.ahead.map(([, high]) => high),
        ]
      : [position.id, COUNTED + 1],
  );
  const found = rows[0] ?? { rows: 0, seconds: 0, held: false };
  const seconds = Math.max(0, found.seconds);
  const waiting = found.rows > COUNTED ? Math.max(found.rows, await byHighestId(client, lastId)) : found.rows;
  return {
    lag: { rows: waiting, seconds },
    heldBackBy: found.held && !byLog ? await oldestWriter(client) : null,
  };
}

async function byHighestId(client: PgClient, id: string): Promise<number> {
  const { rows } = await client.query<{ id: string | null }>(sql.highestId());
  const ahead = BigInt(rows[0]?.id ?? id) - BigInt(id);
  // An id that was set by hand far ahead says nothing about rows.
  return ahead > 0n && ahead < 1_000_000_000n ? Number(ahead) : 0;
}

async function oldestWriter(client: PgClient): Promise<Lag['heldBackBy']> {
  const { rows } = await client.query<NonNullable<Lag['heldBackBy']>>(sql.oldestWriter());
  const session = rows[0];
  return session === undefined || session.seconds < HELD_AFTER_SECONDS ? null : session;
}
