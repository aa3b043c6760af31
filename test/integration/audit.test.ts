// The audit as a process beside a real pipeline of child processes: it agrees when all is well, also under load, and
// names each fault that is planted in table, topic and results.
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OutgoingRecord, openAdmin, openPlainProducer } from '../../src/clients/kafka.ts';
import { lineFactsOf } from '../../src/main/control/line-facts.ts';
import { AuditReport } from '../../src/shared/audit.ts';
import type {
  AuditConfig,
  AuditProgress,
  KafkaEndpoint,
  PostgresEndpoint,
  PostgresReady,
  ProcessorConfig,
  ProcessorReport,
  ProducerReport,
} from '../../src/shared/link.ts';
import type { QuerySpec } from '../../src/shared/query.ts';
import { DEFAULT_SETTINGS } from '../../src/shared/settings.ts';
import { ChildProgram } from '../support/child-program.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';
import { processorConfig, QUICK_QUERY, startBroker } from '../support/processor-line.ts';
import { sql, topicRecords } from '../support/witness.ts';

let folder: DataFolder;
let postgres: ChildProgram<never>;
let broker: ChildProgram<unknown>;
let producer: ChildProgram<ProducerReport>;
let processor: ChildProgram<ProcessorReport>;
let endpoint: PostgresEndpoint;
let kafka: KafkaEndpoint;
let url: string;
let config: ProcessorConfig;
let audits = 0;

/** Beside the live query, which has tumbling windows by org. */
const SIDES: QuerySpec[] = [
  {
    ...QUICK_QUERY,
    name: 'hops',
    window: { kind: 'hopping', sizeMs: 2_000, slideMs: 500 },
    groupBy: ['region'],
    filter: {
      ...QUICK_QUERY.filter,
      orgs: ['org 1', 'org 2', 'live'],
      minAmount: '1.00',
      maxAmount: '150.50',
    },
    aggregates: ['count', 'sum', 'avg', 'p95', 'distinctOrgs'],
  },
  { ...QUICK_QUERY, name: 'sessions', window: { kind: 'session', gapMs: 300 }, groupBy: ['org', 'region'] },
  { ...QUICK_QUERY, name: 'total', groupBy: [], allowedLatenessMs: 5_000 },
];

beforeAll(async () => {
  folder = makeDataFolder('audit');
  const place = { dataDir: folder.dataDir, logDir: folder.logDir };
  postgres = new ChildProgram('postgres');
  endpoint = (await postgres.start<PostgresReady>({ ...place, port: null })).endpoint;
  url = `postgres://${endpoint.user}:${encodeURIComponent(endpoint.password)}@${endpoint.host}:${endpoint.port}/${endpoint.database}`;
  const running = await startBroker(folder.dataDir);
  broker = running.child;
  kafka = running.endpoint;
  await insert(20_000);
  producer = new ChildProgram('stages/producer');
  const admin = openAdmin(kafka, { clientIdSuffix: 'test' });
  await admin.ensureTopics([kafka.topic, kafka.resultsTopic].map((name) => ({ name, partitions: 3 })));
  await admin.close();
  await producer.start({
    ...place,
    postgres: endpoint,
    kafka,
    // A row can be planted behind the position of a polling producer; the log would show it.
    settings: { ...DEFAULT_SETTINGS.producer, capture: 'polling' },
  });
  processor = new ChildProgram('stages/processor');
  config = processorConfig(folder.dataDir, kafka);
  config.settings.queries = SIDES.map((spec) => ({ spec, paused: false, born: 0, fresh: 0, now: 0 }));
  await processor.start(config);
  await processed();
}, 120_000);

afterAll(async () => {
  for (const child of [processor, producer, broker]) if (child?.exit === null) await child.kill();
  await postgres?.drain();
  folder?.[Symbol.dispose]();
});

/** Rows of the last minute, in transactions of a thousand. */
async function insert(rows: number): Promise<void> {
  await sql(
    url,
    `INSERT INTO livedb (org, amount, region, created_at)
     SELECT 'org ' || n % 7, (n % 100000) / 100.0, 'region "' || n % 3, now() AT TIME ZONE 'utc' - interval '60 s' + n * interval '1 ms'
     FROM generate_series(1, ${rows}) n`,
  );
}

async function processed(): Promise<void> {
  const [[rows = ''] = []] = await sql(url, 'SELECT count(*) FROM livedb');
  await eventually(
    'all rows are processed and their windows published',
    () =>
      processor.lastReport?.distinct === Number(rows) &&
      processor.lastReport.lines.length === 1 + SIDES.length &&
      processor.lastReport.lines.every(
        ({ events, openWindows, lag }) => events === Number(rows) && openWindows === 0 && lag.events === 0,
      ),
    30_000,
  );
}

async function audit(
  change: Partial<AuditConfig> = {},
): Promise<{ report: AuditReport; progress: AuditProgress[]; page: string }> {
  const child = new ChildProgram<AuditProgress>('stages/audit');
  const id = new Date(Date.UTC(2026, 0, 1) + ++audits).toISOString().replace(/[:.]/g, '-');
  await child.start({
    dataDir: folder.dataDir,
    logDir: folder.logDir,
    id,
    postgres: endpoint,
    kafka,
    byLog: false,
    queries: await lineFactsOf(folder.dataDir, kafka, config.settings),
    ...change,
  } satisfies AuditConfig);
  await child.ended(60_000);
  if (child.fatal !== null) throw new Error(child.fatal.error.message);
  const { summary } = child.lastReport ?? {};
  if (summary == null) throw new Error('the audit ended without a summary');
  const report = AuditReport.parse(JSON.parse(readFileSync(summary.json, 'utf8')));
  return { report, progress: child.reports, page: readFileSync(summary.page, 'utf8') };
}

async function put(topic: string, records: OutgoingRecord[]): Promise<void> {
  const plain = await openPlainProducer(kafka, { clientIdSuffix: 'test' });
  await plain.send(topic, records, Date.now());
  await plain.close();
}

const countsOf = ({ findings }: AuditReport) =>
  Object.fromEntries(Object.entries(findings).map(([name, { count }]) => [name, count]));
const nothing = { missing: 0, doubled: 0, strange: 0, payload: 0, order: 0, windows: 0, republished: 0 };

describe('the audit', () => {
  test('agrees with a pipeline that is at rest, and counts all of it', async () => {
    const { report, progress, page } = await audit();
    expect(countsOf(report)).toEqual(nothing);
    expect(report).toMatchObject({
      agree: true,
      table: { rows: 20_000, ranges: { count: 1, named: [{ from: '1', to: '20000', rows: 20_000 }] } },
      topic: { records: 20_000, normal: 20_000, newer: 0 },
      waiting: { count: 0 },
    });
    expect(report.results.compared).toBeGreaterThan(7 * 19 + 3 * 30 + 21 + 19);
    expect(report.notes).toEqual([]);
    expect(progress.at(-1)?.done).toBe(progress.at(-1)?.total);
    expect(page).toContain('Table, topic and results agree.');
    expect(page).not.toMatch(/<script|src=|href=/);
  });

  test('agrees while rows are written, and calls none that is under way missing', async () => {
    let writing = true;
    const writers = [0, 1].map(async (slow) => {
      while (writing) {
        await sql(
          url,
          `BEGIN; INSERT INTO livedb (org, amount, region) SELECT 'live', 1.25, 'r' FROM generate_series(1, 200);
           SELECT pg_sleep(${slow * 0.4}); COMMIT`,
        );
      }
    });
    try {
      const { report } = await audit();
      expect(countsOf(report)).toEqual(nothing);
      expect(report.agree).toBe(true);
      expect(report.table.rows).toBeGreaterThan(20_000);
    } finally {
      writing = false;
      await Promise.all(writers);
    }
    await processed();
  });

  test('sets aside what a query left out as late, and says which rows', async () => {
    const [[id = ''] = []] = await sql(
      url,
      `INSERT INTO livedb (org, amount, region, created_at)
       SELECT org, 9.99, region, created_at + interval '5 ms' FROM livedb WHERE id = 3000 RETURNING id`,
    );
    await processed();
    await processor.until(
      () => processor.lastReport?.lines.find(({ query }) => query === 'total')?.dropped === 1,
      'that it is too late for one of them',
    );
    const { report, page } = await audit();
    expect(countsOf(report)).toEqual(nothing);
    expect(report.agree).toBe(true);
    expect(report.results.late).toEqual({ count: 1, named: [{ query: 'total', id }] });
    expect(page).toContain('1 row came too late for a query and stands');
    expect(page).toContain(`<td>total</td><td>${id}</td>`);
  });

  test('says what it does not compare, and why', async () => {
    const known = await lineFactsOf(folder.dataDir, kafka, config.settings);
    const queries = known.flatMap((query) => {
      if (query.name === 'sessions') return [];
      return [{ ...query, paused: query.name === 'hops' }];
    });
    const { report } = await audit({ queries });
    expect(report.agree).toBe(true);
    expect(report.notes.filter((note) => note.startsWith('Not compared'))).toEqual([
      expect.stringMatching(
        /^Not compared: \d+ results of query "(hops": the query is paused|sessions": no query of this name runs)\.$/,
      ),
      expect.stringMatching(
        /^Not compared: \d+ results of query "(hops": the query is paused|sessions": no query of this name runs)\.$/,
      ),
    ]);
  });

  test('names each planted fault', async () => {
    const records = await topicRecords(kafka.brokers.join(','), kafka.topic);
    const record = (id: number) => {
      const found = records.find(({ key }) => key === String(id));
      if (found === undefined) throw new Error(`no event of row ${id}`);
      return { partition: found.partition, offset: found.offset, value: found.value };
    };
    const results = (await topicRecords(kafka.brokers.join(','), kafka.resultsTopic)).filter(
      ({ value }) => JSON.parse(value).query === QUICK_QUERY.name,
    );
    const first = results[0];
    if (first === undefined) throw new Error('no results');
    const wrong = JSON.parse(results[1]?.value ?? '');

    // Strange and payload also change what SQL says of their windows: those of rows 100 and 7000.
    await sql(url, 'DELETE FROM livedb WHERE id = 100');
    await sql(url, 'UPDATE livedb SET amount = amount + 0.01 WHERE id = 7000');
    const lost = await sql(
      url,
      `INSERT INTO livedb (org, amount, region, created_at, tx) VALUES ('lost', 1, 'r', '1999-01-01', '3') RETURNING id`,
    );
    const [[lostId = ''] = []] = lost;
    await put(kafka.topic, [{ key: '12345', value: record(12_345).value, headers: [] }]);
    await put(kafka.resultsTopic, [
      { key: first.key, value: first.value, headers: [] },
      {
        key: results[1]?.key ?? '',
        value: JSON.stringify({ ...wrong, revision: wrong.revision + 50, sum: '0.01' }),
        headers: [],
      },
    ]);

    const { report, page } = await audit();
    const { findings } = report;
    expect(report.agree).toBe(false);
    expect(findings.missing).toEqual({ count: 1, named: [{ id: lostId }] });
    expect(findings.strange).toEqual({
      count: 1,
      named: [{ id: '100', partition: record(100).partition, offset: record(100).offset }],
    });
    expect(findings.payload.count).toBe(1);
    expect(findings.payload.named[0]).toMatchObject({
      id: '7000',
      partition: record(7_000).partition,
      offset: record(7_000).offset,
      row: { amount: '70.01', org: 'org 0', region: 'region "1' },
      event: { amount: '70.00', org: 'org 0', region: 'region "1' },
    });
    const { partition, offset } = record(12_345);
    expect(findings.doubled.count).toBe(1);
    expect(findings.doubled.named[0]?.id).toBe('12345');
    expect(findings.doubled.named[0]?.places).toHaveLength(2);
    expect(findings.doubled.named[0]?.places[0]).toEqual({ partition, offset });
    expect(findings.republished.count).toBe(1);
    expect(findings.republished.named[0]?.places).toHaveLength(2);
    const wrongOne = findings.windows.named.find(({ found }) => found?.sum === '0.01');
    expect(wrongOne).toMatchObject({
      window: wrong.window,
      group: wrong.group,
      expected: { sum: wrong.sum, count: wrong.count },
    });
    // Rows 100, 7000 and 12345 (counted twice) are in one window each; the planted result may be one of these.
    const differing = findings.windows.named.filter(({ query }) => query === QUICK_QUERY.name).length;
    expect(differing).toBeGreaterThanOrEqual(3);
    expect(differing).toBeLessThanOrEqual(4);
    for (const { name } of SIDES)
      expect(findings.windows.named.some(({ query }) => query === name)).toBe(true);
    for (const id of [lostId, '100', '7000', '12345']) expect(page).toContain(`<td>${id}</td>`);
  });

  test('does not call missing what a stopped producer has not published', async () => {
    await producer.drain();
    await insert(500);
    const { report } = await audit();
    expect(report.waiting.count).toBe(500);
    expect(report.findings.missing.count).toBe(1);
    expect(report.notes.join(' ')).toContain('500 rows were not published yet');
  });

  test('knows what a stopped capture of the log has yet to publish by its commit, not by its transaction id', async () => {
    producer = new ChildProgram('stages/producer');
    await producer.start({
      dataDir: folder.dataDir,
      logDir: folder.logDir,
      postgres: endpoint,
      kafka,
      settings: { ...DEFAULT_SETTINGS.producer, capture: 'logical' },
    });
    await producer.until(
      () => producer.lastReport?.capture.mode === 'logical',
      'that the log is captured',
      45_000,
    );
    // The order of transaction ids: slow, quick. Quick is published; slow commits only when nobody captures any more.
    const slow = new Client({ connectionString: url });
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query("INSERT INTO livedb (org, amount, region) VALUES ('slow', 1, 'r')");
    const [[quick = ''] = []] = await sql(
      url,
      `INSERT INTO livedb (org, amount, region) VALUES ('quick', 1, 'r') RETURNING id`,
    );
    await eventually('the quick one is published', async () =>
      (await topicRecords(kafka.brokers.join(','), kafka.topic)).some(({ key }) => key === quick),
    );
    await producer.kill();
    await slow.query('COMMIT');
    await slow.end();
    const { report } = await audit({ byLog: true });
    expect(report.waiting.count).toBe(1);
    expect(report.findings.missing.count).toBe(1);
  }, 120_000);

  test('is cancelled by a drain, and leaves no report', async () => {
    const child = new ChildProgram<AuditProgress>('stages/audit');
    await child.start({
      dataDir: folder.dataDir,
      logDir: folder.logDir,
      id: '2026-02-01T00-00-00-000Z',
      postgres: endpoint,
      kafka,
      byLog: false,
      queries: [],
    } satisfies AuditConfig);
    expect(await child.drain()).toBe(0);
    expect(child.lastReport?.summary ?? null).toBeNull();
  });
});
