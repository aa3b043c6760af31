// The Flink SQL that computes the same as a query (Flink 2.2: window table-valued functions over the events topic, result
// rows to a topic of their own). Called by the query editor, by `query.sql` and by the comparison with a real Flink.
import { EXACT_DISTINCT } from './event.ts';
import { EVENTS_TOPIC } from './names.ts';
import type { QueryFilter, QuerySpec } from './query.ts';

export interface SqlNames {
  bootstrap: string;
  topic: string;
  resultsTopic: string;
  /** Names of the two tables. */
  source: string;
  sink: string;
  /** Delivery to the results topic; exactly once shows results only after a checkpoint. */
  guarantee: 'exactly-once' | 'at-least-once';
}

const NAMES: SqlNames = {
  bootstrap: '127.0.0.1:9092',
  topic: EVENTS_TOPIC,
  resultsTopic: 'flink_results',
  source: 'db_live_events',
  sink: 'flink_results',
  guarantee: 'exactly-once',
};

/** Statement after statement, each closed by a semicolon, as Flink's SQL client takes them. */
export function querySql(spec: QuerySpec, names: Partial<SqlNames> = {}): string {
  return `${queryStatements(spec, names).join(';\n\n')};\n`;
}

/** SET statements, the two tables, and the INSERT that is the query. */
export function queryStatements(spec: QuerySpec, names: Partial<SqlNames> = {}): string[] {
  const all = { ...NAMES, ...names };
  return [
    "SET 'table.local-time-zone' = 'UTC'",
    `SET 'pipeline.name' = ${text(spec.name)}`,
    `SET 'table.exec.source.idle-timeout' = '${spec.idleTimeoutMs} ms'`,
    sourceTable(spec, all),
    sinkTable(spec, all),
    insert(spec, all),
  ];
}

/** What Flink does otherwise than LiveDB for this query, in sentences. */
export function sqlNotes(spec: QuerySpec): string[] {
  const notes: string[] = [];
  if (spec.allowedLatenessMs > 0) {
    notes.push(
      'Window functions of Flink SQL have no allowed lateness: it leaves out every event that comes after the watermark has passed its window; LiveDB corrects the window with a higher revision.',
    );
  }
  if (spec.aggregates.some((one) => PERCENTILES[one] !== undefined)) {
    notes.push(
      'PERCENTILE interpolates between two values; LiveDB gives the value of nearest rank (from 1,000 events a group on within 1 %).',
    );
  }
  if (spec.aggregates.includes('avg')) {
    notes.push('AVG of a DECIMAL has more than two places; LiveDB rounds it to cents, half away from zero.');
  }
  if (spec.aggregates.includes('distinctOrgs') && !spec.groupBy.includes('org')) {
    notes.push(
      `LiveDB counts ${EXACT_DISTINCT.toLocaleString('en')} distinct orgs a group; of more it says ${(EXACT_DISTINCT + 1).toLocaleString('en')} and that this is the least (distinctOrgsAtLeast).`,
    );
  }
  return notes;
}

const PERCENTILES: Partial<Record<string, string>> = { p50: '0.5', p95: '0.95', p99: '0.99' };

const AGGREGATE_SQL: Record<QuerySpec['aggregates'][number], { column: string; type: string; sql: string }> =
  {
    count: { column: 'n', type: 'BIGINT', sql: 'COUNT(*)' },
    sum: { column: 'total', type: 'DECIMAL(38, 2)', sql: 'SUM(amount)' },
    avg: { column: 'mean', type: 'DECIMAL(38, 6)', sql: 'AVG(amount)' },
    min: { column: 'least', type: 'DECIMAL(15, 2)', sql: 'MIN(amount)' },
    max: { column: 'most', type: 'DECIMAL(15, 2)', sql: 'MAX(amount)' },
    p50: { column: 'p50', type: 'DOUBLE', sql: 'PERCENTILE(amount, 0.5)' },
    p95: { column: 'p95', type: 'DOUBLE', sql: 'PERCENTILE(amount, 0.95)' },
    p99: { column: 'p99', type: 'DOUBLE', sql: 'PERCENTILE(amount, 0.99)' },
    distinctOrgs: { column: 'distinct_orgs', type: 'BIGINT', sql: 'COUNT(DISTINCT org)' },
  };

function sourceTable(spec: QuerySpec, names: SqlNames): string {
  return `CREATE TABLE ${id(names.source)} (
  id BIGINT,
  payload ROW<org STRING, amount DECIMAL(15, 2), region STRING>,
  meta ROW<\`source\` STRING, created_at TIMESTAMP_LTZ(3), \`mode\` STRING>,
  org AS payload.org,
  amount AS payload.amount,
  region AS payload.region,
  \`mode\` AS meta.\`mode\`,
  ts AS meta.created_at,
  WATERMARK FOR ts AS ts - ${interval(spec.outOfOrdernessMs)}
) WITH (
  'connector' = 'kafka',
  'topic' = ${text(names.topic)},
  'properties.bootstrap.servers' = ${text(names.bootstrap)},
  'properties.group.id' = ${text(`flink-${spec.name}`)},
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601',
  'json.ignore-parse-errors' = 'true'
)`;
}

function sinkTable(spec: QuerySpec, names: SqlNames): string {
  const columns = [
    'window_start TIMESTAMP_LTZ(3)',
    'window_end TIMESTAMP_LTZ(3)',
    ...spec.groupBy.map((field) => `${field} STRING`),
    ...spec.aggregates.map((one) => `${AGGREGATE_SQL[one].column} ${AGGREGATE_SQL[one].type}`),
  ];
  const exactly =
    names.guarantee === 'exactly-once'
      ? `
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = ${text(`flink-${spec.name}`)},
  'properties.transaction.timeout.ms' = '600000',`
      : `
  'sink.delivery-guarantee' = 'at-least-once',`;
  return `CREATE TABLE ${id(names.sink)} (
  ${columns.join(',\n  ')}
) WITH (
  'connector' = 'kafka',
  'topic' = ${text(names.resultsTopic)},
  'properties.bootstrap.servers' = ${text(names.bootstrap)},${exactly}
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601',
  'json.encode.decimal-as-plain-number' = 'true'
)`;
}

function insert(spec: QuerySpec, names: SqlNames): string {
  const columns = [
    'window_start',
    'window_end',
    ...spec.groupBy,
    ...spec.aggregates.map((one) => AGGREGATE_SQL[one].sql),
  ];
  const grouping = ['window_start', 'window_end', ...spec.groupBy];
  const where = conditions(spec.filter);
  return `INSERT INTO ${id(names.sink)}
SELECT ${columns.join(', ')}
FROM TABLE(
  ${windowFunction(spec, names.source, where)}
)${where === '' || spec.window.kind === 'session' ? '' : `\n${where}`}
GROUP BY ${grouping.join(', ')}`;
}

/**
 * A session is made of the events that count: those left out must not keep it open. For the other windows it does not
 * matter where the filter stands.
 */
function windowFunction({ window, groupBy }: QuerySpec, source: string, where: string): string {
  switch (window.kind) {
    case 'tumbling':
      return `TUMBLE(TABLE ${id(source)}, DESCRIPTOR(ts), ${interval(window.sizeMs)})`;
    case 'hopping':
      return `HOP(TABLE ${id(source)}, DESCRIPTOR(ts), ${interval(window.slideMs)}, ${interval(window.sizeMs)})`;
    case 'session': {
      const rows = where === '' ? `TABLE ${id(source)}` : `(SELECT * FROM ${id(source)} ${where})`;
      const by = groupBy.length === 0 ? '' : ` PARTITION BY ${partition(groupBy)}`;
      return `SESSION(${rows}${by}, DESCRIPTOR(ts), ${interval(window.gapMs)})`;
    }
  }
}

function partition(fields: readonly string[]): string {
  return fields.length === 1 ? (fields[0] ?? '') : `(${fields.join(', ')})`;
}

function conditions(filter: QueryFilter): string {
  const { orgs, regions, minAmount, maxAmount, modes } = filter;
  const parts = [
    ...(orgs === null ? [] : [`org IN (${orgs.map(text).join(', ')})`]),
    ...(regions === null ? [] : [`region IN (${regions.map(text).join(', ')})`]),
    ...(minAmount === null ? [] : [`amount >= ${minAmount}`]),
    ...(maxAmount === null ? [] : [`amount <= ${maxAmount}`]),
    ...(modes.length === 2 ? [] : [`\`mode\` = ${text(modes[0] ?? 'normal')}`]),
  ];
  return parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`;
}

/** Flink's interval literals have a unit; fractions of a second are written as decimals. */
function interval(ms: number): string {
  const units = [
    [86_400_000, 'DAY'],
    [3_600_000, 'HOUR'],
    [60_000, 'MINUTE'],
    [1_000, 'SECOND'],
  ] as const;
  for (const [length, unit] of units) {
    const count = ms / length;
    if (count >= 1 && Number.isInteger(count) && count < 100) return `INTERVAL '${count}' ${unit}`;
  }
  const seconds = Math.floor(ms / 1000);
  const digits = Math.max(2, String(seconds).length);
  const rest = ms % 1000 === 0 ? '' : `.${String(ms % 1000).padStart(3, '0')}`;
  return `INTERVAL '${seconds}${rest}' SECOND(${digits}${rest === '' ? '' : ', 3'})`;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function id(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
