// Two stretches of time laid over each other: both on a time that begins with 0, and how their figures differ. Pure.
import type { MetricPoint, Series } from '../../../shared/history.ts';
import type { ModelSeries, TimeModel } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';
import { type Sample, samplesOf } from '../../charts/samples.ts';
import type { Unit } from '../../charts/units.ts';

export interface Compared {
  key: Series;
  name: string;
  unit: Unit;
  a: Figures;
  b: Figures;
}

export interface Figures {
  /** Over all steps that have a value; null when none has. */
  mean: number | null;
  /** 99 of 100 steps were at most this. */
  p99: number | null;
}

/** What can be compared, in the order of the table. */
export const COMPARABLE: readonly { key: Series; name: string; unit: Unit }[] = [
  { key: 'writerRate', name: 'Written', unit: 'per-second' },
  { key: 'producerRate', name: 'Published', unit: 'per-second' },
  { key: 'processorRate', name: 'Processed', unit: 'per-second' },
  { key: 'resultsRate', name: 'Results', unit: 'per-second' },
  { key: 'latencyP50', name: 'Latency p50', unit: 'ms' },
  { key: 'latencyP95', name: 'Latency p95', unit: 'ms' },
  { key: 'latencyP99', name: 'Latency p99', unit: 'ms' },
  { key: 'producerLagSeconds', name: 'Producer lag', unit: 'seconds' },
  { key: 'processorLagSeconds', name: 'Processor lag', unit: 'seconds' },
  { key: 'producerLagRows', name: 'Rows to publish', unit: 'count' },
  { key: 'processorLagEvents', name: 'Events to process', unit: 'count' },
  { key: 'lateRate', name: 'Late records', unit: 'per-second' },
  { key: 'cpuWriter', name: 'CPU writer', unit: 'cores' },
  { key: 'cpuProducer', name: 'CPU producer', unit: 'cores' },
  { key: 'cpuProcessor', name: 'CPU processor', unit: 'cores' },
  { key: 'cpuPostgres', name: 'CPU PostgreSQL', unit: 'cores' },
  { key: 'cpuKafka', name: 'CPU Kafka', unit: 'cores' },
  { key: 'cpuMain', name: 'CPU control', unit: 'cores' },
  { key: 'rssProcessor', name: 'Memory processor', unit: 'bytes' },
];

const valuesIn = (points: readonly MetricPoint[], key: Series, { from, to }: View): number[] =>
  points
    .filter((point) => point.at >= from && point.at < to)
    .map((point) => point.values[key] ?? null)
    .filter((value) => value !== null);

export function figuresOf(values: readonly number[]): Figures {
  if (values.length === 0) return { mean: null, p99: null };
  const sorted = values.toSorted((a, b) => a - b);
  // Nearest rank: the smallest value that at least 99 of 100 do not exceed.
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? null;
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, p99 };
}

/** Rows of the table of differences; what neither stretch recorded is left out. */
export function compared(
  pointsA: readonly MetricPoint[],
  a: View,
  pointsB: readonly MetricPoint[],
  b: View,
): Compared[] {
  return COMPARABLE.map((one) => ({
    ...one,
    a: figuresOf(valuesIn(pointsA, one.key, a)),
    b: figuresOf(valuesIn(pointsB, one.key, b)),
  })).filter((row) => row.a.mean !== null || row.b.mean !== null);
}

/** From A to B as a share of A: 0.5 is half as much again; null where that says nothing. */
export function changeOf(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return null;
  if (a === 0) return b === 0 ? 0 : null;
  return (b - a) / a;
}

/** A line of a stretch, its time counted from the stretch's beginning. */
function relative(points: readonly MetricPoint[], key: Series, { from, to }: View): readonly Sample[] {
  return samplesOf(points, key, from, to).map(([at, value]) => [at - from, value]);
}

/** One metric of both stretches in one chart: A, the base, dashed and B, what it became, solid. */
export function overlaid(
  { key, name, unit }: Pick<Compared, 'key' | 'name' | 'unit'>,
  pointsA: readonly MetricPoint[],
  a: View,
  pointsB: readonly MetricPoint[],
  b: View,
): TimeModel {
  const series: ModelSeries[] = [
    { key: 'a', name: 'before', slot: 3, samples: relative(pointsA, key, a), dashed: true },
    { key: 'b', name: 'after', slot: 0, samples: relative(pointsB, key, b) },
  ];
  return {
    id: `compare-${key}`,
    kind: 'lines',
    title: name,
    subtitle: 'before and after, each from its beginning',
    help: '',
    unit,
    empty: 'Neither stretch recorded this.',
    headline: null,
    stepMs: Math.max(pointsA[0]?.stepMs ?? 1_000, pointsB[0]?.stepMs ?? 1_000),
    axis: 'relative',
    series,
  };
}
