// Metrics over time: what is recorded each second, and how it is asked for.
import { z } from 'zod';
import { Annotation } from './annotation.ts';
import { WindowResult } from './event.ts';
import { Incident } from './incident.ts';

/** One column a series. Rates per second, lags in rows/events and seconds, latency in ms, cpu in cores, rss in bytes. */
export const SERIES = [
  'writerRate',
  'producerRate',
  'processorRate',
  'resultsRate',
  'writerTarget',
  'producerLagRows',
  'producerLagSeconds',
  'processorLagEvents',
  'processorLagSeconds',
  'latencyP50',
  'latencyP95',
  'latencyP99',
  'lateRate',
  'droppedRate',
  'sideDroppedRate',
  'deadRate',
  'cpuMain',
  'cpuPostgres',
  'cpuKafka',
  'cpuWriter',
  'cpuProducer',
  'cpuProcessor',
  'rssMain',
  'rssPostgres',
  'rssKafka',
  'rssWriter',
  'rssProducer',
  'rssProcessor',
] as const;
export const Series = z.enum(SERIES);
export type Series = z.infer<typeof Series>;

export const MetricPoint = z.object({
  /** Epoch ms of the start of the step. */
  at: z.number(),
  /** Length of the step: 1000, 10000, 60000 or 3600000. */
  stepMs: z.number(),
  /** Mean over the step (latencies and lags: the largest); null is a gap. */
  values: z.partialRecord(Series, z.number().nullable()),
});
export type MetricPoint = z.infer<typeof MetricPoint>;

export const HistoryQuery = z
  .object({
    /** Epoch ms, from inclusive, to exclusive; `to` null is now. */
    from: z.number().int().nonnegative(),
    to: z.number().int().nonnegative().nullable().default(null),
    /** Step in ms; null picks the finest that gives at most `maxPoints` points. */
    stepMs: z
      .union([z.literal(1000), z.literal(10_000), z.literal(60_000), z.literal(3_600_000)])
      .nullable()
      .default(null),
    maxPoints: z.number().int().min(10).max(10_000).default(2000),
    series: z.array(Series).nullable().default(null),
    include: z.array(z.enum(['points', 'results', 'incidents', 'runs', 'annotations'])).default(['points']),
    /** Asks an open bundle (`bundle.open`) instead of this LiveDB's own history. */
    bundle: z.string().min(1).max(64).optional(),
  })
  .strict()
  .refine(({ from, to }) => to === null || to >= from, {
    path: ['to'],
    message: 'must not be before "from"',
  });
export type HistoryQuery = z.infer<typeof HistoryQuery>;

export const Run = z.object({
  id: z.number(),
  startedAt: z.number(),
  /** null while it runs, or when the app was killed and the end is not known. */
  endedAt: z.number().nullable(),
  version: z.string(),
});
export type Run = z.infer<typeof Run>;

export const HistoryAnswer = z.object({
  stepMs: z.number(),
  points: z.array(MetricPoint),
  results: z.array(WindowResult),
  incidents: z.array(Incident),
  runs: z.array(Run),
  annotations: z.array(Annotation),
});
export type HistoryAnswer = z.infer<typeof HistoryAnswer>;
