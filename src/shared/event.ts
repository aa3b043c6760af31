// The event on `db_live_events` and the result on `db_live_results`: names and field order are relied on from outside.
import { z } from 'zod';

export const EventMode = z.enum(['normal', 'replay']);
export type EventMode = z.infer<typeof EventMode>;

/** Value of a record on `db_live_events`. `amount` is a JSON number in exact decimal text; a string is taken too. */
export const LiveEvent = z.object({
  /** A whole number of 64 bits: beyond 2^53 JSON.parse rounds it, the record's key has it exactly. */
  id: z.number().refine(Number.isInteger, 'is not a whole number'),
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

/** Headers of a record on the late or the dead topic; key and value are the original bytes. */
export const SIDE_HEADERS = {
  /** `topic/partition/offset` of the record aside. */
  source: 'livedb-source',
  reason: 'livedb-reason',
  /** Epoch ms at which it was put aside. */
  at: 'livedb-at',
  /** Late topic: name of the query, and `start/end` of the window that was gone, ISO 8601. */
  query: 'livedb-query',
  window: 'livedb-window',
  /** Bytes of the value, when it was too large to be kept whole. */
  cut: 'livedb-cut',
  /** Records of a batch that could not be unpacked: the value is the batch. */
  records: 'livedb-records',
} as const;

export const WindowRef = z.object({
  kind: z.enum(['tumbling', 'hopping', 'session']),
  start: z.string(),
  end: z.string(),
});
export const Group = z.object({ org: z.string().optional(), region: z.string().optional() });
export type Group = z.infer<typeof Group>;

/** Distinct orgs of a group are counted exactly up to here; the first one beyond it is the last that is counted. */
export const EXACT_DISTINCT = 100_000;

/**
 * Value of a record on `db_live_results`; money as decimal text with two places, avg rounded half up. A count of 0
 * withdraws a result: its session was joined with others, and the joined one has a result of its own; or the state went
 * back to before that window.
 */
export const WindowResult = z.object({
  window: WindowRef,
  group: Group,
  count: z.number().int().nonnegative(),
  /** Only the aggregates that the query asks for are there. */
  sum: z.string().optional(),
  avg: z.string().optional(),
  min: z.string().optional(),
  max: z.string().optional(),
  p50: z.string().optional(),
  p95: z.string().optional(),
  p99: z.string().optional(),
  distinctOrgs: z.number().int().nonnegative().optional(),
  /** Set when there are more than EXACT_DISTINCT orgs: `distinctOrgs` is then EXACT_DISTINCT + 1, and there may be more. */
  distinctOrgsAtLeast: z.literal(true).optional(),
  /** Grows when a late record corrects a window that was already published. */
  revision: z.number().int().nonnegative(),
  final: z.boolean(),
  query: z.string(),
  /** Set when the query leaves events out: SQL over the whole table then says something else. */
  filtered: z.literal(true).optional(),
});
export type WindowResult = z.infer<typeof WindowResult>;

/** The count of distinct orgs as a result holds it; `counted` stops at EXACT_DISTINCT + 1. */
export function distinctOrgs(counted: number): Pick<WindowResult, 'distinctOrgs' | 'distinctOrgsAtLeast'> {
  return { distinctOrgs: counted, ...(counted > EXACT_DISTINCT ? { distinctOrgsAtLeast: true } : {}) };
}

/** Key of a result's record: window start, end and group. Of a group of two fields each is escaped, so that "/" divides. */
export function resultKey({ window, group }: Pick<WindowResult, 'window' | 'group'>): string {
  const { org, region } = group;
  const name =
    org !== undefined && region !== undefined
      ? `${encodeURIComponent(org)}/${encodeURIComponent(region)}`
      : (org ?? region ?? '');
  return `${window.start}/${window.end}/${name}`;
}
