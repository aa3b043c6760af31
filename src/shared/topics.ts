// Topics as the control room lists, reads and changes them.
import { z } from 'zod';

export const TopicName = z
  .string()
  .min(1)
  .max(249)
  .regex(/^[a-zA-Z0-9._-]+$/, 'letters, digits, ".", "_" and "-" only')
  .refine((name) => name !== '.' && name !== '..', 'not "." or ".."');

export const TopicInfo = z.object({
  name: TopicName,
  internal: z.boolean(),
  partitions: z.array(z.object({ partition: z.number(), low: z.string(), high: z.string() })),
  events: z.number(),
});
export type TopicInfo = z.infer<typeof TopicInfo>;

export const TopicCreate = z
  .object({ name: TopicName, partitions: z.number().int().min(1).max(64).default(3) })
  .strict();
/** `confirm` must repeat the name. */
export const TopicDelete = z.object({ name: TopicName, confirm: z.string() }).strict();

export const TopicRead = z
  .object({
    name: TopicName,
    from: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('earliest') }).strict(),
      /** The newest `limit` records. */
      z.object({ kind: z.literal('latest') }).strict(),
      /** Per partition; partitions that are not named are not read. Continue a tail with `next` of the last answer. */
      z
        .object({
          kind: z.literal('offsets'),
          offsets: z.record(z.string().regex(/^\d+$/), z.string().regex(/^\d+$/)),
        })
        .strict(),
      z.object({ kind: z.literal('time'), at: z.iso.datetime({ offset: true }) }).strict(),
    ]),
    limit: z.number().int().min(1).max(1000).default(100),
    /** How long to wait for the first record when there is none yet, ms (live tail). */
    waitMs: z.number().int().min(0).max(10_000).default(0),
  })
  .strict();
export type TopicRead = z.infer<typeof TopicRead>;

export const TopicRecord = z.object({
  partition: z.number(),
  offset: z.string(),
  /** Epoch ms. */
  timestamp: z.number(),
  key: z.string().nullable(),
  value: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
});
export type TopicRecord = z.infer<typeof TopicRecord>;

export const TopicPage = z.object({
  records: z.array(TopicRecord),
  /** Where to go on, per partition. */
  next: z.record(z.string(), z.string()),
});
export type TopicPage = z.infer<typeof TopicPage>;
