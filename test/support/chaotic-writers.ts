// Writers from outside, as other people's programs write: several connections at once, transactions of different
// lengths, some rolled back, single and multi-row inserts. Sequence order is then far from commit order.
import pg from 'pg';

export interface ChaoticWriters {
  /** Ends the writers and gives how many rows they committed. */
  stop(): Promise<number>;
}

/** `longestMs`: how long a transaction stays open at most between its inserts. */
export function startChaoticWriters(
  url: string,
  options: { connections: number; longestMs: number; rowsPerInsert: number },
): ChaoticWriters {
  let stopped = false;
  let committed = 0;
  const one = async (number: number) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const insert = `INSERT INTO livedb (org, amount, region)
      SELECT 'org-' || (i % 7), (i % 1000) + 0.25, 'region-${number}' FROM generate_series(1, $1::int) i`;
    try {
      while (!stopped) {
        await client.query('BEGIN');
        let rows = 0;
        const statements = 1 + Math.floor(Math.random() * 4);
        for (let statement = 0; statement < statements; statement++) {
          const wanted = 1 + Math.floor(Math.random() * options.rowsPerInsert);
          rows += (await client.query(insert, [wanted])).rowCount ?? 0;
          const open = Math.random() * options.longestMs;
          await client.query('SELECT pg_sleep($1)', [open / 1000]);
        }
        const keeps = Math.random() > 0.2;
        await client.query(keeps ? 'COMMIT' : 'ROLLBACK');
        if (keeps) committed += rows;
      }
    } finally {
      await client.end();
    }
  };
  const running = Promise.all(Array.from({ length: options.connections }, (_, number) => one(number)));
  // Whoever stops the writers learns of it.
  running.catch(() => undefined);
  return {
    stop: async () => {
      stopped = true;
      await running;
      return committed;
    },
  };
}
