// Replays: old events or rows once more, as an experiment. A branch asks another question beside the live line; a rewind
// takes the live line back and computes windows again; a re-publish sends rows to the topic again in mode "replay".
import { z } from 'zod';
import { LiveDbErrorData } from './errors.ts';
import { Group, WindowRef, WindowResult } from './event.ts';
import { QuerySpec } from './query.ts';

const Offset = z.string().regex(/^\d+$/, 'an offset is a whole number as text');
const Id = z.string().regex(/^-?\d+$/, 'an id is a whole number as text');
const AnyOffset = z.union([Offset, z.number().int().nonnegative().transform(String)]);
const AnyId = z.union([Id, z.number().int().transform(String)]);
const PartitionName = z.string().regex(/^\d+$/);
/** ISO 8601, or epoch ms. */
const Moment = z.union([
  z.iso.datetime({ offset: true }),
  z
    .number()
    .int()
    .nonnegative()
    .transform((ms) => new Date(ms).toISOString()),
]);
const COUNT = z.number().int().min(1).max(1_000_000_000);
const DURATION_MS = z
  .number()
  .int()
  .min(1)
  .max(3_650 * 86_400_000);
const Offsets = z.record(PartitionName, AnyOffset);

const Beginning = z.object({ kind: z.literal('beginning') }).strict();
/** For events: the moment at which they were published. For rows: `created_at`. */
const Time = z.object({ kind: z.literal('time'), at: Moment }).strict();
const Last = z.object({ kind: z.literal('last'), count: COUNT }).strict();
/** The last so many ms, counted from the preview. */
const Duration = z.object({ kind: z.literal('duration'), ms: DURATION_MS }).strict();

export const ProcessorFrom = z.discriminatedUnion('kind', [
  Beginning,
  /** Partitions that are not named are left out (a rewind: stay where they are). */
  z.object({ kind: z.literal('offsets'), offsets: Offsets }).strict(),
  Time,
  /** The last N events over all partitions, shared out evenly. */
  Last,
  Duration,
  /** So many events from the line's present position, back (negative) or on; one number is for each partition. */
  z
    .object({
      kind: z.literal('shift'),
      by: z.union([z.number().int(), z.record(PartitionName, z.number().int())]),
    })
    .strict(),
]);
export type ProcessorFrom = z.infer<typeof ProcessorFrom>;

export const ProcessorTo = z.discriminatedUnion('kind', [
  /** The end of the topic at the preview. */
  z.object({ kind: z.literal('now') }).strict(),
  /** Exclusive. */
  Time,
  z.object({ kind: z.literal('offsets'), offsets: Offsets }).strict(),
]);
export type ProcessorTo = z.infer<typeof ProcessorTo>;

export const ProducerFrom = z.discriminatedUnion('kind', [
  Beginning,
  z.object({ kind: z.literal('id'), id: AnyId }).strict(),
  Time,
  Last,
  Duration,
]);
export type ProducerFrom = z.infer<typeof ProducerFrom>;

export const ProducerTo = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('now') }).strict(),
  /** Inclusive. */
  z.object({ kind: z.literal('id'), id: AnyId }).strict(),
  /** Exclusive. */
  Time,
]);
export type ProducerTo = z.infer<typeof ProducerTo>;

export const Speed = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('max') }).strict(),
  /** Times as fast as it happened, by the time of the events; 1 is real time. */
  z.object({ kind: z.literal('times'), factor: z.number().min(0.1).max(1_000) }).strict(),
]);
export type Speed = z.infer<typeof Speed>;

const AS_FAST_AS_POSSIBLE: Speed = { kind: 'max' };
const ReplayName = z.string().trim().min(1).max(80);
const Shared = {
  speed: Speed.default(AS_FAST_AS_POSSIBLE),
  name: ReplayName.nullable().default(null),
  /** Id of a preview of this request: its range is read, whatever has come since. Null looks anew. */
  preview: z.string().max(64).nullable().default(null),
};

export const ReplayRequest = z.discriminatedUnion('stage', [
  z
    .object({
      stage: z.literal('processor'),
      target: z.enum(['branch', 'rewind']).default('branch'),
      from: ProcessorFrom,
      /** Null: to the end at the preview. A rewind always goes on to the live end. */
      to: ProcessorTo.nullable().default(null),
      /** The question of a branch; null: the live one. A rewind keeps that of its line. */
      query: QuerySpec.nullable().default(null),
      /** Which query a rewind takes back, a shift counts from, a branch is compared with; null: the primary one. */
      line: z.string().max(64).nullable().default(null),
      ...Shared,
    })
    .strict(),
  z
    .object({
      stage: z.literal('producer'),
      target: z.literal('republish').default('republish'),
      from: ProducerFrom,
      to: ProducerTo.nullable().default(null),
      ...Shared,
    })
    .strict(),
]);
export type ReplayRequest = z.infer<typeof ReplayRequest>;
/** As a person or a script writes it: what has a default may be left out. */
export type ReplayRequestInput = z.input<typeof ReplayRequest>;
export type ProcessorReplayRequest = Extract<ReplayRequest, { stage: 'processor' }>;
export type ProducerReplayRequest = Extract<ReplayRequest, { stage: 'producer' }>;
export type ReplayTarget = ReplayRequest['target'];

export const ReplayRange = z.object({
  partition: z.number().int(),
  /** First offset read (inclusive) and end (exclusive), fixed when the replay was asked for. */
  from: Offset,
  to: Offset,
  events: z.number(),
});
export type ReplayRange = z.infer<typeof ReplayRange>;

/** What a replay does to one partition. Offsets as text; null where there is none. */
export const PartitionPreview = z.object({
  partition: z.number().int(),
  events: z.number(),
  /** Offsets read: from (inclusive), to (exclusive). Of a re-publish: null, the offsets are given by Kafka. */
  from: Offset.nullable(),
  to: Offset.nullable(),
  /** Where the line stands now, and where a rewind begins to read (a branch: where the branch begins). */
  old: Offset.nullable(),
  new: Offset.nullable(),
  /** Event times, epoch ms. */
  firstAt: z.number().nullable(),
  lastAt: z.number().nullable(),
});
export type PartitionPreview = z.infer<typeof PartitionPreview>;

export const ReplayConflict = z.object({
  code: z.string(),
  message: z.string(),
  /** It cannot be started so. */
  blocking: z.boolean(),
});
export type ReplayConflict = z.infer<typeof ReplayConflict>;

export const ReplayPreview = z.object({
  /** Name it in the request of `replay.start` (`preview`), so that exactly this range is replayed. */
  id: z.string(),
  /** Events (processor) or rows (producer) of the range asked for. */
  events: z.number(),
  ranges: z.array(ReplayRange),
  ids: z.object({ from: z.string(), to: z.string() }).nullable(),
  perPartition: z.array(PartitionPreview),
  /** Of the events, epoch ms. */
  timeRange: z.object({ from: z.number(), to: z.number() }).nullable(),
  /** Windows by group that these events fall into: as many results a branch gives. 0 for a re-publish. */
  windows: z.number(),
  /**
   * Events or rows read in all. A rewind reads the range, and from further back (`new` of each partition) all events of
   * the windows touched, so that these are whole: that is the `total` of its status.
   */
  reads: z.number(),
  /** Keys and values of the events read (or of what is published). */
  bytes: z.number(),
  /** How long it will take. */
  seconds: z.number(),
  /** False: the range is too long to be looked through; times, windows and bytes are reckoned from a part of it. */
  exact: z.boolean(),
  conflicts: z.array(ReplayConflict),
  note: z.string(),
});
export type ReplayPreview = z.infer<typeof ReplayPreview>;

/** A window of the branch (`replay`) beside the live one; null: that one has no such window. One of them is there. */
export const ReplayComparison = z.object({
  replay: WindowResult.nullable(),
  live: WindowResult.nullable(),
  equal: z.boolean(),
  /** Some of the window's events lie outside the range: it is not held against the live one. */
  cut: z.boolean().default(false),
});
export type ReplayComparison = z.infer<typeof ReplayComparison>;

/** Window and group that both are of. */
export function comparedResult({ replay, live }: Pick<ReplayComparison, 'replay' | 'live'>): WindowResult {
  const result = replay ?? live;
  if (result === null) throw new Error('A comparison is of one result at least.');
  return result;
}

export const ReplayState = z.enum(['running', 'paused', 'done', 'cancelled', 'failed', 'undone']);
export type ReplayState = z.infer<typeof ReplayState>;

export const ReplayStatus = z.object({
  id: z.string(),
  stage: z.enum(['processor', 'producer']),
  request: ReplayRequest,
  target: z.enum(['branch', 'rewind', 'republish']).default('branch'),
  name: z.string().nullable().default(null),
  state: ReplayState,
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  total: z.number(),
  done: z.number(),
  /** A rewind: events read beside these, as they came after the preview. */
  live: z.number().default(0),
  /** Events or rows per second now; 0 once it has ended. */
  rate: z.number(),
  /** Null when it is not known, or ended. */
  secondsLeft: z.number().nullable().default(null),
  windows: z.number(),
  /** Windows compared with the live line, and how many of these differ; those cut by the range are left out of both. */
  compared: z.number(),
  different: z.number(),
  cut: z.number().default(0),
  /** A branch: events too late for its query, put aside nowhere. A rewind: events put aside before, and counted now. */
  late: z.number().default(0),
  /** Windows of the live line that lie whole in the range and that the branch lacks; known once `settled`. */
  liveOnly: z.number().default(0),
  /** What of a branch can be compared with the live line, where its question is another one; null: all of it. */
  comparison: z.string().nullable().default(null),
  /** The live results are kept as they stood at the end: what corrects them later no longer counts as a difference. */
  settled: z.boolean().default(false),
  /** Query of a branch; null for the others. */
  query: QuerySpec.nullable().default(null),
  /** The live query it is compared with (branch) or that it takes back (rewind). */
  line: z.string().nullable().default(null),
  /** Results of a branch are there to look at. */
  kept: z.boolean().default(false),
  /** A rewind that `replay.undo` can take back. */
  undoable: z.boolean().default(false),
  /** What it waits for; null while it works or has ended. */
  waiting: z.string().nullable().default(null),
  /** In one sentence: what came of it, and how far it got. Null while it runs. */
  outcome: z.string().nullable().default(null),
  error: LiveDbErrorData.nullable(),
});
export type ReplayStatus = z.infer<typeof ReplayStatus>;

/** The consumer group of a branch, so that Kafka tools see where it reads. */
export const branchGroup = (replayId: string) => `livedb-branch-${replayId}`;

/** Which result of a replay is meant. */
export const ResultKey = z.object({ window: WindowRef, group: Group });
export type ResultKey = z.infer<typeof ResultKey>;

const OneReplay = z.object({ id: z.string() }).strict();
const Done = z.object({ ok: z.literal(true) });

export const QueryPreview = z.object({
  /** The newest revision of each window and group, oldest window first. */
  results: z.array(WindowResult),
  /** Events read, and the span of their times (epoch ms). */
  events: z.number(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  windows: z.number(),
  tookMs: z.number(),
  /** Not all of the time asked for: there were more events, or more results, than the bounds allow. */
  truncated: z.boolean(),
});
export type QueryPreview = z.infer<typeof QueryPreview>;

export const REPLAY_COMMANDS = {
  'replay.preview': { input: ReplayRequest, output: ReplayPreview },
  /** Refuses what the preview calls blocking with `replay.<its code>`; nothing is changed then. */
  'replay.start': { input: ReplayRequest, output: z.object({ id: z.string(), preview: ReplayPreview }) },
  /** A rewind is taken back whole; the others stop and say how far they got. */
  'replay.cancel': { input: OneReplay, output: Done },
  'replay.pause': { input: OneReplay, output: Done },
  'replay.resume': { input: OneReplay, output: Done },
  /** Puts the line of a finished rewind back to where it stood before. */
  'replay.undo': { input: OneReplay, output: Done },
  'replay.rename': {
    input: z.object({ id: z.string(), name: ReplayName.nullable() }).strict(),
    output: ReplayStatus,
  },
  /** Forgets a replay that has ended, with its results and its consumer group. */
  'replay.drop': { input: OneReplay, output: Done },
  'replay.list': { input: z.object({}).strict(), output: z.array(ReplayStatus) },
  /** Windows of a finished or running branch beside the live ones; those that differ first, or by time. */
  'replay.results': {
    input: z
      .object({
        id: z.string(),
        limit: z.number().int().min(1).max(10_000).default(500),
        order: z.enum(['difference', 'time']).default('difference'),
      })
      .strict(),
    output: z.array(ReplayComparison),
  },
  /** Runs a query over the last events of the topic, in a process of its own and without any trace. */
  'query.preview': {
    input: z
      .object({
        spec: QuerySpec,
        lastMs: z.number().int().min(1_000).max(86_400_000).default(300_000),
        maxEvents: z.number().int().min(1).max(5_000_000).default(500_000),
      })
      .strict(),
    output: QueryPreview,
  },
} as const;
