// How far the capture has come, together with where the topic stood then: saved as one thing after the acknowledgement,
// so that a successor knows from which row to capture again and from which offsets to look for what is already there.
import { z } from 'zod';

const IntegerText = z.string().regex(/^-?\d+$/);
const Range = z.tuple([IntegerText, IntegerText]);

/** Rows that were published before this cursor began: id at most `id` and not in `gaps`, written before `below`. */
const Carried = z.object({ below: IntegerText, id: IntegerText, gaps: z.array(Range) });
export type Carried = z.infer<typeof Carried>;

export const CapturePosition = z.object({
  /** Last transaction (xid8) of the tx cursor; null for the id cursor. */
  tx: IntegerText.nullable(),
  id: IntegerText,
  /** Skipped ids of the id cursor that a running transaction may still fill, as inclusive ranges. */
  gaps: z.array(Range),
  /** Only for a tx cursor that took over from another way of counting. */
  carried: Carried.nullable(),
  /** Whole transactions after `tx` that are published already, as inclusive ranges: the log gives them by their commits. */
  ahead: z.array(Range).default([]),
  /** Transactions after (tx, id) of which only these ids are published already. */
  partial: z.array(z.object({ tx: IntegerText, ids: z.array(Range) })).default([]),
  /** Where the server's log stood behind this place; null while it is not followed. */
  lsn: z.string().nullable().default(null),
});
export type CapturePosition = z.infer<typeof CapturePosition>;

export const StoredPosition = z.object({
  capture: CapturePosition,
  /** Next offset per partition: all of ours for rows after `capture` stands at or after these. */
  offsets: z.record(z.string(), z.number().int().nonnegative()),
  /** Rows published since the first start on this topic. */
  published: z.number().int().nonnegative(),
});
export type StoredPosition = z.infer<typeof StoredPosition>;

/** The row that the position stands on, for `producer_offsets`. */
export interface LastRow {
  id: string;
  createdAt: string | null;
}

/** Whether the first of two ids is the higher one. */
export function isHigher(id: string, other: string): boolean {
  if (id.startsWith('-') || other.startsWith('-')) return BigInt(id) > BigInt(other);
  return id.length === other.length ? id > other : id.length > other.length;
}

export interface PositionStore {
  load(): Promise<StoredPosition | null>;
  /** Durable when it resolves, or replaced by an older one after a crash: never by half of both. */
  save(position: StoredPosition, last: LastRow | null): Promise<void>;
}

/** Below every id there is: bigint's own smallest value. */
export const BEFORE_ALL_IDS = '-9223372036854775808';

/** Before all rows, by transaction; with `tx` null, by id. */
export const NOWHERE: CapturePosition = {
  tx: '0',
  id: BEFORE_ALL_IDS,
  gaps: [],
  carried: null,
  ahead: [],
  partial: [],
  lsn: null,
};
