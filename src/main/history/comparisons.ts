// Results of branches beside the live ones: now, or as the live ones stood when the branch ended. Used by store.ts.
import type { ReplayComparison, ResultKey } from '../../shared/replay.ts';
import {
  clearBranchSql,
  clearKeptLiveSql,
  compareSql,
  cutSql,
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
}

export interface ComparisonLog {
  results(replayId: string, question: ComparisonQuestion): ReplayComparison[];
  summary(replayId: string, line: string, settled: boolean): ComparisonSummary;
  /** Keeps the live results of the branch's windows as they are now. */
  settle(replayId: string, line: string): void;
  /** Marks results that the range cut. */
  cut(replayId: string, keys: readonly ResultKey[]): void;
  /** Forgets the results of a branch, which begins anew. */
  clear(replayId: string): void;
  /** Forgets the replay altogether. */
  drop(replayId: string): void;
}

type Named = Record<string, string | number>;

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
        const [rank, there] = row.slice(-2);
        const [, ...window] = key;
        return {
          replay: fromCells(key, row.slice(KEY_CELLS, liveAt)),
          live: there === 1 ? fromCells([line, ...window], live) : null,
          equal: rank === 2,
          cut: rank === 3,
        };
      });
    },
    summary: (replay, line, settled) =>
      summaries[when(settled)].get({ replay, line }) ?? { windows: 0, compared: 0, different: 0, cut: 0 },
    settle: db.transaction((replay: string, line: string) => {
      clearKept.run(replay);
      keepLive.run({ replay, line });
    }),
    cut: db.transaction((replay: string, keys: readonly ResultKey[]) => {
      const names = queries.all(replay).map(({ query }) => query);
      for (const { window, group } of keys) {
        const start = Date.parse(window.start);
        const end = Date.parse(window.end);
        for (const query of names) cut.run(replay, query, start, end, window.kind, groupText(group));
      }
    }),
    clear,
    drop: db.transaction((replay: string) => {
      clear(replay);
      deleteReplay.run(replay);
    }),
  };
}
