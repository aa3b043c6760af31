// The writer's disorder, schedule and bursts: what real producers of events do wrong, on purpose and repeatably. Part of
// the writer's settings (settings.ts); src/stages/writer does it.
import { z } from 'zod';

const Share = z.number().min(0).max(1);
const ms = (most: number) => z.number().int().min(0).max(most);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const DelayDistribution = z.enum(['constant', 'uniform', 'exponential']);
export type DelayDistribution = z.infer<typeof DelayDistribution>;

const Late = z
  .object({
    /** Of the rows, this share is dated back. */
    share: Share,
    /** constant: always the mean; uniform: between none and twice the mean; exponential: with that mean. */
    delay: DelayDistribution,
    meanMs: ms(DAY),
    /** No row is dated back further. */
    maxMs: ms(7 * DAY),
  })
  .strict();
/** Small disorder: rows of this share are dated back by up to `maxMs`, evenly. */
const OutOfOrder = z.object({ share: Share, maxMs: ms(HOUR) }).strict();
/** Rows of this share repeat a row just before them: org, amount, region and created_at, under an id of their own. */
const Duplicates = z.object({ share: Share }).strict();
/** Orgs by Zipf's law: the k-th org of the seed comes with weight 1 / k^exponent. 0: as the seed has them. */
const Skew = z.object({ exponent: z.number().min(0).max(4) }).strict();
/** Rows of this share are dated ahead of now by `aheadMs`. */
const Future = z
  .object({
    share: Share,
    aheadMs: z
      .number()
      .int()
      .min(0)
      .max(36_500 * DAY),
  })
  .strict();

/**
 * What happens to which row follows from `seed` and the row's number alone: the same seed gives the same disorder. Off is
 * a share (an exponent) of 0. A row is at most one of: a repetition, dated ahead, late, out of order; in this order.
 */
export const WriterDisorder = z
  .object({
    seed: z.number().int().min(0).max(4_294_967_295),
    late: Late,
    outOfOrder: OutOfOrder,
    duplicates: Duplicates,
    skew: Skew,
    future: Future,
  })
  .strict();
export type WriterDisorder = z.infer<typeof WriterDisorder>;

export const WriterDisorderChange = z
  .object({
    seed: WriterDisorder.shape.seed,
    late: Late.partial().strict(),
    outOfOrder: OutOfOrder.partial().strict(),
    duplicates: Duplicates.partial().strict(),
    skew: Skew.partial().strict(),
    future: Future.partial().strict(),
  })
  .partial()
  .strict();

/** One stretch of a schedule with a pace of its own; 0 rows is a rest. */
export const ScheduleStage = z
  .object({
    rowsPerBurst: z.number().int().min(0).max(50_000),
    intervalMs: z.number().int().min(0).max(HOUR),
    seconds: z.number().min(0.1).max(86_400),
  })
  .strict();
export type ScheduleStage = z.infer<typeof ScheduleStage>;

/** Stages one after the other, from when the schedule is set, over restarts of the writer; after the last, without `loop`, the writer's own pace. */
export const WriterSchedule = z
  .object({ stages: z.array(ScheduleStage).max(50), loop: z.boolean() })
  .strict();
export type WriterSchedule = z.infer<typeof WriterSchedule>;

/** So many rows more, at once, each so many seconds; 0 rows: none. */
export const WriterBursts = z
  .object({ rows: z.number().int().min(0).max(50_000), everySeconds: z.number().min(0.1).max(3_600) })
  .strict();
export type WriterBursts = z.infer<typeof WriterBursts>;

/** Everything off, with values that show something once a share is raised. */
export const NO_DISORDER: WriterDisorder = {
  seed: 1,
  late: { share: 0, delay: 'exponential', meanMs: 10_000, maxMs: 120_000 },
  outOfOrder: { share: 0, maxMs: 1_000 },
  duplicates: { share: 0 },
  skew: { exponent: 0 },
  future: { share: 0, aheadMs: HOUR },
};
export const NO_SCHEDULE: WriterSchedule = { stages: [], loop: true };
export const NO_BURSTS: WriterBursts = { rows: 0, everySeconds: 10 };

const KINDS = [
  ['late', 'late'],
  ['outOfOrder', 'out of order'],
  ['duplicates', 'repeated'],
  ['skew', 'skewed'],
  ['future', 'ahead'],
] as const;

/** What is on, in words; empty when rows are written as they come. */
export function disorderOn(disorder: WriterDisorder): string[] {
  return KINDS.filter(([kind]) => {
    const one = disorder[kind];
    return 'exponent' in one ? one.exponent > 0 : one.share > 0;
  }).map(([, word]) => word);
}
