// A CSV seed: with a header (org, amount, region in any order, and perhaps id) or without one (org,amount,region or
// id,org,amount,region). An id is read and not inserted. Called by seed.ts.
import { setImmediate as turn } from 'node:timers/promises';
import { type CsvError, type Info, parse } from 'csv-parse';
import { SEED_FIELDS, type SeedCollector, type SeedField } from './seed-fields.ts';

/** Fed in pieces, so that the process goes on beating while it reads a large file. */
const PIECE = 256 * 1024;

interface Layout {
  width: number;
  at: Record<SeedField, number>;
}

const isField = (name: string): name is SeedField => (SEED_FIELDS as readonly string[]).includes(name);

/** Semicolons and tabs are what spreadsheets write where the comma is the decimal sign. */
function delimiterOf(firstLine: string): string {
  if (firstLine.includes(',')) return ',';
  return [';', '\t'].find((delimiter) => firstLine.includes(delimiter)) ?? ',';
}

/** Reads the layout from the first record; null after noting faults. `header` tells whether the record is one. */
function layoutOf(
  record: string[],
  line: number,
  collector: SeedCollector,
): { layout: Layout | null; header: boolean } {
  const names = record.map((name) => name.trim().toLowerCase());
  if (!names.some((name) => isField(name))) {
    const width = record.length;
    if (width === 3) return { layout: { width, at: { org: 0, amount: 1, region: 2 } }, header: false };
    if (width === 4) return { layout: { width, at: { org: 1, amount: 2, region: 3 } }, header: false };
    const found = `${width} ${width === 1 ? 'field' : 'fields'}`;
    collector.fault(
      line,
      null,
      null,
      `${found} instead of 3 (org,amount,region) or 4 (id,org,amount,region)`,
    );
    return { layout: null, header: false };
  }
  let good = true;
  names.forEach((name, index) => {
    const problem = !isField(name) && name !== 'id' ? `the header names "${name}", which no seed has` : null;
    const twice = names.indexOf(name) < index ? `the header names "${name}" twice` : null;
    if (problem === null && twice === null) return;
    good = false;
    collector.fault(line, index + 1, null, `${problem ?? twice}; it may name id, org, amount and region`);
  });
  for (const field of SEED_FIELDS) {
    if (names.includes(field)) continue;
    good = false;
    collector.fault(line, null, field, `the header does not name "${field}"`);
  }
  const at = { org: names.indexOf('org'), amount: names.indexOf('amount'), region: names.indexOf('region') };
  return { layout: good ? { width: names.length, at } : null, header: true };
}

const newlines = (record: readonly string[]) => record.join('').split('\n').length - 1;

/** Adds the rows and faults of `text` (line ends `\n`) to the collector. */
export async function parseCsvSeed(text: string, collector: SeedCollector): Promise<void> {
  let layout: Layout | null | undefined;
  let lastLine = 0;
  let dataRows = 0;

  const take = (record: string[], info: Info) => {
    const line = info.lines - newlines(record);
    lastLine = info.lines;
    if (layout === undefined) {
      const first = layoutOf(record, line, collector);
      layout = first.layout;
      if (first.header) return;
    }
    dataRows++;
    if (layout === null) return;
    const { width, at } = layout;
    if (record.length !== width) {
      const [field] = SEED_FIELDS.filter((name) => at[name] >= record.length);
      const few = field === undefined ? '' : `, ${field} is missing`;
      collector.fault(line, null, field ?? null, `${record.length} fields instead of ${width}${few}`);
      return;
    }
    const values = {
      org: record[at.org] ?? '',
      amount: record[at.amount] ?? '',
      region: record[at.region] ?? '',
    };
    collector.row(values, (field) => ({ line, column: at[field] + 1 }));
  };

  const parser = parse({
    delimiter: delimiterOf(text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n'))),
    record_delimiter: '\n',
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    on_record: (record: string[], info: Info) => {
      take(record, info);
      return null;
    },
  });
  const ended = new Promise<CsvError | null>((resolve) => {
    parser.once('error', (error: CsvError) => resolve(error));
    parser.once('end', () => resolve(null));
  });
  parser.resume();
  for (let at = 0; at < text.length && !parser.destroyed; at += PIECE) {
    parser.write(text.slice(at, at + PIECE));
    await turn();
  }
  parser.end();
  const error = await ended;
  if (error !== null) noteCsvError(error, text, lastLine, collector);
  else if (dataRows === 0)
    collector.fault(Math.max(1, lastLine), null, null, 'there is no row below the header');
}

function noteCsvError(error: CsvError, text: string, lastLine: number, collector: SeedCollector): void {
  const at = error as CsvError & { lines?: number; column?: number | string };
  const column = typeof at.column === 'number' ? at.column + 1 : null;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    // The parser only knows where the file ended: the quote stands in the first line after the last whole record.
    const lines = text.split('\n');
    let line = lastLine;
    while (line < lines.length - 1 && lines[line]?.trim() === '') line++;
    collector.fault(line + 1, column, null, 'a quoted field begins here and is never closed');
    return;
  }
  const problem =
    error.code === 'INVALID_OPENING_QUOTE'
      ? 'a quote stands inside a field that does not begin with one'
      : error.code === 'CSV_INVALID_CLOSING_QUOTE'
        ? 'text follows the closing quote of a field (write a quote inside a quoted field twice)'
        : `the line cannot be read as CSV (${error.message})`;
  collector.fault(at.lines ?? lastLine + 1, column, null, problem);
}
