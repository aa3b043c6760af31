// Window results in SQLite: the newest revision of each live window, and the windows of branches.
import { distinctOrgs, type WindowResult } from '../../shared/event.ts';
import type { HistoryDatabase } from './file.ts';
import {
  newestWindowSql,
  nextQuerySql,
  nextResultSql,
  nextWindowSql,
  upsertReplayResultSql,
  upsertResultSql,
  windowRowsSql,
  windowsAtSql,
} from './results.sql.ts';

/** Rows of one answer; with more groups, fewer windows are shown. */
const MAX_ANSWER_ROWS = 20_000;

export type Cell = string | number | null;

export interface ResultLog {
  record(results: readonly WindowResult[]): void;
  recordReplay(replayId: string, results: readonly WindowResult[]): void;
  /**
   * Live results of windows that start in [from, to), oldest first. When there are more than `maxWindows` windows
   * (or too many rows), every k-th window is given, whole and unaltered: percentiles cannot be merged.
   */
  range(from: number, to: number, maxWindows: number): WindowResult[];
  /** Windows that hold a moment (epoch ms), of this org or of this region. */
  at(moment: number, org: string, region: string): WindowResult[];
  queries(): string[];
  /** Start of the first window at or after a moment; null when there is none. */
  next(from: number): number | null;
}

export function groupText(group: WindowResult['group']): string {
  return JSON.stringify({ org: group.org, region: group.region });
}

function cells(result: WindowResult): Cell[] {
  return [
    result.query,
    Date.parse(result.window.start),
    Date.parse(result.window.end),
    result.window.kind,
    groupText(result.group),
    result.revision,
    result.count,
    result.sum ?? '',
    result.avg ?? '',
    result.min ?? '',
    result.max ?? '',
    result.p50 ?? '',
    result.p95 ?? '',
    result.p99 ?? '',
    result.final ? 1 : 0,
    result.distinctOrgs ?? null,
  ];
}

export const KEY_CELLS = 5;
export const FIGURE_CELLS = 11;

export function fromCells(key: readonly Cell[], figures: readonly Cell[]): WindowResult {
  const [query, start, end, kind, group] = key;
  const [revision, count, sum, avg, min, max, p50, p95, p99, final, orgs] = figures;
  return {
    window: {
      kind: kind === 'hopping' || kind === 'session' ? kind : 'tumbling',
      start: new Date(Number(start)).toISOString(),
      end: new Date(Number(end)).toISOString(),
    },
    group: JSON.parse(String(group)) as WindowResult['group'],
    count: Number(count),
    ...asked({ sum, avg, min, max, p50, p95, p99 }),
    ...(orgs === null || orgs === undefined ? {} : distinctOrgs(Number(orgs))),
    revision: Number(revision),
    final: final === 1,
    query: String(query),
  };
}

/** Aggregates that the query did not ask for stand as empty texts. */
function asked<Name extends string>(texts: Record<Name, Cell | undefined>): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name in texts) if (texts[name] !== '') found[name] = String(texts[name]);
  return found;
}

export function openResultLog(db: HistoryDatabase): ResultLog {
  const upsert = db.prepare<Cell[]>(upsertResultSql());
  const upsertReplay = db.prepare<Cell[]>(upsertReplayResultSql());
  const nextResult = db.prepare<[string, number], { at: number | null }>(nextResultSql());
  const nextQuery = db.prepare<[string], { query: string | null }>(nextQuerySql());
  const nextWindow = db.prepare<[string, number, number], { start: number; end: number }>(nextWindowSql());
  const newestWindow = db.prepare<
    { query: string; from: number; to: number },
    { start: number; end: number; n: number }
  >(newestWindowSql());
  const windowRows = db.prepare(windowRowsSql()).raw();
  const windowsAt = db.prepare(windowsAtSql()).raw();

  function queries(): string[] {
    const found: string[] = [];
    for (let next = nextQuery.get('')?.query ?? null; next !== null; ) {
      found.push(next);
      next = nextQuery.get(next)?.query ?? null;
    }
    return found;
  }

  /** Distance of the windows shown, ms; 1 shows them all. A multiple of the size, so it stays put as time goes on. */
  function stride(query: string, from: number, to: number, maxWindows: number): number {
    const newest = newestWindow.get({ query, from, to });
    if (newest === undefined) return 1;
    const size = Math.max(1, newest.end - newest.start);
    const windows = Math.min(maxWindows, Math.max(1, Math.floor(MAX_ANSWER_ROWS / newest.n)));
    const every = Math.ceil((to - from) / size / windows);
    return every <= 1 ? 1 : every * size;
  }

  return {
    record(results) {
      for (const result of results) upsert.run(...cells(result));
    },
    recordReplay(replayId, results) {
      for (const result of results) upsertReplay.run(replayId, ...cells(result));
    },
    range(from, to, maxWindows) {
      const answer: WindowResult[] = [];
      const names = queries();
      for (const query of names) {
        const step = stride(query, from, to, maxWindows);
        let window = nextWindow.get(query, from, to);
        while (window !== undefined) {
          for (const row of windowRows.all(query, window.start) as Cell[][]) {
            answer.push(fromCells(row.slice(0, KEY_CELLS), row.slice(KEY_CELLS)));
          }
          const after = (Math.floor(window.start / step) + 1) * step;
          window = nextWindow.get(query, after, to);
        }
      }
      // Query by query so far.
      const startOf = ({ window }: WindowResult) => Date.parse(window.start);
      return names.length < 2 ? answer : answer.sort((a, b) => startOf(a) - startOf(b));
    },
    at(moment, org, region) {
      const groups = { org: groupText({ org }), region: groupText({ region }) };
      return queries().flatMap((query) =>
        (windowsAt.all({ query, at: moment, ...groups }) as Cell[][]).map((row) =>
          fromCells(row.slice(0, KEY_CELLS), row.slice(KEY_CELLS)),
        ),
      );
    },
    queries,

    next(from) {
      const starts = queries().map((query) => nextResult.get(query, from)?.at ?? Number.POSITIVE_INFINITY);
      const first = Math.min(...starts);
      return Number.isFinite(first) ? first : null;
    },
  };
}
