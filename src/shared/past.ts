// The past as it was: moments, annotations, bundles of a run. Commands `moment.*`, `annotation.*`, `bundle.*`.
import { z } from 'zod';
import { Annotation, MAX_ANNOTATION_TEXT } from './annotation.ts';
import { Snapshot } from './snapshot.ts';

const Done = z.object({ ok: z.literal(true) });
const Time = z.number().int().nonnegative();
const Text = z.string().trim().min(1, 'say something').max(MAX_ANNOTATION_TEXT);

/** Id of an open bundle, as `bundle.open` gives it. */
export const BundleId = z.string().min(1).max(64);

/** File names of bundles: `livedb-….livedb`, no path. */
export const BundleName = z
  .string()
  .max(160)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.livedb$/, 'use letters, digits, ".", "_", "-"; it ends in .livedb');

const Range = { from: Time, to: Time };
const inOrder = ({ from, to }: { from: number; to: number }) => to > from;
const RANGE_FAULT = { path: ['to'], message: 'must be after "from"' };
const untilInOrder = (one: { at?: number | undefined; until?: number | null | undefined }) =>
  one.at === undefined || one.until === undefined || one.until === null || one.until > one.at;
const UNTIL_FAULT = { path: ['until'], message: 'must be after "at"' };

export const Moment = z.object({
  /** Epoch ms at which the snapshot was recorded. */
  at: z.number(),
  snapshot: Snapshot,
  /** Nothing was recorded at the time asked for; this is the closest there is. */
  nearest: z.boolean(),
});
export type Moment = z.infer<typeof Moment>;

export const BundleInfo = z.object({
  name: z.string(),
  path: z.string(),
  bytes: z.number(),
  /** The stretch it holds, epoch ms. */
  from: z.number(),
  to: z.number(),
  /** Version of the LiveDB that wrote it, and when. */
  version: z.string(),
  createdAt: z.number(),
  /** While it is open. */
  id: BundleId.nullable(),
});
export type BundleInfo = z.infer<typeof BundleInfo>;

/** A bundle that is being written. */
export const BundleProgress = z.object({ name: z.string(), startedAt: z.number(), share: z.number() });
export type BundleProgress = z.infer<typeof BundleProgress>;

export const OpenBundle = z.object({ id: BundleId, name: z.string(), from: z.number(), to: z.number() });
export type OpenBundle = z.infer<typeof OpenBundle>;

export const PAST_COMMANDS = {
  /** The whole state as it was at a moment, of this LiveDB or of an open bundle. */
  'moment.at': {
    input: z.object({ at: Time, bundle: BundleId.optional() }).strict(),
    output: Moment,
  },
  'annotation.add': {
    input: z
      .object({ at: Time, until: Time.nullable().default(null), text: Text })
      .strict()
      .refine(untilInOrder, UNTIL_FAULT),
    output: Annotation,
  },
  /** What is not named stays. */
  'annotation.change': {
    input: z
      .object({
        id: z.string(),
        at: Time.optional(),
        until: Time.nullable().optional(),
        text: Text.optional(),
      })
      .strict()
      .refine(untilInOrder, UNTIL_FAULT),
    output: Annotation,
  },
  /** Those that touch [from, to), oldest first. */
  'annotation.list': {
    input: z
      .object({ from: Time.default(0), to: Time.nullable().default(null), bundle: BundleId.optional() })
      .strict()
      .refine(({ from, to }) => to === null || to >= from, {
        path: ['to'],
        message: 'must not be before "from"',
      }),
    output: z.array(Annotation),
  },
  'annotation.remove': { input: z.object({ id: z.string() }).strict(), output: Done },
  /** Writes what was recorded in [from, to) to one file in the data folder's `bundles`. */
  'bundle.export': {
    input: z.object(Range).strict().refine(inOrder, RANGE_FAULT),
    output: z.object({ name: z.string(), bytes: z.number(), path: z.string() }),
  },
  /** How far the writing of a bundle is, `share` 0 to 1; null while none is written. */
  'bundle.progress': { input: z.object({}).strict(), output: BundleProgress.nullable() },
  /** Ends the writing: `bundle.export` then fails with `bundle.cancelled`, and nothing is kept. */
  'bundle.cancel': { input: z.object({}).strict(), output: Done },
  /** The bundles in the data folder, newest first. */
  'bundle.list': { input: z.object({}).strict(), output: z.array(BundleInfo) },
  /** `path`: the name of a bundle in the data folder, or the whole path of one elsewhere. */
  'bundle.open': { input: z.object({ path: z.string().min(1).max(4096) }).strict(), output: OpenBundle },
  'bundle.close': { input: z.object({ id: BundleId }).strict(), output: Done },
  /** Deletes the file in the data folder; `confirm` repeats its name. */
  'bundle.delete': { input: z.object({ name: BundleName, confirm: z.string() }).strict(), output: Done },
} as const;
