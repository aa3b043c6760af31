// The ledger over a table that is there already (the app was started again): what it says while its first pass goes on,
// with rows coming and transactions ending between any two of its questions.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { closePostgres, connectPostgres, type PgClient } from '../../src/clients/postgres.ts';
import { createLedger, type Ledger } from '../../src/main/control/ledger.ts';
import type { Database } from '../../src/main/control/ports.ts';
import {
  type DebianPostgres,
  debianPostgresMissing,
  startDebianPostgres,
} from '../support/debian-postgres.ts';
import { eventually } from '../support/eventually.ts';

const missing = debianPostgresMissing();
if (missing !== null)
  process.stderr.write(`Skipped: the PostgreSQL of the ledger's tests, because ${missing}.\n`);

/** Several chunks of the first pass. */
const ROWS_BEFORE = 350_000;
const INSERT = "INSERT INTO livedb (org, amount, region) SELECT 'o', 1, 'r' FROM generate_series(1, $1::int)";

let server: DebianPostgres;
let client: PgClient;
let others: PgClient[];

beforeAll(async () => {
  if (missing !== null) return;
  server = await startDebianPostgres();
  const connect = () => connectPostgres(server.endpoint, { applicationName: 'test' });
  client = await connect();
  others = [await connect(), await connect(), await connect()];
});
beforeEach(async () => {
  if (missing === null) await client.query('DROP TABLE IF EXISTS livedb');
});
afterAll(async () => {
  if (missing !== null) return;
  for (const each of [client, ...others]) await closePostgres(each);
  await server.stop();
});

const makeTable = async (tx: string) => {
  await client.query(
    `CREATE TABLE livedb (id bigserial PRIMARY KEY, org text NOT NULL, amount numeric NOT NULL, region text NOT NULL${tx})`,
  );
  await client.query(INSERT, [ROWS_BEFORE]);
};
const TX = ', tx xid8 NOT NULL DEFAULT pg_current_xact_id()';

interface Told {
  rows: number;
  /** Rows that the table held at the most as this was told. */
  atMost: number;
  checked: boolean;
}

/** A ledger that reads one chunk a look; `before` runs before its n-th chunk, and gives how many rows it added. */
function startLedger(before: (chunk: number) => Promise<number>) {
  const told: Told[] = [];
  const faults: unknown[] = [];
  let chunks = 0;
  let inTable = ROWS_BEFORE;
  let skew = 0;
  const ledger: Ledger = createLedger({
    clock: {
      now: () => performance.now() + skew,
      after: (ms, action) => {
        // What the chunks seem to take is not waited for.
        const timer = setTimeout(action, Math.min(ms, 20));
        return () => clearTimeout(timer);
      },
    },
    incidents: { add() {}, begin() {}, end() {}, endAll() {}, list: () => [], clear() {} },
    open: async (): Promise<Database> => {
      const own = await connectPostgres(server.endpoint, { applicationName: 'ledger', byIndex: true });
      return {
        async query<Row extends object>(sql: string, values: readonly unknown[] = []) {
          if (sql.includes('WITH chunk')) {
            inTable += await before(chunks);
            chunks += 1;
            skew += 300;
          }
          return (await own.query<Row & Record<string, unknown>>(sql, [...values])).rows;
        },
        close: () => closePostgres(own),
      };
    },
    awake: () => true,
    ask: () => Promise.reject(new Error('nobody to ask')),
    held: () => ({ captured: 0, distinct: 0 }),
    progress: () => null,
    onChange: () => told.push({ rows: ledger.rows(), atMost: inTable, checked: ledger.checkedAt() !== null }),
    onFault: (error) => faults.push(error),
  });
  return { ledger, told, faults, inTable: () => inTable };
}

const tableRows = async () =>
  Number((await client.query('SELECT count(*) AS rows FROM livedb')).rows[0]?.rows);

test.skipIf(missing !== null)(
  'rows that come during the first pass, and those of transactions open then, count once',
  async () => {
    await makeTable(TX);
    const [kept, ended, undone] = others;
    if (kept === undefined || ended === undefined || undone === undefined) throw new Error('no connections');
    // Their ids lie below those of rows committed before them.
    for (const each of [kept, ended, undone]) {
      await each.query('BEGIN');
      await each.query(INSERT, [1_000]);
    }
    const { ledger, told, faults, inTable } = startLedger(async (chunk) => {
      if (chunk > 5) return 0;
      await client.query(INSERT, [5_000]);
      if (chunk === 1) await ended.query('COMMIT');
      if (chunk === 2) await undone.query('ROLLBACK');
      return chunk === 1 ? 6_000 : 5_000;
    });
    try {
      await eventually('the pass is done', () => ledger.checkedAt() !== null, 30_000);
      await eventually('all rows are told', () => ledger.rows() >= inTable(), 10_000);
      expect(ledger.rows()).toBe(await tableRows());
      await kept.query('COMMIT');
      await eventually('the last transaction counts', () => ledger.rows() >= inTable() + 1_000, 10_000);
      expect(ledger.rows()).toBe(await tableRows());
      expect(faults).toEqual([]);
    } finally {
      await ledger.close();
      for (const each of others) await each.query('ROLLBACK');
    }
    const before = told.filter(({ checked }) => !checked);
    // Told before the pass was done, never too little, never falling, never more than there was.
    expect(before.length).toBeGreaterThan(1);
    for (const { rows } of told) expect(rows).toBeGreaterThanOrEqual(ROWS_BEFORE);
    expect(told.map(({ rows }) => rows)).toEqual(told.map(({ rows }) => rows).sort((a, b) => a - b));
    for (const { rows, atMost } of told.slice(0, -1)) expect(rows).toBeLessThanOrEqual(atMost);
  },
  60_000,
);

test.skipIf(missing !== null)(
  'rows whose tx is yet to come count once, not at each look',
  async () => {
    await makeTable(TX);
    await client.query(
      `INSERT INTO livedb (org, amount, region, tx) SELECT 'o', 1, 'r', '900000000000' FROM generate_series(1, 500)`,
    );
    const { ledger, told } = startLedger(async () => 0);
    try {
      await eventually('the pass is done', () => ledger.checkedAt() !== null, 30_000);
      await client.query(INSERT, [7]);
      await eventually('new rows are told', () => ledger.rows() >= ROWS_BEFORE + 507, 10_000);
    } finally {
      await ledger.close();
    }
    expect(new Set(told.map(({ rows }) => rows))).toEqual(new Set([ROWS_BEFORE + 500, ROWS_BEFORE + 507]));
  },
  60_000,
);

test.skipIf(missing !== null)(
  'a large table without tx is told at once, and its tail is followed',
  async () => {
    await makeTable('');
    const { ledger, told } = startLedger(async (chunk) => {
      if (chunk > 3) return 0;
      await client.query(INSERT, [5_000]);
      return 5_000;
    });
    try {
      await eventually('the pass is done', () => ledger.checkedAt() !== null, 30_000);
      await client.query(INSERT, [10_000]);
      const rows = await tableRows();
      await eventually('the tail is told', () => ledger.rows() === rows, 10_000);
    } finally {
      await ledger.close();
    }
    for (const { rows } of told) expect(rows).toBeGreaterThanOrEqual(ROWS_BEFORE);
    for (const { rows, atMost } of told) expect(rows).toBeLessThanOrEqual(atMost + 10_000);
  },
  60_000,
);
