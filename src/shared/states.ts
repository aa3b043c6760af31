// States that the processor keeps: checkpoints, savepoints, and going back to one. Commands `state.*`; and what a line
// (one running query) tells of its time and state.
import { z } from 'zod';
import { LiveDbErrorData } from './errors.ts';
import { QuerySpec } from './query.ts';

export const StateKind = z.enum(['checkpoint', 'savepoint']);
export type StateKind = z.infer<typeof StateKind>;

/** `checkpoint-12` or `savepoint-<name>`. */
export const StateId = z.string().regex(/^(checkpoint-\d{1,12}|savepoint-[a-z0-9][a-z0-9_-]{0,63})$/);

export const SavepointName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'use up to 64 lower-case letters, digits, "-" and "_"');

export const StateInfo = z.object({
  id: z.string(),
  kind: StateKind,
  /** Of a savepoint; null for a checkpoint. */
  name: z.string().nullable(),
  query: z.string(),
  /** Epoch ms. */
  at: z.number(),
  bytes: z.number(),
  durationMs: z.number(),
  /** Events taken in up to it. */
  events: z.number(),
  /** Next offset to read, per partition. */
  offsets: z.record(z.string(), z.string()),
  /** Epoch ms. */
  watermark: z.number().nullable(),
  /** The state that the line would start from now. */
  newest: z.boolean(),
});
export type StateInfo = z.infer<typeof StateInfo>;

/** A savepoint of a query that was dropped; a new query can go on from it (`query.put`, `from`). */
export const KeptState = StateInfo.extend({
  /** What it computes; null when its file says no more than that it is there. */
  spec: QuerySpec.nullable(),
});
export type KeptState = z.infer<typeof KeptState>;

/** One checkpoint or savepoint on the timeline, also one that was given up. */
export const CheckpointMark = z.object({
  at: z.number(),
  bytes: z.number(),
  durationMs: z.number(),
  /** The longest time that events waited for it, ms. */
  stallMs: z.number(),
  kind: StateKind,
  name: z.string().nullable(),
  /** Why it was not written; null when it was. */
  failed: z.string().nullable(),
});
export type CheckpointMark = z.infer<typeof CheckpointMark>;
/** So many are kept for the timeline. */
export const TIMELINE_MARKS = 100;

/** How event time stands in one partition. */
export const PartitionTime = z.object({
  partition: z.number().int(),
  /** Next offset to read, and the end of the log as last heard (decimal text). */
  offset: z.string(),
  end: z.string(),
  /** Largest event time that counts for the watermark, epoch ms. */
  maxTime: z.number().nullable(),
  /** `maxTime` less the bound of disorder, epoch ms. */
  watermark: z.number().nullable(),
  /** Read to its end and silent for the idle timeout: it does not hold the watermark back. */
  idle: z.boolean(),
  /** Wall clock of its last record, epoch ms; null before the first. */
  lastArrival: z.number().nullable(),
  /** Events dated so far in the future that they do not move the watermark. */
  future: z.number(),
});
export type PartitionTime = z.infer<typeof PartitionTime>;

/** A rewind under way, or the last one. */
export const RewindProgress = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled', 'undone']),
  /** Events to read in all, and read so far; as its preview said. */
  done: z.number(),
  total: z.number(),
  /** Events read beside these: they came after the preview. */
  live: z.number().default(0),
  /** Windows touched, and results (window and group) of them that were or will be published again. */
  windows: z.number(),
  results: z.number(),
  /** Events that had been put aside as late, and that these windows count. */
  late: z.number().default(0),
  paused: z.boolean().default(false),
  /** When the newest events read were published, epoch ms: what its speed goes by. Null: not known yet. */
  at: z.number().nullable().default(null),
  error: LiveDbErrorData.nullable(),
});
export type RewindProgress = z.infer<typeof RewindProgress>;

/** One running query as its line tells it. */
export const LineReport = z.object({
  query: z.string(),
  paused: z.boolean(),
  events: z.number(),
  results: z.number(),
  late: z.number(),
  /** Events that no window of the query counts, because they came too late or there was no room for their group. */
  dropped: z.number(),
  /** Those for which there was no room; part of `dropped`. */
  overflow: z.number().default(0),
  unreadable: z.number(),
  /** Events dated in the future beyond what counts for the watermark; part of `events`. */
  future: z.number(),
  lag: z.object({ events: z.number(), seconds: z.number() }),
  /** Epoch ms. */
  watermark: z.number().nullable(),
  openWindows: z.number(),
  groups: z.number(),
  /** The present question, and those before it that still have windows which late events correct. */
  questions: z.number().default(1),
  offsets: z.record(z.string(), z.string()),
  checkpoint: z.object({ at: z.number(), bytes: z.number(), durationMs: z.number() }).nullable(),
  partitions: z.array(PartitionTime),
  error: z.string().nullable(),
  rewind: RewindProgress.nullable(),
});
export type LineReport = z.infer<typeof LineReport>;

const Places = z.record(z.string(), z.string());
/** What a preview has fixed of a rewind, offsets by partition: the rewind named with it touches and reads just this. */
export const RewindBounds = z.object({
  /** End (exclusive) of the events whose windows are touched; what comes after is read, and touches none. */
  upTo: Places,
  /** Where the reading begins, so that every window touched is whole. */
  from: Places,
  total: z.number(),
  query: QuerySpec,
});
export type RewindBounds = z.infer<typeof RewindBounds>;

/** What a rewind would touch and read; `line.rewind` with its bounds does just that. */
export const RewindPreview = RewindBounds.extend({
  /** Events from the offsets on. */
  events: z.number(),
  windows: z.number(),
  results: z.number(),
  /** Keys and values of the events read, and how long the reading took. */
  bytes: z.number(),
  tookMs: z.number(),
  /** When the first and the last of the events read were published, epoch ms: what a speed goes by. */
  span: z.object({ from: z.number(), to: z.number() }).nullable().default(null),
  /** Why all of the topic must be read; null when a part is enough. */
  everything: z.enum(['session', 'future']).nullable(),
  /** Event time of the first and the last of the events from the offsets on, epoch ms. */
  firstTime: z.number().nullable(),
  lastTime: z.number().nullable(),
});
export type RewindPreview = z.infer<typeof RewindPreview>;

/** From where on a line computes what it computes now. */
export const LineState = z.object({
  spec: QuerySpec,
  /** Its windows begin at or after it, event time in epoch ms; null: all of them are of this form. */
  from: z.number().nullable(),
  /** When it last left events out and went on from now, epoch ms; 0 for never. */
  skippedAt: z.number(),
});
export type LineState = z.infer<typeof LineState>;

/** What the undo of a rewind would do. */
export const UndoPreview = z.object({
  /** When the state was written down that it goes back to, epoch ms. */
  at: z.number(),
  /** Events that came since; they are read again, into windows alone. */
  events: z.number(),
  /** Results that are published again, because they stand otherwise since. */
  putBack: z.number(),
  /** Results of windows that were not there before: withdrawn by a record with count 0. */
  withdrawn: z.number(),
});
export type UndoPreview = z.infer<typeof UndoPreview>;

const Line = { query: z.string().min(1).max(64) };
const Done = z.object({ ok: z.literal(true) });

export const STATE_COMMANDS = {
  /** Newest first; also while the processor is stopped. */
  'state.list': { input: z.object(Line).strict(), output: z.array(StateInfo) },
  /** Savepoints of queries that were dropped, newest first. */
  'state.kept': { input: z.object({}).strict(), output: z.array(KeptState) },
  /** The last checkpoints and savepoints of a query, oldest first, also those that were given up. */
  'state.timeline': { input: z.object(Line).strict(), output: z.array(CheckpointMark) },
  /** What `replay.undo` of this rewind would do. */
  'undo.preview': {
    input: z.object({ ...Line, id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,47}$/) }).strict(),
    output: UndoPreview,
  },
  'state.save': { input: z.object({ ...Line, name: SavepointName }).strict(), output: StateInfo },
  /** Savepoints only, also those of dropped queries; `confirm` must repeat the id. */
  'state.delete': { input: z.object({ ...Line, id: StateId, confirm: z.string() }).strict(), output: Done },
  /** The line goes on from that state; the present one stays as a savepoint, which is named in the answer. */
  'state.restore': {
    input: z.object({ ...Line, id: StateId }).strict(),
    output: z.object({ ok: z.literal(true), before: z.string() }),
  },
} as const;
