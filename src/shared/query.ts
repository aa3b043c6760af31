// What the processor computes: one event-time window query, in Flink's words.
import { z } from 'zod';
import { EventMode } from './event.ts';

const ms = (min: number, max: number) => z.number().int().min(min).max(max);
const DAY = 86_400_000;
/** An event counts in at most this many hopping windows. */
export const MAX_HOPS = 100;

/** Windows are aligned to the epoch (UTC), sessions begin with their first event. */
export const WindowSpec = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tumbling'), sizeMs: ms(100, DAY) }).strict(),
  z
    .object({ kind: z.literal('hopping'), sizeMs: ms(100, DAY), slideMs: ms(100, DAY) })
    .strict()
    .refine(({ sizeMs, slideMs }) => sizeMs % slideMs === 0, {
      path: ['slideMs'],
      message: 'the size must be a whole multiple of the slide',
    })
    .refine(({ sizeMs, slideMs }) => sizeMs / slideMs <= MAX_HOPS, {
      path: ['slideMs'],
      message: `the size may be at most ${MAX_HOPS} slides`,
    }),
  /** Ends when a group has no event for the gap. */
  z.object({ kind: z.literal('session'), gapMs: ms(100, DAY) }).strict(),
]);
export type WindowSpec = z.infer<typeof WindowSpec>;

export const GroupField = z.enum(['org', 'region']);
export type GroupField = z.infer<typeof GroupField>;

export const AGGREGATES = ['count', 'sum', 'avg', 'min', 'max', 'p50', 'p95', 'p99', 'distinctOrgs'] as const;
export const Aggregate = z.enum(AGGREGATES);
export type Aggregate = z.infer<typeof Aggregate>;

const once = (items: readonly string[]) => new Set(items).size === items.length;
const ONCE = 'each may be named once';

/** In the order of `AGGREGATES`; count is always there. */
const Aggregates = z
  .array(Aggregate)
  .max(AGGREGATES.length)
  .refine(once, ONCE)
  .overwrite((asked) => AGGREGATES.filter((one) => one === 'count' || asked.includes(one)));

const Grouping = z
  .array(GroupField)
  .max(2)
  .refine(once, ONCE)
  .overwrite((fields) => GroupField.options.filter((field) => fields.includes(field)));

/** Both bounds count in. Text, because money is exact. */
const Amount = z
  .string()
  .regex(/^-?\d{1,13}(\.\d{1,2})?$/, 'a decimal with at most 13 digits and two places, such as "10.50"');
const Names = z.array(z.string().max(255)).min(1).max(1_000).refine(once, ONCE);
const Modes = z.array(EventMode).min(1).max(2).refine(once, ONCE);

const FILTER = {
  /** null: all of them. */
  orgs: Names.nullable(),
  regions: Names.nullable(),
  minAmount: Amount.nullable(),
  maxAmount: Amount.nullable(),
  modes: Modes,
};
const NORMAL: EventMode[] = ['normal'];
const NO_FILTER = {
  orgs: null,
  regions: null,
  minAmount: null,
  maxAmount: null,
  modes: NORMAL,
};

/** Which events count. Those left out still move the watermark, as a WHERE behind Flink's source does. */
export const QueryFilter = z
  .object({
    orgs: FILTER.orgs.default(null),
    regions: FILTER.regions.default(null),
    minAmount: FILTER.minAmount.default(null),
    maxAmount: FILTER.maxAmount.default(null),
    modes: FILTER.modes.default(NORMAL),
  })
  .strict()
  .refine(
    ({ minAmount, maxAmount }) =>
      minAmount === null || maxAmount === null || Number(minAmount) <= Number(maxAmount),
    { path: ['maxAmount'], message: 'must not be below minAmount' },
  );
export type QueryFilter = z.infer<typeof QueryFilter>;

const DEFAULT_AGGREGATES = AGGREGATES.filter((one) => one !== 'distinctOrgs');

const FIELDS = {
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-z0-9][a-z0-9_-]*$/, 'use lower-case letters, digits, "-" and "_"'),
  window: WindowSpec,
  /** By org, by region, by both, or by nothing: one total for each window. */
  groupBy: Grouping,
  /** Bound of the disorder: the watermark trails the largest event time by this, ms. */
  outOfOrdernessMs: ms(0, 3_600_000),
  /** A record this late still corrects its window (revision + 1); later ones are dropped and counted, ms. */
  allowedLatenessMs: ms(0, DAY),
  /** A partition silent for this long no longer holds the watermark back, ms. */
  idleTimeoutMs: ms(100, 3_600_000),
};

export const QuerySpec = z
  .object({
    ...FIELDS,
    filter: QueryFilter.default(NO_FILTER),
    aggregates: Aggregates.default(DEFAULT_AGGREGATES),
  })
  .strict();
export type QuerySpec = z.infer<typeof QuerySpec>;

/** A change of a query: only what is named changes, also within the filter; a window is replaced whole. */
export const QueryChange = z
  .object({ ...FIELDS, filter: z.object(FILTER).partial().strict(), aggregates: Aggregates })
  .partial()
  .strict();
export type QueryChange = z.infer<typeof QueryChange>;

export const DEFAULT_QUERY: QuerySpec = {
  name: 'live',
  window: { kind: 'tumbling', sizeMs: 10_000 },
  groupBy: ['org'],
  outOfOrdernessMs: 2_000,
  allowedLatenessMs: 600_000,
  idleTimeoutMs: 3_000,
  filter: NO_FILTER,
  aggregates: DEFAULT_AGGREGATES,
};

/** A query that is changed again and again has so many questions at once: the newest, and older ones with their windows. */
export const MAX_QUESTIONS = 8;

/** What two queries compute differently, in words for people; nothing when they compute the same figures of the same windows. */
export function differences(a: QuerySpec, b: QuerySpec): string[] {
  const same = {
    window: canonical(a.window) === canonical(b.window),
    groups: a.groupBy.join() === b.groupBy.join(),
    filter: canonical(a.filter) === canonical(b.filter),
    aggregates: a.aggregates.join() === b.aggregates.join(),
  };
  return Object.entries(same).flatMap(([what, equal]) => (equal ? [] : [what]));
}

function canonical(value: object): string {
  return JSON.stringify(Object.entries(value).sort());
}

/** True when some events do not count. */
export function isFiltered({ filter }: Pick<QuerySpec, 'filter'>): boolean {
  const { orgs, regions, minAmount, maxAmount, modes } = filter;
  const whole = orgs === null && regions === null && minAmount === null && maxAmount === null;
  return !whole || modes.join() !== 'normal';
}

/** How long one window is, ms; of a session the least it can be. */
export function windowLength(window: WindowSpec): number {
  return window.kind === 'session' ? window.gapMs : window.sizeMs;
}
