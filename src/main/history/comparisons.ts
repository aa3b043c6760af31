// Results of branches beside the live ones: now, or as the live ones stood when the branch ended. Used by store.ts.
import type { WindowResult } from '../../shared/event.ts';
import type { ReplayComparison, ResultKey } from '../../shared/replay.ts';
import {
  clearBranchSql,
  clearKeptLiveSql,
  compareSql,
  cutSql,
  dropCutLiveSql,
  dropLiveBeforeSql,
  keepLiveOnlySql,
  keepLiveSql,
  queriesOfReplaySql,
  summarySql,
} from './comparisons.sql.ts';
import type { HistoryDatabase } from './file.ts';
import { deleteReplaySql } from './journal.sql.ts';
import { type Cell, FIGURE_CELLS, fromCells, groupText, KEY_CELLS } from './results.ts';

export interface ComparisonQuestion {
  /** Name of the live query that it is compared with. */
  line: string;
  /** With the live results as they were kept. */
  settled: boolean;
  limit: number;
  order: 'difference' | 'time';
}

export interface ComparisonSummary {
  windows: number;
  compared: number;
  different: number;
  cut: number;
  liveOnly: number;
}

/** Which live results are held against a branch, beside those of its own windows. */
export interface LiveWindows {
  kind: WindowResult['window']['kind'];
  /** Null: of any length (sessions). */
  lengthMs: number | null;
  /** What they are grouped by. */
  org: boolean;
  region: boolean;
  /** They begin after it and end at or before `to`, epoch ms. */
  from: number;
  to: number;
}

export interface ComparisonLog {
  results(replayId: string, question: ComparisonQuestion): ReplayComparison[];
  summary(replayId: string, line: string, settled: boolean): ComparisonSummary;
  /** Keeps the live results of the branch's windows, and of those that it lacks, as they are now. */
  settle(replayId: string, line: string, windows: LiveWindows): void;
  /** Marks results that the range cut; live ones that the branch lacks are let go of, also those from before a moment. */
  cut(replayId: string, keys: readonly ResultKey[], wholeFrom: number | null): void;
  /** Forgets the results of a branch, which begins anew. */
  clear(replayId: string): void;
  /** Forgets the replay altogether. */
  drop(replayId: string): void;
}

type Named = Record<string, string | number | null>;

const NOTHING: ComparisonSummary = { windows: 0, compared: 0, different: 0, cut: 0, liveOnly: 0 };

export function openComparisonLog(db: HistoryDatabase): ComparisonLog {
  const compare = (settled: boolean, order: ComparisonQuestion['order']) =>
    db.prepare<Named>(compareSql(settled, order)).raw();
  const rows = {
    now: { difference: compare(false, 'difference'), time: compare(false, 'time') },
    kept: { difference: compare(true, 'difference'), time: compare(true, 'time') },
  };
  const summaries = {
    now: db.prepare<Named, ComparisonSummary>(summarySql(false)),
    kept: db.prepare<Named, ComparisonSummary>(summarySql(true)),
  };
  const keepLive = db.prepare<Named>(keepLiveSql());
  const keepLiveOnly = db.prepare<Named>(keepLiveOnlySql());
  const dropCutLive = db.prepare<Named>(dropCutLiveSql());
  const dropLiveBefore = db.prepare<Named>(dropLiveBeforeSql());
  const cut = db.prepare<Cell[]>(cutSql());
  const queries = db.prepare<[string], { query: string }>(queriesOfReplaySql());
  const clearBranch = db.prepare<[string]>(clearBranchSql());
  const clearKept = db.prepare<[string]>(clearKeptLiveSql());
  const deleteReplay = db.prepare<[string]>(deleteReplaySql());
  const when = (settled: boolean) => (settled ? 'kept' : 'now');

  const clear = (replayId: string) => {
    clearBranch.run(replayId);
    clearKept.run(replayId);
  };

  return {
    results(replay, { line, settled, limit, order }) {
      return (rows[when(settled)][order].all({ replay, line, limit }) as Cell[][]).map((row) => {
        const key = row.slice(0, KEY_CELLS);
        const liveAt = KEY_CELLS + FIGURE_CELLS;
        const live = row.slice(liveAt, liveAt + FIGURE_CELLS);
        const [rank, mine, there] = row.slice(-3);
        const [, ...window] = key;
        return {
          replay: mine === 1 ? fromCells(key, row.slice(KEY_CELLS, liveAt)) : null,
          live: there === 1 ? fromCells([line, ...window], live) : null,
          equal: rank === 2,
          cut: rank === 3,
        };
      });
    },
    summary: (replay, line, settled) => summaries[when(settled)].get({ replay, line }) ?? NOTHING,
    settle: db.transaction((replay: string, line: string, windows: LiveWindows) => {
      clearKept.run(replay);
      keepLive.run({ replay, line });
      const { org, region } = windows;
      keepLiveOnly.run({ replay, line, ...windows, org: Number(org), region: Number(region) });
    }),
    cut: db.transaction((replay: string, keys: readonly ResultKey[], wholeFrom: number | null) => {
      if (wholeFrom !== null) dropLiveBefore.run({ replay, from: wholeFrom });
      const names = queries.all(replay).map(({ query }) => query);
      for (const { window, group } of keys) {
        const start = Date.parse(window.start);
        const end = Date.parse(window.end);
        const grp = groupText(group);
        for (const query of names) cut.run(replay, query, start, end, window.kind, grp);
        dropCutLive.run({ replay, kind: window.kind, grp, start, end });
      }
    }),
    clear,
    drop: db.transaction((replay: string) => {
      clear(replay);
      deleteReplay.run(replay);
    }),
  };
}
