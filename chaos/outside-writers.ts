// Writers from outside, as other people's programs write, that live through kills of the server: several connections,
// transactions of 0 to 3 s, some rolled back; single rows, multi-row inserts and COPY. What they committed is what the
// table says: a COMMIT whose answer was lost is nobody's count.
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { copyRows } from '../src/stages/writer/copy-rows.ts';

export interface OutsideWriters {
  stop(): Promise<{ transactions: number; rolledBack: number; broken: number }>;
}

export interface OutsideWritersOptions {
  connections: number;
  /** A transaction stays open for up to this long between its statements, ms. */
  longestMs: number;
  random(): number;
}

const RECONNECT_MS = 100;
const ORGS = 7;
const KEPT = 0.8;

export function startOutsideWriters(url: string, options: OutsideWritersOptions): OutsideWriters {
  const { random } = options;
  const stopping = new AbortController();
  const counts = { transactions: 0, rolledBack: 0, broken: 0 };
  const whole = (below: number) => Math.floor(random() * below);
  const row = (number: number) => [
    `outside-${whole(ORGS)}`,
    `${whole(1_000)}.${10 + whole(90)}`,
    `region-${number}`,
  ];

  const statement = async (client: pg.Client, number: number): Promise<void> => {
    const kind = whole(3);
    const rows = Array.from({ length: kind === 0 ? 1 : 1 + whole(50) }, () => row(number));
    if (kind === 2) {
      const text = rows.map((fields) => `${fields.join('\t')}\n`).join('');
      await copyRows(client, 'COPY livedb (org, amount, region) FROM STDIN', [Buffer.from(text)]);
      return;
    }
    const places = rows.map((_, i) => `($${i * 3 + 1}, $${i * 3 + 2}::numeric, $${i * 3 + 3})`).join(', ');
    await client.query(`INSERT INTO livedb (org, amount, region) VALUES ${places}`, rows.flat());
  };

  const transaction = async (client: pg.Client, number: number): Promise<void> => {
    await client.query('BEGIN');
    const statements = 1 + whole(4);
    // Most are short, some stay open for long: these hold the capture's horizon back.
    const openMs = random() < 0.7 ? 0 : random() * options.longestMs;
    for (let i = 0; i < statements; i++) {
      await statement(client, number);
      await pause(openMs / statements, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    const keeps = random() < KEPT;
    await client.query(keeps ? 'COMMIT' : 'ROLLBACK');
    if (keeps) counts.transactions += 1;
    else counts.rolledBack += 1;
  };

  const write = async (number: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      const client = new pg.Client({ connectionString: url, query_timeout: 20_000 });
      // Its loss fails the statement under way, which is where it is counted.
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!stopping.signal.aborted) await transaction(client, number);
      } catch {
        counts.broken += 1;
        await pause(RECONNECT_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  };
  const running = Array.from({ length: options.connections }, (_, number) => write(number));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
      return counts;
    },
  };
}
