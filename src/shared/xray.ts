// The life of one row, from its INSERT to the screen, as `row.xray` answers it: what is known, how exactly, and from where.
import { z } from 'zod';
import { Group, WindowRef } from './event.ts';

export const XrayRequest = z
  .object({
    /** The row's id; decimal text, because ids may pass 2^53. */
    id: z.union([
      z.string().regex(/^-?\d{1,19}$/, 'an id is a whole number as text'),
      z.number().int().transform(String),
    ]),
  })
  .strict();

/** Rows of one window: those of `org` or `region`, or all, whose created_at is in [from, to); epoch ms. */
export const RowFind = z
  .object({
    from: z.number().int().nonnegative(),
    to: z.number().int().nonnegative(),
    org: z.string().max(255).optional(),
    region: z.string().max(255).optional(),
    limit: z.number().int().min(1).max(200).default(20),
  })
  .strict()
  .refine(({ from, to }) => to > from, { path: ['to'], message: 'must be after "from"' });

export const FoundRow = z.object({
  id: z.string(),
  org: z.string(),
  amount: z.string(),
  region: z.string(),
  /** Epoch ms. */
  createdAt: z.number(),
});
export type FoundRow = z.infer<typeof FoundRow>;

export const XRAY_STATIONS = [
  'written',
  'committed',
  'captured',
  'published',
  'processed',
  'screen',
] as const;
export type XrayStationName = (typeof XRAY_STATIONS)[number];

export const XrayStation = z.object({
  name: z.enum(XRAY_STATIONS),
  /** Epoch ms by which it had happened; null when it is not known or has not happened. */
  at: z.number().nullable(),
  /** It happened after this moment (epoch ms) and at or before `at`; null when `at` is the moment itself. */
  after: z.number().nullable(),
  /** From the station before it that is known, ms. */
  gapMs: z.number().nullable(),
  /** Where the time comes from, or why there is none. */
  note: z.string(),
});
export type XrayStation = z.infer<typeof XrayStation>;

export const XrayWindow = z.object({
  query: z.string(),
  window: WindowRef,
  group: Group,
  /** `open`: not closed yet, as far as is known. */
  state: z.enum(['open', 'published']),
  /** Count and sum of the newest revision; null while it is open. */
  count: z.number().nullable(),
  sum: z.string().nullable(),
  /** Each revision in the results topic that was found; oldest first. */
  revisions: z.array(
    z.object({
      revision: z.number(),
      partition: z.number(),
      offset: z.string(),
      /** Epoch ms of the record. */
      at: z.number(),
    }),
  ),
});
export type XrayWindow = z.infer<typeof XrayWindow>;

export const RowXray = z.object({
  id: z.string(),
  /** Null when the table has no such row (any more). */
  row: z
    .object({
      org: z.string(),
      amount: z.string(),
      region: z.string(),
      /** As the table holds it. */
      createdAt: z.string().nullable(),
      tx: z.string().nullable(),
    })
    .nullable(),
  event: z.object({ topic: z.string(), partition: z.number(), offset: z.string() }).nullable(),
  stations: z.array(XrayStation),
  windows: z.array(XrayWindow),
  notes: z.array(z.string()),
});
export type RowXray = z.infer<typeof RowXray>;
