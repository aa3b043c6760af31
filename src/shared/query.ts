// What the processor computes: one event-time window query, in Flink's words.
import { z } from 'zod';

const ms = (min: number, max: number) => z.number().int().min(min).max(max);
const DAY = 86_400_000;

/** Windows known today are tumbling; hopping and session come with the deeper engine. */
export const WindowSpec = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tumbling'), sizeMs: ms(100, DAY) }).strict(),
]);
export type WindowSpec = z.infer<typeof WindowSpec>;

export const GroupField = z.enum(['org', 'region']);
export type GroupField = z.infer<typeof GroupField>;

export const QuerySpec = z
  .object({
    name: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[a-z0-9][a-z0-9_-]*$/, 'use lower-case letters, digits, "-" and "_"'),
    window: WindowSpec,
    /** Grouped by org or by region. */
    groupBy: z.array(GroupField).length(1),
    /** Bound of the disorder: the watermark trails the largest event time by this, ms. */
    outOfOrdernessMs: ms(0, 3_600_000),
    /** A record this late still corrects its window (revision + 1); later ones are dropped and counted, ms. */
    allowedLatenessMs: ms(0, DAY),
    /** A partition silent for this long no longer holds the watermark back, ms. */
    idleTimeoutMs: ms(100, 3_600_000),
  })
  .strict();
export type QuerySpec = z.infer<typeof QuerySpec>;

export const DEFAULT_QUERY: QuerySpec = {
  name: 'live',
  window: { kind: 'tumbling', sizeMs: 10_000 },
  groupBy: ['org'],
  outOfOrdernessMs: 2_000,
  allowedLatenessMs: 600_000,
  idleTimeoutMs: 3_000,
};
