// Windows of the results topic beside what SQL says of the table: newest revision of each, to the cent, and revisions
// that were published twice. Used by audit.ts. A difference counts only when it stays.
import { setTimeout as pause } from 'node:timers/promises';
import { openReader, type PartitionOffsets } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import type { AuditFigures, AuditFindings, AuditWindow } from '../../shared/audit.ts';
import { WindowResult } from '../../shared/event.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { windowsBySql } from './audit.sql.ts';
import type { TableScan } from './table-scan.ts';

/** A window that differs is looked at again for so long: late rows may be on their way to it. */
const SETTLE_MS = 4_000;
const LOOK_MS = 400;

type Place = AuditFindings['republished']['named'][number]['places'][number];

interface Newest extends Place {
  result: WindowResult;
}

interface Shape {
  sizeMs: number;
  field: 'org' | 'region';
}

export interface WindowsOptions {
  kafka: KafkaEndpoint;
  offsets: readonly PartitionOffsets[];
  table: TableScan;
  bins: boolean;
  /** Windows that end after this moment (epoch ms) wait for rows that are not published yet: they are left out. */
  openFrom: number | null;
  named: number;
  log: Logger | null;
  waiting(reason: string | null): void;
  progress(records: number): void;
}

export interface WindowsOutcome {
  records: number;
  compared: number;
  left: number;
  windows: AuditFindings['windows'];
  republished: AuditFindings['republished'];
}

/** What makes two results results of one window. */
export function windowKey({ query, window, group }: AuditWindow): string {
  return JSON.stringify([query, window.kind, window.start, window.end, group.org, group.region]);
}

/** Null for windows that SQL has no simple like of. */
export function shapeOf({
  window,
  group,
  filtered,
}: Pick<WindowResult, 'window' | 'group' | 'filtered'>): Shape | null {
  if (window.kind !== 'tumbling' || filtered === true) return null;
  const sizeMs = Date.parse(window.end) - Date.parse(window.start);
  const fields = (['org', 'region'] as const).filter((field) => group[field] !== undefined);
  const [field] = fields;
  return field === undefined || fields.length > 1 || sizeMs <= 0 ? null : { sizeMs, field };
}

/** Aggregates that the query did not ask for are empty. */
export function figuresOf({ count, sum = '', avg = '', min = '', max = '' }: WindowResult): AuditFigures {
  return { count, sum, avg, min, max };
}

export function sameFigures(a: AuditFigures, b: AuditFigures): boolean {
  const same = (one: string, other: string) => one === other || one === '' || other === '';
  return (
    a.count === b.count &&
    same(a.sum, b.sum) &&
    same(a.avg, b.avg) &&
    same(a.min, b.min) &&
    same(a.max, b.max)
  );
}

export async function compareWindows(options: WindowsOptions, signal: AbortSignal): Promise<WindowsOutcome> {
  const published = new Published(options);
  try {
    await published.readToEnd(signal);
    published.leaveFrom(options.openFrom ?? Infinity);
    let found = await differencesOf(published, options, null);
    const giveUpAt = Date.now() + SETTLE_MS;
    while (found.differing.length > 0 && Date.now() < giveUpAt) {
      await pause(LOOK_MS, undefined, { signal });
      await published.readToEnd(signal);
      published.leaveFrom(options.openFrom ?? Infinity);
      const again = await differencesOf(published, options, found.differing);
      found = { ...again, compared: found.compared };
    }
    const { named } = options;
    return {
      records: published.records,
      compared: found.compared,
      left: published.left,
      windows: { count: found.differing.length, named: found.differing.slice(0, named) },
      republished: published.republished(),
    };
  } finally {
    await published.close();
  }
}

/** What stands in the results topic: the newest revision of each window, and what is there twice. */
class Published {
  records = 0;
  left = 0;
  readonly newest = new Map<string, Newest>();
  readonly #revisions = new Map<string, Place>();
  readonly #twice = new Map<string, AuditFindings['republished']['named'][number]>();
  readonly #options: WindowsOptions;
  readonly #reader;

  constructor(options: WindowsOptions) {
    this.#options = options;
    const from = new Map(options.offsets.map(({ partition, low }) => [partition, low]));
    this.#reader = openReader(options.kafka, options.kafka.resultsTopic, from, {
      clientIdSuffix: 'audit-results',
      log: options.log,
      maxWaitMs: 50,
      onWaiting: options.waiting,
    });
  }

  /** Reads what is there; returns when a look finds nothing more and the ends known at the start are reached. */
  async readToEnd(signal: AbortSignal): Promise<void> {
    const behind = () =>
      this.#options.offsets.some(({ partition, high }) => (this.#reader.offsets.get(partition) ?? 0) < high);
    for (let idle = 0; idle < 2 || behind(); ) {
      const fetches = await this.#reader.poll();
      signal.throwIfAborted();
      idle = fetches.length === 0 ? idle + 1 : 0;
      for (const fetched of fetches) {
        const cursor = fetched.records();
        let records = 0;
        while (cursor.next()) {
          records++;
          this.#take(cursor.value(), { partition: fetched.partition, offset: String(cursor.offset) });
        }
        this.records += records;
        this.#options.progress(records);
      }
    }
  }

  /** Leaves out windows that end after a moment. */
  leaveFrom(moment: number): void {
    for (const [key, { result }] of this.newest) {
      if (Date.parse(result.window.end) <= moment) continue;
      this.newest.delete(key);
      this.left++;
    }
  }

  republished(): AuditFindings['republished'] {
    return { count: this.#twice.size, named: [...this.#twice.values()].slice(0, this.#options.named) };
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #take(value: string | null, place: Place): void {
    const result = parseResult(value);
    if (result === null || shapeOf(result) === null) {
      this.left++;
      return;
    }
    const { query, window, group, revision } = result;
    const key = windowKey(result);
    const once = `${key}#${revision}`;
    const first = this.#revisions.get(once);
    if (first === undefined) this.#revisions.set(once, place);
    else {
      const known = this.#twice.get(once) ?? { query, window, group, revision, places: [first] };
      known.places.push(place);
      this.#twice.set(once, known);
    }
    const known = this.newest.get(key);
    if (known === undefined || revision > known.result.revision) this.newest.set(key, { result, ...place });
  }
}

function parseResult(value: string | null): WindowResult | null {
  if (value === null) return null;
  try {
    return WindowResult.parse(JSON.parse(value));
  } catch {
    return null; // Not a result: somebody else wrote to the topic. It is counted as left out.
  }
}

type Difference = AuditFindings['windows']['named'][number];

/** Compares all windows, or, when `only` is given, those that differed before. */
async function differencesOf(
  published: Published,
  options: WindowsOptions,
  only: readonly Difference[] | null,
): Promise<{ compared: number; differing: Difference[] }> {
  const differing: Difference[] = [];
  let compared = 0;
  const wanted = only === null ? null : new Set(only.map(windowKey));
  for (const line of linesOf(published.newest.values())) {
    const spans = only?.filter((one) => belongs(one, line)).map(({ window }) => Date.parse(window.start));
    if (spans?.length === 0) continue;
    const from = spans === undefined ? line.from : minOf(spans);
    const to = spans === undefined ? line.to : maxOf(spans) + line.sizeMs;
    const text = windowsBySql(line.field, options.bins);
    const seen = new Set<string>();
    for (const [start, group, count, sum, avg, min, max] of await options.table.rows(text, [
      line.sizeMs,
      from,
      to,
    ])) {
      const window = {
        kind: 'tumbling' as const,
        start: new Date(Number(start)).toISOString(),
        end: new Date(Number(start) + line.sizeMs).toISOString(),
      };
      const named = { query: line.query, window, group: { [line.field]: group ?? '' } };
      const key = windowKey(named);
      seen.add(key);
      if (wanted !== null && !wanted.has(key)) continue;
      const expected = {
        count: Number(count),
        sum: sum ?? '',
        avg: avg ?? '',
        min: min ?? '',
        max: max ?? '',
      };
      const newest = published.newest.get(key);
      // Windows of this kind were not asked for at that time; others count its rows.
      if (newest === undefined && !line.starts.has(Number(start)) && line.others.covers(Number(start)))
        continue;
      compared++;
      const found = newest === undefined ? null : figuresOf(newest.result);
      if (found !== null && sameFigures(expected, found)) continue;
      differing.push({ ...named, revision: newest?.result.revision ?? null, expected, found });
    }
    for (const { result } of line.results) {
      const key = windowKey(result);
      if (seen.has(key) || (wanted !== null && !wanted.has(key))) continue;
      compared++;
      const { query, window, group, revision } = result;
      differing.push({ query, window, group, revision, expected: null, found: figuresOf(result) });
    }
  }
  return { compared, differing };
}

interface Line extends Shape {
  query: string;
  from: number;
  to: number;
  starts: Set<number>;
  results: Newest[];
  others: { covers(start: number): boolean };
}

/** Results of one query, size and group field belong together. */
function linesOf(newest: Iterable<Newest>): Line[] {
  const lines = new Map<string, Line>();
  for (const one of newest) {
    const { result } = one;
    const shape = shapeOf(result);
    if (shape === null) continue;
    const key = `${result.query} ${shape.sizeMs} ${shape.field}`;
    let line = lines.get(key);
    if (line === undefined) {
      const others = { covers: (start: number) => coveredByOthers(lines, key, start) };
      line = {
        query: result.query,
        ...shape,
        from: Infinity,
        to: -Infinity,
        starts: new Set(),
        results: [],
        others,
      };
      lines.set(key, line);
    }
    const start = Date.parse(result.window.start);
    line.from = Math.min(line.from, start);
    line.to = Math.max(line.to, start + shape.sizeMs);
    line.starts.add(start);
    line.results.push(one);
  }
  return [...lines.values()];
}

/** Whether another line has a window that begins at or spans the moment at which a missing one would begin. */
function coveredByOthers(lines: ReadonlyMap<string, Line>, own: string, start: number): boolean {
  for (const [key, line] of lines) {
    if (key !== own && line.starts.has(Math.floor(start / line.sizeMs) * line.sizeMs)) return true;
  }
  return false;
}

function belongs(difference: Difference, line: Line): boolean {
  const shape = shapeOf(difference);
  return difference.query === line.query && shape?.sizeMs === line.sizeMs && shape.field === line.field;
}

const minOf = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Infinity);
const maxOf = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity);
