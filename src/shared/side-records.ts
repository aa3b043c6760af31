// Records that went aside: events that came after the allowed lateness (`db_live_late`) and records that are no events
// (`db_live_dead`), as they are listed, corrected and sent again. Commands `late.*`, `dead.*`.
import { z } from 'zod';
import { LiveDbErrorData } from './errors.ts';

/** Header of a record that was sent again from the dead topic: its id there. */
export const FIXED_HEADER = 'livedb-fixed';

/** A value is listed up to so many bytes. */
export const SIDE_VALUE_BYTES = 64 * 1024;
export const MAX_SENT_AT_ONCE = 500;

/** `partition/offset` on the side topic. */
export const SideId = z.string().regex(/^\d{1,9}\/\d{1,16}$/, 'partition/offset, as in "0/12"');

/** `sending`: the answer to a send was lost; the next send finds out first whether it arrived. */
export const DeadState = z.enum(['waiting', 'sending', 'sent', 'dismissed']);
export type DeadState = z.infer<typeof DeadState>;

/** Late records whose events a rewind counted after all; part of the state of their query. */
export const LateCounted = z.object({
  /** Id of the rewind, and when it was done, epoch ms. */
  rewind: z.string(),
  at: z.number(),
  /** By partition of the late topic: offsets from (inclusive), to (exclusive), from, to… ascending. */
  runs: z.record(z.string(), z.array(z.number().int())),
  /** The same, one by one, of hopping windows only: offset, and the start of the first window that counts the event. */
  partly: z.record(z.string(), z.array(z.tuple([z.number().int(), z.number()]))).default({}),
});
export type LateCounted = z.infer<typeof LateCounted>;

/** Ascending offsets as runs. */
export function runsOf(offsets: readonly number[]): number[] {
  const runs: number[] = [];
  for (const offset of offsets) {
    if (runs.at(-1) === offset) runs[runs.length - 1] = offset + 1;
    else runs.push(offset, offset + 1);
  }
  return runs;
}

/**
 * The rewind that counts the late record at this place in most of its windows, and the start of the first of these: null
 * for all of them. Null when none counts it.
 */
export function countedBy(
  counted: readonly LateCounted[],
  partition: number,
  offset: number,
): { by: LateCounted; from: number | null } | null {
  const name = String(partition);
  const whole = counted.findLast(({ runs }) => isInRuns(runs[name] ?? [], offset));
  if (whole !== undefined) return { by: whole, from: null };
  let best: { by: LateCounted; from: number } | null = null;
  for (const by of counted) {
    const from = by.partly[name]?.find(([at]) => at === offset)?.[1];
    if (from !== undefined && (best === null || from <= best.from)) best = { by, from };
  }
  return best;
}

function isInRuns(runs: readonly number[], offset: number): boolean {
  let low = 0;
  let high = runs.length;
  // How many bounds lie at or below it: an odd number within a run.
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}

export const SideRecord = z.object({
  id: SideId,
  /** Where the record came from; null when its headers do not say. */
  source: z.object({ topic: z.string(), partition: z.number().int(), offset: z.string() }).nullable(),
  /** Epoch ms at which it was put aside. */
  at: z.number(),
  reason: z.string(),
  key: z.string().nullable(),
  /** Text, or base64 of bytes that are none; null is a record without a value. */
  value: z.string().nullable(),
  encoding: z.enum(['utf8', 'base64']),
  /** Bytes of the whole value. */
  bytes: z.number(),
  /** The value is longer than what is listed of it. */
  cut: z.boolean(),
  /** Late: the window that was gone (of hopping ones the last), ISO 8601, and the query that asked for it. */
  window: z.object({ start: z.string(), end: z.string() }).optional(),
  query: z.string().optional(),
  /**
   * Late: the rewind since which the query counts it after all, and when that was, epoch ms. `from`: only in its (hopping)
   * windows that start then or later; null: in all of them.
   */
  counted: z.object({ rewind: z.string(), at: z.number(), from: z.number().nullable() }).optional(),
  /** Dead: what became of it, and where it stands since it was sent again. */
  state: DeadState.optional(),
  sentTo: z.object({ partition: z.number().int(), offset: z.string() }).optional(),
});
export type SideRecord = z.infer<typeof SideRecord>;

const Before = z.record(z.string().regex(/^\d{1,9}$/), z.string().regex(/^\d{1,16}$/));

const List = z
  .object({
    limit: z.number().int().min(1).max(500).default(100),
    /** Older ones: `next` of the last answer. */
    before: Before.optional(),
  })
  .strict();

const Listed = z.object({
  /** Newest first. */
  records: z.array(SideRecord),
  /** Records on the topic. */
  total: z.number(),
  /** Where older ones go on; null at the oldest. */
  next: Before.nullable(),
});

export const DeadOutcome = z.union([
  z.object({ id: SideId, ok: z.literal(true), partition: z.number().int(), offset: z.string() }),
  z.object({ id: SideId, ok: z.literal(false), error: LiveDbErrorData }),
]);
export type DeadOutcome = z.infer<typeof DeadOutcome>;

const Marked = z.union([
  z.object({ id: SideId, ok: z.literal(true) }),
  z.object({ id: SideId, ok: z.literal(false), error: LiveDbErrorData }),
]);
export type Marked = z.infer<typeof Marked>;

const Ids = z.object({ ids: z.array(SideId).min(1).max(10_000) }).strict();

export const SIDE_COMMANDS = {
  /** `query`: only those that came too late for this one. */
  'late.list': {
    input: List.extend({ query: z.string().min(1).max(64).optional() }).strict(),
    output: Listed,
  },
  /** `state`: only those of which that became. `waiting` in the answer: how many nobody has decided on yet. */
  'dead.list': {
    input: List.extend({ state: DeadState.optional() }).strict(),
    output: Listed.extend({ waiting: z.number() }),
  },
  /**
   * Publishes them to the events topic with the header `livedb-fixed`, each once, after a look whether they are events
   * now. `value` null: the bytes as they are. Each item stands for itself: one that is refused leaves the others alone.
   */
  'dead.send': {
    input: z
      .object({
        items: z
          .array(z.object({ id: SideId, value: z.string().max(900_000).nullable() }).strict())
          .min(1)
          .max(MAX_SENT_AT_ONCE),
      })
      .strict(),
    output: z.array(DeadOutcome),
  },
  'dead.dismiss': { input: Ids, output: z.array(Marked) },
  /** Takes a dismissal back. */
  'dead.restore': { input: Ids, output: z.array(Marked) },
} as const;
