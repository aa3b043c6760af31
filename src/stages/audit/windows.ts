// Windows of the results topic beside what SQL says of the table: newest revision of each, to the cent, query by query. Used
// by audit.ts. A difference counts only when it stays.
import { setTimeout as pause } from 'node:timers/promises';
import type { AuditFigures, AuditFindings } from '../../shared/audit.ts';
import type { WindowResult } from '../../shared/event.ts';
import { AGGREGATES, type Aggregate } from '../../shared/query.ts';
import type { LateRows } from './late-rows.ts';
import { type Newest, type PublishedOptions, PublishedResults } from './published-results.ts';
import { type ResultLine, windowKey } from './result-lines.ts';
import type { TableScan } from './table-scan.ts';
import { windowsBySql } from './windows.sql.ts';

/** A window that differs is looked at again for so long: late rows may be on their way to it. */
const SETTLE_MS = 4_000;
const LOOK_MS = 400;
/** Percentiles of larger groups come from a sketch, and are within this share of the exact value. */
const EXACT_VALUES = 1_000;
const SKETCH_ERROR = 0.0101;

export interface WindowsOptions extends PublishedOptions {
  table: TableScan;
  late: LateRows;
  bins: boolean;
  /** Windows that end after this moment (epoch ms) wait for rows that are not published yet: they are left out. */
  openFrom: number | null;
}

export interface WindowsOutcome {
  records: number;
  compared: number;
  left: number;
  windows: AuditFindings['windows'];
  republished: AuditFindings['republished'];
  /** Rows set aside as late, by the queries that were compared. */
  late: { count: number; named: { query: string; id: string }[] };
  /** What was not compared, in sentences. */
  notes: string[];
}

type Difference = AuditFindings['windows']['named'][number];

const FIGURES = AGGREGATES.filter((one) => one !== 'count');

/** Aggregates that the query did not ask for are left out. */
export function figuresOf(result: WindowResult): AuditFigures {
  const figures: AuditFigures = { count: result.count };
  for (const one of FIGURES) if (result[one] !== undefined) figures[one] = String(result[one]);
  return figures;
}

/** Whether what was published is what SQL says, as far as the query asked for it. */
export function agrees(expected: AuditFigures, found: WindowResult): boolean {
  if (expected.count !== found.count) return false;
  const figures = figuresOf(found);
  return FIGURES.every((one) => {
    const [exact, told] = [expected[one], figures[one]];
    if (exact === undefined || told === undefined || exact === told) return true;
    if (one === 'distinctOrgs') return found.distinctOrgsAtLeast === true && Number(exact) >= Number(told);
    if (!one.startsWith('p') || found.count <= EXACT_VALUES) return false;
    return Math.abs(Number(told) - Number(exact)) <= Math.abs(Number(exact)) * SKETCH_ERROR + 0.01;
  });
}

/** Of hopping windows only: an event that some of its windows still count is put aside nowhere. */
function shortNotes(differing: readonly Difference[]): string[] {
  const short = differing.filter(
    ({ window, expected, found }) =>
      window.kind === 'hopping' && found !== null && found.count < (expected?.count ?? 0),
  );
  const queries = [...new Set(short.map(({ query }) => query))];
  return queries.map(
    (query) =>
      `Hopping windows of query "${query}" hold fewer rows than SQL finds: that may be events that came too late for the oldest of their windows and were counted in the others; these stand on no topic.`,
  );
}

export async function compareWindows(options: WindowsOptions, signal: AbortSignal): Promise<WindowsOutcome> {
  const published = new PublishedResults(options);
  const look = async (only: readonly Difference[] | null) => {
    await published.readToEnd(signal);
    published.leaveFrom(options.openFrom ?? Infinity);
    await options.late.readOn(signal);
    return differencesOf(published, options, only);
  };
  try {
    let found = await look(null);
    const giveUpAt = Date.now() + SETTLE_MS;
    while (found.differing.length > 0 && Date.now() < giveUpAt) {
      await pause(LOOK_MS, undefined, { signal });
      found = { ...(await look(found.differing)), compared: found.compared };
    }
    const { named } = options;
    const left = [...published.left.values()];
    const queries = [...new Set([...published.newest.values()].map(({ result }) => result.query))];
    const late = queries.flatMap((query) => options.late.of(query).map(({ id }) => ({ query, id })));
    return {
      records: published.records,
      compared: found.compared,
      left: published.open + published.foreign + left.reduce((sum, { results }) => sum + results, 0),
      windows: { count: found.differing.length, named: found.differing.slice(0, named) },
      republished: published.republished(),
      late: { count: late.length, named: late.slice(0, named) },
      notes: [
        ...left.map(
          ({ query, why, results }) => `Not compared: ${results} results of query "${query}": ${why}.`,
        ),
        ...shortNotes(found.differing),
      ],
    };
  } finally {
    await published.close();
  }
}

/** Compares all windows, or, when `only` is given, those that differed before. */
async function differencesOf(
  published: PublishedResults,
  options: WindowsOptions,
  only: readonly Difference[] | null,
): Promise<{ compared: number; differing: Difference[] }> {
  const differing: Difference[] = [];
  let compared = 0;
  const wanted = only === null ? null : new Set(only.map(windowKey));
  for (const { line, results, from, to, starts } of groupsOf(published.newest.values())) {
    // Differences of one form of a query are looked at again together; whose they are tells the name.
    if (only?.some(({ query }) => query === line.query) === false) continue;
    const seen = new Set<string>();
    for (const { expected, named, start } of await bySql(line, results, { from, to }, options)) {
      const key = windowKey(named);
      seen.add(key);
      if (wanted !== null && !wanted.has(key)) continue;
      const newest = standing(published.newest.get(key), line);
      if (newest === null && !line.strict && !starts.has(start)) continue;
      compared++;
      if (newest !== null && agrees(expected, newest)) continue;
      const found = newest === null ? null : figuresOf(newest);
      differing.push({ ...named, revision: newest?.revision ?? null, expected, found });
    }
    for (const { result } of results) {
      const key = windowKey(result);
      // A result that was withdrawn stands for no window any more.
      if (seen.has(key) || result.count === 0 || (wanted !== null && !wanted.has(key))) continue;
      if (Date.parse(result.window.start) < line.since) continue;
      compared++;
      const { query, window, group, revision } = result;
      differing.push({ query, window, group, revision, expected: null, found: figuresOf(result) });
    }
  }
  return { compared, differing };
}

/** The result that stands published for a window of this form. */
function standing(newest: Newest | undefined, line: ResultLine): WindowResult | null {
  return newest === undefined || newest.line !== line || newest.result.count === 0 ? null : newest.result;
}

interface Group {
  line: ResultLine;
  results: Newest[];
  /** From the first start to the last end, epoch ms. */
  from: number;
  to: number;
  starts: Set<number>;
}

/** Results of one form of a query belong together. */
function groupsOf(newest: Iterable<Newest>): Group[] {
  const groups = new Map<ResultLine, Group>();
  for (const one of newest) {
    const { line, result } = one;
    const [start, end] = [Date.parse(result.window.start), Date.parse(result.window.end)];
    let group = groups.get(line);
    if (group === undefined) {
      group = { line, results: [], from: Infinity, to: -Infinity, starts: new Set() };
      groups.set(line, group);
    }
    group.from = Math.min(group.from, start);
    group.to = Math.max(group.to, end);
    group.starts.add(start);
    group.results.push(one);
  }
  return [...groups.values()];
}

interface SqlWindow {
  start: number;
  named: Pick<Difference, 'query' | 'window' | 'group'>;
  expected: AuditFigures;
}

async function bySql(
  line: ResultLine,
  results: readonly Newest[],
  { from, to }: { from: number; to: number },
  { table, bins, late }: WindowsOptions,
): Promise<SqlWindow[]> {
  const asks = (...figures: Aggregate[]) =>
    results.some(({ result }) => figures.some((one) => one in result));
  const { text, values } = windowsBySql({
    ...line,
    percentiles: asks('p50', 'p95', 'p99'),
    distinctOrgs: asks('distinctOrgs'),
    from: Math.max(from, line.since),
    to,
    without: late.of(line.query),
    bins,
  });
  const rows = await table.rows(text, values);
  return rows.map(([start, end, org, region, count, ...figures]) => {
    const expected: AuditFigures = { count: Number(count) };
    FIGURES.forEach((one, at) => {
      const figure = figures[at];
      if (figure != null) expected[one] = figure;
    });
    const moment = (at: string | null | undefined) => new Date(Number(at)).toISOString();
    const window = { kind: line.window.kind, start: moment(start), end: moment(end) };
    const group = { ...(org == null ? {} : { org }), ...(region == null ? {} : { region }) };
    return { start: Number(start), named: { query: line.query, window, group }, expected };
  });
}
