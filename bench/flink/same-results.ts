// Whether both sides came to the same windows, to the cent. Money is read from the source text of the JSON numbers: as
// floating-point numbers it would no longer be exact.
import { WindowResult } from '../../src/shared/event.ts';

export interface Row {
  count: string;
  sum: string;
  avg: string;
  min: string;
  max: string;
}

export interface Comparison {
  windows: number;
  /** The first few differences, in words. */
  differences: string[];
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;
const keepText: Reviver = (_key, value, context) =>
  typeof value === 'number' ? (context.source ?? String(value)) : value;

/** Newest revision of each window and org, of windows that end by `until` (epoch ms). */
export function liveDbRows(values: readonly string[], until: number): Map<string, Row> {
  const newest = new Map<string, WindowResult>();
  for (const value of values) {
    const result = WindowResult.parse(JSON.parse(value));
    const key = keyOf(result.window.start, result.group.org);
    const known = newest.get(key);
    if (Date.parse(result.window.end) <= until && (known === undefined || known.revision < result.revision))
      newest.set(key, result);
  }
  const rows = new Map<string, Row>();
  for (const [key, { count, sum = '', avg = '', min = '', max = '' }] of newest)
    rows.set(key, { count: String(count), sum, avg, min, max });
  return rows;
}

export function flinkRows(values: readonly string[], until: number): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const value of values) {
    const row = JSON.parse(value, keepText as (key: string, value: unknown) => unknown) as Record<
      string,
      string
    >;
    if (Date.parse(row.window_end ?? '') > until) continue;
    rows.set(keyOf(row.window_start ?? '', row.org), {
      count: row.n ?? '',
      sum: cents(row.total),
      avg: rounded(row.mean),
      min: cents(row.least),
      max: cents(row.most),
    });
  }
  return rows;
}

export function compareRows(live: ReadonlyMap<string, Row>, flink: ReadonlyMap<string, Row>): Comparison {
  const differences: string[] = [];
  for (const key of new Set([...live.keys(), ...flink.keys()])) {
    const [one, other] = [JSON.stringify(live.get(key)), JSON.stringify(flink.get(key))];
    if (one !== other && differences.length < 5) differences.push(`${key}: LiveDB ${one}, Flink ${other}`);
  }
  return { windows: live.size, differences };
}

function keyOf(start: string, org: string | undefined): string {
  return `${new Date(start).toISOString()} ${org ?? ''}`;
}

function cents(decimal = ''): string {
  const [whole = '', part = ''] = decimal.split('.');
  return `${whole}.${part.padEnd(2, '0').slice(0, 2)}`;
}

/** Half up: the amounts of the comparison are positive. */
function rounded(decimal = ''): string {
  const [whole = '', part = ''] = decimal.split('.');
  const millis = BigInt(whole + part.padEnd(3, '0').slice(0, 3));
  const all = ((millis + 5n) / 10n).toString().padStart(3, '0');
  return `${all.slice(0, -2)}.${all.slice(-2)}`;
}
