// Passages in SQLite: when the processor had read up to which offset, once a second. Used by store.ts.
import type { HistoryDatabase } from './file.ts';
import { beforeSql, insertPassageSql, passedSql } from './passages.sql.ts';
import type { Passage, Passed } from './port.ts';

export interface PassageLog {
  /** Runs inside the caller's transaction. */
  record(passage: Passage): void;
  /** When the record at `offset` had been processed, looking from `from` (epoch ms) on; null when that is not known. */
  find(partition: number, offset: number, from: number): Passed | null;
}

export function openPassageLog(db: HistoryDatabase): PassageLog {
  const insert = db.prepare<[number, number, number, number | null]>(insertPassageSql());
  const passed = db.prepare<
    { partition: number; offset: number; from: number },
    { at: number; frame: number | null }
  >(passedSql());
  const before = db.prepare<[number, number], { at: number }>(beforeSql());
  return {
    record({ partition, at, offset, frameAt }) {
      insert.run(partition, at, offset, frameAt);
    },
    find(partition, offset, from) {
      const found = passed.get({ partition, offset, from });
      if (found === undefined) return null;
      return { at: found.at, after: before.get(partition, found.at)?.at ?? null, frameAt: found.frame };
    },
  };
}
