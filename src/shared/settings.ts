// Every setting a person can change, with its bounds. Saved whole and atomically in the data folder (settings.json).
import { z } from 'zod';
import {
  NO_BURSTS,
  NO_DISORDER,
  NO_SCHEDULE,
  WriterBursts,
  WriterDisorder,
  WriterDisorderChange,
  WriterSchedule,
} from './disorder.ts';
import { DEFAULT_QUERY, QueryChange, QuerySpec } from './query.ts';
import { StateId } from './states.ts';

export const Distribution = z.enum(['constant', 'uniform', 'poisson']);
export type Distribution = z.infer<typeof Distribution>;

export const WriterSettings = z
  .object({
    /** Rows inserted at each tick. */
    rowsPerBurst: z.number().int().min(1).max(50_000),
    /** Mean pause between two bursts, ms; 0 is flat out. */
    intervalMs: z.number().int().min(0).max(3_600_000),
    /** Spacing of the bursts: constant; uniform in [0, 2 x interval]; Poisson process (exponential gaps). */
    distribution: Distribution,
    /** Path of a CSV or JSON seed; null is the one that ships with LiveDB. */
    seedFile: z.string().min(1).max(4096).nullable(),
    disorder: WriterDisorder,
    /** Instead of one pace, several in turn. */
    schedule: WriterSchedule,
    bursts: WriterBursts,
  })
  .strict();
export type WriterSettings = z.infer<typeof WriterSettings>;

/** `auto`: from the server's log where the server allows it, else by polling. */
export const CaptureSetting = z.enum(['auto', 'logical', 'polling']);
export type CaptureSetting = z.infer<typeof CaptureSetting>;

export const ProducerSettings = z
  .object({
    capture: CaptureSetting.default('auto'),
    /** Rows captured and published at once. */
    batchSize: z.number().int().min(1).max(50_000),
    /** Pause between two looks at the table when the last one found less than a full batch, ms. */
    pollIntervalMs: z.number().int().min(1).max(3_600_000),
  })
  .strict();
export type ProducerSettings = z.infer<typeof ProducerSettings>;

/** Queries at once beside the live one. */
export const MAX_SIDE_QUERIES = 8;

const SideQuery = z
  .object({
    spec: QuerySpec,
    paused: z.boolean(),
    /** When it was made, thrown its windows away, was told to leave out what came until then: epoch ms, 0 for never. */
    born: z.number().int().default(0),
    fresh: z.number().int().default(0),
    now: z.number().int().default(0),
    /** The state that it began with: of this query, dropped by now or not. */
    begin: z.object({ query: QuerySpec.shape.name, id: StateId }).strict().optional(),
  })
  .strict();
export type SideQuery = z.infer<typeof SideQuery>;
const SideQueries = z.array(SideQuery).max(MAX_SIDE_QUERIES);

export const ProcessorSettings = z
  .object({
    /** The live query: the one that the ledger, the audit and the charts go by. */
    query: QuerySpec,
    /** When the live query last threw its open windows away, epoch ms. */
    fresh: z.number().int().optional(),
    /** More queries over the same events, each a line of its own. */
    queries: SideQueries.default([]).refine(
      (queries) => new Set(queries.map(({ spec }) => spec.name)).size === queries.length,
      'two queries have the same name',
    ),
    /** Pause between two checkpoints of state and offsets, ms. */
    checkpointIntervalMs: z.number().int().min(100).max(600_000),
  })
  .strict()
  .refine(({ query, queries }) => queries.every(({ spec }) => spec.name !== query.name), {
    path: ['query', 'name'],
    message: 'another query has this name',
  });
export type ProcessorSettings = z.infer<typeof ProcessorSettings>;

export const HistorySettings = z
  .object({
    /** History older than this is dropped, days. */
    maxAgeDays: z.number().int().min(1).max(3650),
    /** The history file is kept below this by dropping its oldest part, MB. */
    maxSizeMb: z.number().int().min(10).max(100_000),
  })
  .strict();
export type HistorySettings = z.infer<typeof HistorySettings>;

export const ThemeSetting = z.enum(['system', 'dark', 'light']);

export const Settings = z
  .object({
    writer: WriterSettings,
    producer: ProducerSettings,
    processor: ProcessorSettings,
    history: HistorySettings,
    ui: z.object({ theme: ThemeSetting }).strict(),
  })
  .strict();
export type Settings = z.infer<typeof Settings>;

/** 50 rows/s: the first minute shows something. */
export const DEFAULT_SETTINGS: Settings = {
  writer: {
    rowsPerBurst: 5,
    intervalMs: 100,
    distribution: 'constant',
    seedFile: null,
    disorder: NO_DISORDER,
    schedule: NO_SCHEDULE,
    bursts: NO_BURSTS,
  },
  producer: { capture: 'auto', batchSize: 5_000, pollIntervalMs: 20 },
  processor: { query: DEFAULT_QUERY, queries: [], checkpointIntervalMs: 1_000 },
  history: { maxAgeDays: 30, maxSizeMb: 500 },
  ui: { theme: 'system' },
};

export interface WriterPreset {
  id: 'seed' | 'lively' | 'busy' | 'flat-out';
  label: string;
  rowsPerBurst: number;
  intervalMs: number;
}

/** Named paces of the writer; `seed` is the pace of the project LiveDB grew out of. */
export const WRITER_PRESETS: readonly WriterPreset[] = [
  { id: 'seed', label: '2 rows / 60 s', rowsPerBurst: 2, intervalMs: 60_000 },
  { id: 'lively', label: 'Lively', rowsPerBurst: 5, intervalMs: 100 },
  { id: 'busy', label: 'Busy', rowsPerBurst: 500, intervalMs: 100 },
  { id: 'flat-out', label: 'Flat out', rowsPerBurst: 5_000, intervalMs: 0 },
];

/** Target rate of the writer in rows/s, with its bursts; null when it runs flat out. */
export function targetRate(
  writer: Pick<WriterSettings, 'rowsPerBurst' | 'intervalMs'> & Partial<Pick<WriterSettings, 'bursts'>>,
): number | null {
  const { rows, everySeconds } = writer.bursts ?? NO_BURSTS;
  const extra = rows / everySeconds;
  if (writer.rowsPerBurst === 0) return extra;
  return writer.intervalMs === 0 ? null : (writer.rowsPerBurst * 1000) / writer.intervalMs + extra;
}

/** A partial change of one section: only the named fields, unknown ones refused. */
const WriterFields = WriterSettings.extend({
  disorder: WriterDisorderChange,
  schedule: WriterSchedule.partial().strict(),
  bursts: WriterBursts.partial().strict(),
})
  .partial()
  .strict();
export const WriterChange = WriterFields.extend({
  preset: z.enum(['seed', 'lively', 'busy', 'flat-out']).optional(),
}).strict();
export const ProducerChange = ProducerSettings.extend({ capture: CaptureSetting }).partial().strict();
export const ProcessorChange = z
  .object({
    query: QueryChange.optional(),
    queries: SideQueries.optional(),
    fresh: ProcessorSettings.shape.fresh,
    checkpointIntervalMs: ProcessorSettings.shape.checkpointIntervalMs.optional(),
  })
  .strict();
export const SettingsChange = z
  .object({
    writer: WriterFields.optional(),
    producer: ProducerChange.optional(),
    processor: ProcessorChange.optional(),
    history: HistorySettings.partial().strict().optional(),
    ui: z.object({ theme: ThemeSetting }).partial().strict().optional(),
  })
  .strict();
export type SettingsChange = z.infer<typeof SettingsChange>;

/** Where a connection value came from, for the settings screen; secrets are shown as `••••`. */
export const ConnectionSource = z.object({
  name: z.string(),
  value: z.string(),
  from: z.enum(['environment', '.env', 'default', 'embedded']),
});
export type ConnectionSource = z.infer<typeof ConnectionSource>;
