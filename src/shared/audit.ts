// The audit: a full comparison of table, topic and results, made by a process of its own from what stands there, without
// the live counters. Its status is in the snapshot, its report in the data folder (JSON, and a page to print).
import { z } from 'zod';
import { LiveDbErrorData } from './errors.ts';
import { Group, WindowRef, WindowResult } from './event.ts';

/** At most this many cases of each kind are named in a report; all of them are counted. */
export const AUDIT_NAMED = 1_000;

/** Also the name of its report: the UTC time of its start. */
export const AuditId = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/, 'an id as ledger.audit gave it');

const Place = z.object({ partition: z.number().int(), offset: z.string() });
const IdRange = z.object({ from: z.string(), to: z.string(), rows: z.number() });
const counted = <Item extends z.ZodType>(item: Item) => z.object({ count: z.number(), named: z.array(item) });

const Content = z.object({
  org: z.string(),
  amount: z.string(),
  region: z.string(),
  /** ISO 8601, UTC, milliseconds; null for a row without a moment an event can carry. */
  createdAt: z.string().nullable(),
});
export type AuditContent = z.infer<typeof Content>;

/** Those that the query asks for. */
const Figures = z.object({
  count: z.number(),
  ...WindowResult.pick({ sum: true, avg: true, min: true, max: true, p50: true, p95: true, p99: true }).shape,
  distinctOrgs: z.string().optional(),
});
export type AuditFigures = z.infer<typeof Figures>;

export const AuditWindow = z.object({ query: z.string(), window: WindowRef, group: Group });
export type AuditWindow = z.infer<typeof AuditWindow>;

export const AuditFindings = z.object({
  /** Rows of the table at or before the newest published position that have no event. */
  missing: counted(z.object({ id: z.string() })),
  /** Rows that have more than one event of mode "normal". */
  doubled: counted(z.object({ id: z.string(), places: z.array(Place) })),
  /** Events of mode "normal" without a row. */
  strange: counted(Place.extend({ id: z.string() })),
  /** Events that say something else than their row. */
  payload: counted(Place.extend({ id: z.string(), row: Content, event: Content })),
  /** Of one row several events, and the later one stands before the earlier; or the rows of one transaction out of order. */
  order: counted(Place.extend({ position: z.string(), before: z.string() })),
  /** Windows whose newest revision is not what SQL says; `found` null: nothing was published for it. */
  windows: counted(
    AuditWindow.extend({
      revision: z.number().nullable(),
      expected: Figures.nullable(),
      found: Figures.nullable(),
    }),
  ),
  /** Revisions of a window that stand in the results topic more than once. */
  republished: counted(AuditWindow.extend({ revision: z.number(), places: z.array(Place) })),
});
export type AuditFindings = z.infer<typeof AuditFindings>;
export type AuditFinding = keyof AuditFindings;
export const AUDIT_FINDINGS = [
  'missing',
  'doubled',
  'strange',
  'payload',
  'order',
  'windows',
  'republished',
] as const satisfies readonly AuditFinding[];

/** A finding and its meaning, as the screen and the printed page say it. */
export const AUDIT_WORDS: Readonly<Record<AuditFinding, string>> = {
  missing: 'Rows without an event',
  doubled: 'Rows with more than one event',
  strange: 'Events without a row',
  payload: 'Events that differ from their row',
  order: 'Events out of order',
  windows: 'Windows that differ from SQL',
  republished: 'Revisions published twice',
};

export const AuditReport = z.object({
  id: AuditId,
  startedAt: z.number(),
  endedAt: z.number(),
  /** Nothing was found. */
  agree: z.boolean(),
  table: z.object({
    rows: z.number(),
    /** Runs of consecutive ids; only the first ones are named. */
    ranges: z.object({ count: z.number(), named: z.array(IdRange) }),
    /** PostgreSQL's text of the snapshot that was read (`xmin:xmax:xip`). */
    snapshot: z.string(),
  }),
  topic: z.object({
    name: z.string(),
    partitions: z.array(z.object({ partition: z.number(), from: z.string(), to: z.string() })),
    records: z.number(),
    /** Events of mode "normal", and those of mode "replay", which the comparison leaves out. */
    normal: z.number(),
    replayed: z.number(),
    unreadable: z.number(),
    /** Events of rows that were written after the audit had begun. */
    newer: z.number(),
  }),
  results: z.object({
    name: z.string(),
    records: z.number(),
    /** Windows and groups compared with SQL, newest revision of each. */
    compared: z.number(),
    /** Those that may still change because events of them are on their way, or that SQL has no like of (see `notes`). */
    left: z.number(),
    /** Rows that a query put aside as too late: SQL counts its windows without them. */
    late: counted(z.object({ query: z.string(), id: z.string() })).default({ count: 0, named: [] }),
  }),
  /** Rows that the producer has not published yet: on their way, not missing. */
  waiting: z.object({ count: z.number(), named: z.array(z.string()) }),
  findings: AuditFindings,
  /** What a reader should know about the limits of this report. */
  notes: z.array(z.string()),
  /** Rows and events read, over the whole time. */
  ratePerSecond: z.number(),
});
export type AuditReport = z.infer<typeof AuditReport>;

export const AuditStatus = z.object({
  id: AuditId,
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  /** What it does now, in words. */
  phase: z.string(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** Rows and records read, and how many there are to read. */
  done: z.number(),
  total: z.number(),
  rate: z.number(),
  /** Once it is done. */
  report: z
    .object({
      agree: z.boolean(),
      rows: z.number(),
      events: z.number(),
      windows: z.number(),
      counts: z.record(z.enum(AUDIT_FINDINGS), z.number()),
      /** Files in the data folder. */
      json: z.string(),
      page: z.string(),
    })
    .nullable(),
  error: LiveDbErrorData.nullable(),
});
export type AuditStatus = z.infer<typeof AuditStatus>;
export type AuditSummary = NonNullable<AuditStatus['report']>;
