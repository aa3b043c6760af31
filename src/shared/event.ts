// The event on `db_live_events` and the result on `db_live_results`: names and field order are relied on from outside.
import { z } from 'zod';

export const EventMode = z.enum(['normal', 'replay']);
export type EventMode = z.infer<typeof EventMode>;

/** Value of a record on `db_live_events`. `amount` is a JSON number in exact decimal text; a string is taken too. */
export const LiveEvent = z.object({
  id: z.number().int(),
  payload: z.object({
    org: z.string(),
    amount: z.union([z.number(), z.string()]),
    region: z.string(),
  }),
  meta: z.object({
    source: z.string(),
    /** ISO 8601, UTC, milliseconds. */
    created_at: z.string(),
    mode: EventMode,
  }),
});
export type LiveEvent = z.infer<typeof LiveEvent>;

/** Record headers of an event: what LiveDB carries beside the fixed value. */
export const EVENT_HEADERS = {
  /** `tx:id` of the captured row: transaction id (xid8) and row id, both decimal. */
  position: 'livedb-position',
  /** Epoch milliseconds at which the producer read the row. */
  capturedAt: 'livedb-captured-at',
  /** Id of the replay that published the record; absent in mode "normal". */
  replayId: 'livedb-replay',
} as const;

export const WindowRef = z.object({
  kind: z.enum(['tumbling', 'hopping', 'session']),
  start: z.string(),
  end: z.string(),
});
export const Group = z.object({ org: z.string().optional(), region: z.string().optional() });
export type Group = z.infer<typeof Group>;

/** Value of a record on `db_live_results`; money as decimal text with two places, avg rounded half up. */
export const WindowResult = z.object({
  window: WindowRef,
  group: Group,
  count: z.number().int().nonnegative(),
  sum: z.string(),
  avg: z.string(),
  min: z.string(),
  max: z.string(),
  p50: z.string(),
  p95: z.string(),
  p99: z.string(),
  /** Grows when a late record corrects a window that was already published. */
  revision: z.number().int().nonnegative(),
  final: z.boolean(),
  query: z.string(),
});
export type WindowResult = z.infer<typeof WindowResult>;
