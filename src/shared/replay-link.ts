// The channel between the control plane and a replay's process: one process runs one replay and ends with exit code 0
// when it is done; a scout looks at topic and table for previews and stays for the next question.
import { z } from 'zod';
import { WindowResult } from './event.ts';
import { KafkaEndpoint, PostgresEndpoint } from './link.ts';
import { QuerySpec } from './query.ts';
import { PartitionPreview, ReplayRange, ReplayRequest, ResultKey } from './replay.ts';
import { RewindBounds } from './states.ts';

const Place = { dataDir: z.string(), logDir: z.string() };
const Span = z.object({ from: z.number(), to: z.number() });

/** Which rows a re-publish takes; every bound may be left open. */
export const RowRange = z.object({
  /** Inclusive. */
  ids: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  /** `created_at`, ISO 8601: from (inclusive), to (exclusive). */
  created: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  /** The newest so many of them. */
  last: z.number().nullable(),
});
export type RowRange = z.infer<typeof RowRange>;

export const ReplayConfig = z.object({
  ...Place,
  id: z.string(),
  request: ReplayRequest,
  /** Fixed at the preview: offsets for the processor, empty for the producer. */
  ranges: z.array(ReplayRange),
  ids: z.object({ from: z.string(), to: z.string() }).nullable(),
  total: z.number(),
  query: QuerySpec,
  /** Of the live line that a branch is compared with; null: none of their windows can be the same. */
  against: QuerySpec.nullable().default(null),
  postgres: PostgresEndpoint.nullable(),
  kafka: KafkaEndpoint,
  /** What the preview of a rewind fixed; null for the others. */
  bounds: RewindBounds.nullable().default(null),
  /** When the range was fixed, epoch ms. */
  fixedAt: z.number().default(0),
  /** From when to when its events were published, or its rows created, epoch ms; null: not known. */
  span: Span.nullable().default(null),
  created: RowRange.shape.created.default({ from: null, to: null }),
  /** pg_snapshot of the preview: rows committed after it are left out. Null where the table has no `tx`. */
  snapshot: z.string().nullable().default(null),
  paused: z.boolean().default(false),
});
export type ReplayConfig = z.infer<typeof ReplayConfig>;

export const ReplayReport = z.object({
  at: z.number(),
  done: z.number(),
  /** Events that came too late for the branch's query. */
  late: z.number().default(0),
  /** Results of the branch since the last report. */
  results: z.array(WindowResult),
  /** Of these results, and of the live ones of these windows, some events lie outside the range. */
  cuts: z.array(ResultKey).default([]),
  /** Windows that begin before may hold events that were not looked for, epoch ms. */
  wholeFrom: z.number().nullable().default(null),
  /** All of the range is read and its results are told; the comparison may begin. */
  read: z.boolean().default(false),
  /** Times of the first and the last event of the range, epoch ms; with `read`. */
  times: Span.nullable().default(null),
  finished: z.boolean(),
  /** By its speed; null when it goes as fast as it can. */
  secondsLeft: z.number().nullable().default(null),
  /** The last row that stands in the topic (re-publish). */
  lastId: z.string().nullable().default(null),
});
export type ReplayReport = z.infer<typeof ReplayReport>;

/** `cuts` {}: looks for events outside the range, tells the results they belong to, and ends. The others take {} too. */
export const REPLAY_CALLS = {
  pause: 'replay.pause',
  resume: 'replay.resume',
  cuts: 'replay.cuts',
  done: 'replay.done',
} as const;

export const ScoutConfig = z.object({ ...Place, scout: z.literal(true) });
export type ScoutConfig = z.infer<typeof ScoutConfig>;
export const ReplayChildConfig = z.union([ScoutConfig, ReplayConfig]);
export type ReplayChildConfig = z.infer<typeof ReplayChildConfig>;

/** What the scout is asked, each for at most `budgetMs` of looking. */
export const ScoutEvents = z.object({
  kafka: KafkaEndpoint,
  ranges: z.array(ReplayRange),
  query: QuerySpec,
  budgetMs: z.number(),
});
export type ScoutEvents = z.infer<typeof ScoutEvents>;
export const ScoutRows = z.object({
  kafka: KafkaEndpoint,
  postgres: PostgresEndpoint,
  range: RowRange,
});
export type ScoutRows = z.infer<typeof ScoutRows>;
export const ScoutQuery = z.object({
  kafka: KafkaEndpoint,
  spec: QuerySpec,
  fromMs: z.number(),
  maxEvents: z.number(),
  budgetMs: z.number(),
});
export type ScoutQuery = z.infer<typeof ScoutQuery>;

/** What was found in a range of events. */
export const FoundEvents = z.object({
  perPartition: z.array(PartitionPreview.omit({ old: true, new: true })),
  events: z.number(),
  windows: z.number(),
  bytes: z.number(),
  /** Event times, and times of publication. */
  timeRange: Span.nullable(),
  span: Span.nullable(),
  /** Events outside the range that are looked through when a branch over it is compared. */
  around: z.number(),
  /** What was read of it, how long the first of it took to come, and how long all of it, ms. */
  read: z.object({ events: z.number(), openedMs: z.number(), tookMs: z.number() }),
  exact: z.boolean(),
});
export type FoundEvents = z.infer<typeof FoundEvents>;
export const FoundRows = z.object({
  rows: z.number(),
  ids: z.object({ from: z.string(), to: z.string() }).nullable(),
  bytes: z.number(),
  timeRange: Span.nullable(),
  /** What a speed goes by: `created_at` of the first row by id, and the last one that is not ahead of now. */
  span: Span.nullable(),
  snapshot: z.string().nullable(),
  partitions: z.array(z.object({ partition: z.number(), rows: z.number() })),
  exact: z.boolean(),
});
export type FoundRows = z.infer<typeof FoundRows>;

/** events ScoutEvents → FoundEvents; rows ScoutRows → FoundRows; query ScoutQuery → QueryPreview; forget: a group to delete. */
export const SCOUT_CALLS = {
  events: 'scout.events',
  rows: 'scout.rows',
  query: 'scout.query',
  forgetGroup: 'scout.forget-group',
} as const;
export const ScoutForget = z.object({ kafka: KafkaEndpoint, group: z.string() });
