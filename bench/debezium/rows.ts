// Writes the rows of the comparison: a backlog all at once, or so many a second with the moment of each COMMIT noted.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';

const BACKLOG_TRANSACTION_ROWS = 5_000;
const TICK_MS = 10;

/** Rows as the seed has them; $1 of them. */
const insertRows = (): string => `
  INSERT INTO livedb (org, amount, region)
  SELECT (ARRAY['alpha-cloud', 'beta-systems', 'gamma-retail', 'delta-finance', 'epsilon-labs'])[1 + i % 5],
         (i * 7919 % 100000) / 100.0,
         (ARRAY['us-east-1', 'us-west-2', 'eu-central-1', 'ap-south-1'])[1 + i % 4]
  FROM generate_series(1, $1) AS i`;

export async function writeBacklog(client: Client, rows: number): Promise<void> {
  for (let left = rows; left > 0; left -= BACKLOG_TRANSACTION_ROWS) {
    await client.query(insertRows(), [Math.min(left, BACKLOG_TRANSACTION_ROWS)]);
  }
}

/** performance.now() drifts from the clock that the witness reads: what to add to it, ms since 1970. */
function clockOffset(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now - performance.now();
}

export interface Paced {
  /** Microseconds since 1970 at which the COMMIT of each row was sent, by id. */
  committed: Map<number, number>;
  /** Rows per second in fact. */
  rate: number;
}

/** So many rows a second, a transaction each 10 ms; what was late is made up for. */
export async function writePaced(client: Client, rowsPerSecond: number, forMs: number): Promise<Paced> {
  const committed = new Map<number, number>();
  const offset = clockOffset();
  const began = performance.now();
  let written = 0;
  for (;;) {
    const elapsed = performance.now() - began;
    if (elapsed >= forMs) return { committed, rate: (written * 1000) / elapsed };
    const due = Math.floor((Math.min(elapsed + TICK_MS, forMs) * rowsPerSecond) / 1000) - written;
    if (due > 0) {
      await client.query('BEGIN');
      const { rows } = await client.query<{ id: string }>(`${insertRows()} RETURNING id`, [due]);
      const sent = Math.round((performance.now() + offset) * 1000);
      await client.query('COMMIT');
      for (const { id } of rows) committed.set(Number(id), sent);
      written += due;
    }
    const next = TICK_MS - ((performance.now() - began) % TICK_MS);
    await pause(next);
  }
}
