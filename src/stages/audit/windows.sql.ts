// The windows of a query as SQL counts them in the table: tumbling and hopping ones aligned to the epoch, sessions as
// islands between gaps. Used by windows.ts.
import type { GroupField, QueryFilter, WindowSpec } from '../../shared/query.ts';
import type { LateRow } from './late-rows.ts';

export interface WindowsAsked {
  window: WindowSpec;
  fields: readonly GroupField[];
  filter: QueryFilter | null;
  percentiles: boolean;
  distinctOrgs: boolean;
  /** Windows that start at or after, and end at or before, epoch ms. */
  from: number;
  to: number;
  /** Rows that are left out; of hopping windows those that start before `countedFrom`. */
  without: readonly LateRow[];
  /** Whether the server knows date_bin (14 on). */
  bins: boolean;
}

/** Rows [start, end (epoch ms), org, region, count, sum, avg, min, max, p50, p95, p99, distinct orgs]; null where not asked. */
export function windowsBySql(asked: WindowsAsked): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const parameter = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const { fields } = asked;
  const { windowed, bounds, key, start, end } = formOf(asked, parameter);
  const field = (name: GroupField) => (fields.includes(name) ? name : 'NULL');
  const percentiles = asked.percentiles
    ? 'percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY amount)'
    : 'NULL::numeric[]';
  const distinct = asked.distinctOrgs ? 'count(DISTINCT counted_org)' : 'NULL::bigint';
  const text = `WITH counted AS (${rowsSql(asked, parameter)}), windowed AS (${windowed}),
    figures AS (SELECT ${[bounds, ...fields].join(', ')}, count(*) AS n, sum(amount) AS sum, avg(amount) AS avg,
      min(amount) AS min, max(amount) AS max, ${percentiles} AS p, ${distinct} AS orgs
      FROM windowed GROUP BY ${[key, ...fields].join(', ')}),
    placed AS (SELECT *, ${start} AS start_ms, ${end} AS end_ms FROM figures)
    SELECT start_ms::text, end_ms::text, ${field('org')}, ${field('region')}, n::text, round(sum, 2)::text,
      round(avg, 2)::text, round(min, 2)::text, round(max, 2)::text, round(p[1], 2)::text, round(p[2], 2)::text,
      round(p[3], 2)::text, orgs::text
    FROM placed WHERE start_ms >= ${parameter(asked.from, 'bigint')} AND end_ms <= ${parameter(asked.to, 'bigint')}`;
  return { text, values };
}

type Parameter = (value: unknown, type: string) => string;

/** Rows that count, with their moment and, in ms since the epoch, their time. */
function rowsSql({ window, fields, filter, from, to, without }: WindowsAsked, parameter: Parameter): string {
  const late = without.map(({ id }) => id);
  const moment = (at: number) =>
    `timestamp '1970-01-01' + ${parameter(at, 'bigint')} * interval '1 millisecond'`;
  const { orgs = null, regions = null, minAmount = null, maxAmount = null } = filter ?? {};
  const conditions = [
    'isfinite(moment)',
    `moment >= ${moment(from)}`,
    // A session is joined by what comes right at its end.
    `moment <= ${moment(to)}`,
    ...(orgs === null ? [] : [`coalesce(org, '') = ANY (${parameter(orgs, 'text[]')})`]),
    ...(regions === null ? [] : [`coalesce(region, '') = ANY (${parameter(regions, 'text[]')})`]),
    ...(minAmount === null ? [] : [`amount >= ${parameter(minAmount, 'numeric')}`]),
    ...(maxAmount === null ? [] : [`amount <= ${parameter(maxAmount, 'numeric')}`]),
    ...(late.length === 0 || window.kind === 'hopping'
      ? []
      : [
          `NOT EXISTS (SELECT FROM unnest(${parameter(late, 'bigint[]')}) AS late (id) WHERE late.id = r.id)`,
        ]),
  ];
  const groups = fields.map((field) => `, coalesce(${field}, '') AS ${field}`).join('');
  return `SELECT id, moment, floor(extract(epoch FROM moment) * 1000)::bigint AS at, amount, coalesce(org, '') AS counted_org${groups}
    FROM (SELECT *, created_at::timestamp AS moment FROM livedb) r WHERE ${conditions.join(' AND ')}`;
}

interface Form {
  /** The rows, each with what its window is known by; in hopping windows once for each. */
  windowed: string;
  /** What of the bounds the aggregates keep, what they are grouped by, and the bounds in epoch ms made of it. */
  bounds: string;
  key: string;
  start: string;
  end: string;
}

function formOf({ window, fields, bins, without }: WindowsAsked, parameter: Parameter): Form {
  switch (window.kind) {
    case 'tumbling': {
      const size = parameter(window.sizeMs, 'bigint');
      // By far the quickest where it is known: no arithmetic with decimals for each row.
      const begin = bins
        ? `date_bin(${size} * interval '1 millisecond', moment, timestamp '1970-01-01')`
        : `floor(at::numeric / ${size})::bigint * ${size}`;
      const start = bins ? 'round(extract(epoch FROM begin) * 1000)::bigint' : 'begin';
      const windowed = `SELECT *, ${begin} AS begin FROM counted`;
      return { windowed, bounds: 'begin', key: 'begin', start, end: `${start} + ${size}` };
    }
    case 'hopping': {
      const [size, slide] = [parameter(window.sizeMs, 'bigint'), parameter(window.slideMs, 'bigint')];
      const hops = parameter(window.sizeMs / window.slideMs - 1, 'int');
      const hopped = `SELECT *, floor(at::numeric / ${slide})::bigint * ${slide} - hop * ${slide} AS begin
        FROM counted, generate_series(0, ${hops}) AS hop`;
      const form = { bounds: 'begin', key: 'begin', start: 'begin', end: `begin + ${size}` };
      if (without.length === 0) return { windowed: hopped, ...form };
      const ids = without.map(({ id }) => id);
      const froms = without.map(({ countedFrom }) => countedFrom ?? Number.MAX_SAFE_INTEGER);
      const late = `unnest(${parameter(ids, 'bigint[]')}, ${parameter(froms, 'bigint[]')}) AS late (id, counted_from)`;
      const windowed = `SELECT * FROM (${hopped}) hopped WHERE NOT EXISTS
        (SELECT FROM ${late} WHERE late.id = hopped.id AND begin < counted_from)`;
      return { windowed, ...form };
    }
    case 'session': {
      const gap = parameter(window.gapMs, 'bigint');
      const line = `(${fields.length === 0 ? '' : `PARTITION BY ${fields.join(', ')} `}ORDER BY at)`;
      const windowed = `SELECT *, sum(begins) OVER ${line} AS session
        FROM (SELECT *, coalesce(at - lag(at) OVER ${line} > ${gap}, true)::int AS begins FROM counted) begun`;
      const bounds = 'min(at) AS first, max(at) AS last';
      return { windowed, bounds, key: 'session', start: 'first', end: `last + ${gap}` };
    }
  }
}
