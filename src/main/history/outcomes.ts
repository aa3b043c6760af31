// What became of the records on the dead topic, in SQLite: sent again, dismissed, or on its way. Written at once, not with
// the second's batch: a send that was begun must be known after a kill. Used by store.ts.
import { z } from 'zod';
import type { HistoryDatabase } from './file.ts';
import {
  countOutcomesSql,
  dropOutcomeSql,
  forgetOutcomesSql,
  outcomeSql,
  putOutcomeSql,
} from './outcomes.sql.ts';

/** Of a record of the dead topic, by its place there. */
export interface SideOutcome {
  partition: number;
  offset: number;
  /** Timestamp of the record, epoch ms: tells a topic that was made anew. */
  stamp: number;
  state: 'sending' | 'sent' | 'dismissed';
  /** Epoch ms of the decision. */
  at: number;
  /** Where the events topic ended before it was sent, per partition; null when it was not. */
  tail: Readonly<Record<string, number>> | null;
  /** Where it stands since, in the events topic. */
  sentTo: { partition: number; offset: number } | null;
}

export interface OutcomeLog {
  /** Null when nothing was decided on the record at this place with this timestamp. */
  find(place: Pick<SideOutcome, 'partition' | 'offset' | 'stamp'>): SideOutcome | null;
  put(outcome: SideOutcome): void;
  drop(partition: number, offset: number): void;
  /** How many of the records in [low, high) of a partition were sent or dismissed; forgets those below. */
  settled(partition: number, low: number, high: number): number;
}

interface Row {
  stamp: number;
  state: string;
  at: number;
  tail: string | null;
  sentPartition: number | null;
  sentOffset: number | null;
}

const State = z.enum(['sending', 'sent', 'dismissed']);
const Tail = z.record(z.string(), z.number());

export function openOutcomeLog(db: HistoryDatabase): OutcomeLog {
  const find = db.prepare<[number, number], Row>(outcomeSql());
  const put = db.prepare<Row & { partition: number; offset: number }>(putOutcomeSql());
  const drop = db.prepare<[number, number]>(dropOutcomeSql());
  const count = db.prepare<[number, number, number], { n: number }>(countOutcomesSql());
  const forget = db.prepare<[number, number]>(forgetOutcomesSql());
  return {
    find({ partition, offset, stamp }) {
      const row = find.get(partition, offset);
      if (row === undefined) return null;
      if (row.stamp !== stamp) {
        drop.run(partition, offset);
        return null;
      }
      const { sentPartition, sentOffset } = row;
      return {
        partition,
        offset,
        stamp,
        state: State.parse(row.state),
        at: row.at,
        tail: row.tail === null ? null : Tail.parse(JSON.parse(row.tail)),
        sentTo:
          sentPartition === null || sentOffset === null
            ? null
            : { partition: sentPartition, offset: sentOffset },
      };
    },
    put({ tail, sentTo, ...rest }) {
      put.run({
        ...rest,
        tail: tail === null ? null : JSON.stringify(tail),
        sentPartition: sentTo?.partition ?? null,
        sentOffset: sentTo?.offset ?? null,
      });
    },
    drop: (partition, offset) => void drop.run(partition, offset),
    settled(partition, low, high) {
      forget.run(partition, low);
      return count.get(partition, low, high)?.n ?? 0;
    },
  };
}
