// Replay, first form: a bounded second reading beside the live line, which it never touches.
// Processor: a second reader aggregates old events with the same query; its results stand beside the live ones.
// Producer: rows of the table are published again in mode "replay"; `producer_offsets` stays as it is.
import { z } from 'zod';
import { LiveDbErrorData } from './errors.ts';
import { WindowResult } from './event.ts';

const Offset = z.string().regex(/^\d+$/, 'an offset is a whole number as text');
const Id = z.string().regex(/^-?\d+$/, 'an id is a whole number as text');

export const ProcessorFrom = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('beginning') }).strict(),
  /** Partitions that are not named are left out. */
  z
    .object({
      kind: z.literal('offsets'),
      offsets: z.record(
        z.string().regex(/^\d+$/),
        z.union([Offset, z.number().int().nonnegative().transform(String)]),
      ),
    })
    .strict(),
  z
    .object({
      kind: z.literal('time'),
      at: z.union([
        z.iso.datetime({ offset: true }),
        z
          .number()
          .int()
          .nonnegative()
          .transform((ms) => new Date(ms).toISOString()),
      ]),
    })
    .strict(),
  /** The last N events over all partitions, newest first by timestamp, shared out evenly. */
  z.object({ kind: z.literal('last'), count: z.number().int().min(1).max(1_000_000_000) }).strict(),
]);
export type ProcessorFrom = z.infer<typeof ProcessorFrom>;

export const ProducerFrom = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('beginning') }).strict(),
  z.object({ kind: z.literal('id'), id: z.union([Id, z.number().int().transform(String)]) }).strict(),
]);
export type ProducerFrom = z.infer<typeof ProducerFrom>;

export const ReplayRequest = z.discriminatedUnion('stage', [
  z.object({ stage: z.literal('processor'), from: ProcessorFrom }).strict(),
  z.object({ stage: z.literal('producer'), from: ProducerFrom }).strict(),
]);
export type ReplayRequest = z.infer<typeof ReplayRequest>;

export const ReplayRange = z.object({
  partition: z.number().int(),
  /** First offset read (inclusive) and end (exclusive), fixed when the replay was asked for. */
  from: Offset,
  to: Offset,
  events: z.number(),
});

export const ReplayPreview = z.object({
  /** Events (processor) or rows (producer) the replay would read. */
  events: z.number(),
  ranges: z.array(ReplayRange),
  ids: z.object({ from: z.string(), to: z.string() }).nullable(),
  note: z.string(),
});
export type ReplayPreview = z.infer<typeof ReplayPreview>;

/** A window of the replay beside the live one; `live` null: the live line has no such window. */
export const ReplayComparison = z.object({
  replay: WindowResult,
  live: WindowResult.nullable(),
  equal: z.boolean(),
});
export type ReplayComparison = z.infer<typeof ReplayComparison>;

export const ReplayStatus = z.object({
  id: z.string(),
  stage: z.enum(['processor', 'producer']),
  request: ReplayRequest,
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  total: z.number(),
  done: z.number(),
  /** Events or rows per second now; 0 once it has ended. */
  rate: z.number(),
  windows: z.number(),
  /** Windows compared with the live line, and how many of these differ. */
  compared: z.number(),
  different: z.number(),
  error: LiveDbErrorData.nullable(),
});
export type ReplayStatus = z.infer<typeof ReplayStatus>;

export const REPLAY_COMMANDS = {
  'replay.preview': { input: ReplayRequest, output: ReplayPreview },
  'replay.start': { input: ReplayRequest, output: z.object({ id: z.string(), preview: ReplayPreview }) },
  'replay.cancel': {
    input: z.object({ id: z.string() }).strict(),
    output: z.object({ ok: z.literal(true) }),
  },
  'replay.list': { input: z.object({}).strict(), output: z.array(ReplayStatus) },
  /** Windows of a finished or running processor replay beside the live ones; those that differ first. */
  'replay.results': {
    input: z.object({ id: z.string(), limit: z.number().int().min(1).max(10_000).default(500) }).strict(),
    output: z.array(ReplayComparison),
  },
} as const;
