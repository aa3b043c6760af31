// A JSON seed: an array of objects with org, amount and region (and perhaps id), or {"rows": [such an array]}.
// Called by seed.ts.
import { SEED_FIELDS, type SeedCollector, type SeedField } from './seed-fields.ts';
import { type JsonPlaces, placesIn } from './seed-json-places.ts';

const KNOWN: ReadonlySet<string> = new Set(['id', ...SEED_FIELDS]);
const SHAPE = 'a JSON seed is an array of objects, or {"rows": [ … ]}';

/** JSON's own text of a number is lost by JSON.parse; doubles with two decimals below 10^8 come back exactly. */
function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) {
    return Math.abs(value) >= 1e21 || (value !== 0 && Math.abs(value) < 1e-6)
      ? value.toPrecision(17)
      : String(value);
  }
  return null;
}

/** Adds the rows and faults of `text` to the collector. */
export function parseJsonSeed(text: string, collector: SeedCollector): void {
  // Places are only looked for when there is something to say about one.
  let found: JsonPlaces | undefined;
  const places = () => {
    found ??= placesIn(text);
    return found;
  };
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    const { broken } = places();
    collector.fault(
      broken?.line ?? 1,
      broken?.column ?? 1,
      null,
      `the JSON is broken: ${broken?.problem ?? 'it does not parse'}`,
    );
    return;
  }
  const rows = rowsOf(root);
  if (rows === null) {
    collector.fault(1, 1, null, SHAPE);
    return;
  }
  if (rows.length === 0) {
    collector.fault(1, 1, null, 'there is no row in it');
    return;
  }
  rows.forEach((row: unknown, index) => {
    const at = (field: string | null) => places().of(index, field);
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      collector.faultAt(
        () => at(null),
        null,
        `row ${index + 1} is not an object with org, amount and region`,
      );
      return;
    }
    takeRow(row as Record<string, unknown>, at, collector);
  });
}

function takeRow(
  row: Record<string, unknown>,
  at: (field: string | null) => { line: number; column: number },
  collector: SeedCollector,
): void {
  for (const name of Object.keys(row)) {
    if (KNOWN.has(name)) continue;
    const { line, column } = at(name);
    collector.fault(
      line,
      column,
      null,
      `"${name}" is no field of a seed; it may have id, org, amount and region`,
    );
  }
  const values: Record<SeedField, string> = { org: '', amount: '', region: '' };
  for (const field of SEED_FIELDS) {
    const value = row[field];
    const text = field === 'amount' ? asText(value) : typeof value === 'string' ? value : null;
    if (text === null && value !== undefined && value !== null) {
      collector.faultAt(
        () => at(field),
        field,
        `${field} is not ${field === 'amount' ? 'a number' : 'a text'}`,
      );
      return;
    }
    values[field] = text ?? '';
  }
  collector.row(values, at);
}

function rowsOf(root: unknown): unknown[] | null {
  if (Array.isArray(root)) return root;
  const rows = typeof root === 'object' && root !== null ? (root as { rows?: unknown }).rows : undefined;
  return Array.isArray(rows) ? rows : null;
}
