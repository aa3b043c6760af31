// The charts of recorded metrics: which series each shows, what it is called and what it means.
import type { MetricPoint, Series } from '../../../shared/history.ts';
import type { TimeModel } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';
import { samplesOf } from '../../charts/samples.ts';
import type { Unit } from '../../charts/units.ts';

interface MetricChart {
  id: string;
  title: string;
  subtitle: string;
  help: string;
  unit: Unit;
  empty: string;
  headline: Series | null;
  series: readonly { key: Series; name: string; slot: number; dashed?: boolean }[];
}

const START_WRITER = 'Start the writer and this fills within a second.';

export const METRIC_CHARTS = {
  throughput: {
    id: 'throughput',
    title: 'Throughput',
    subtitle: 'per second',
    help: 'Rows the writer committed, events the producer had acknowledged by Kafka, and events the processor took in, per second. In a healthy pipeline the three lines lie on each other.',
    unit: 'per-second',
    empty: `Rows written, published and processed each second. ${START_WRITER}`,
    headline: 'processorRate',
    series: [
      { key: 'writerRate', name: 'written', slot: 0 },
      { key: 'producerRate', name: 'published', slot: 1 },
      { key: 'processorRate', name: 'processed', slot: 2 },
    ],
  },
  latency: {
    id: 'latency',
    title: 'Latency',
    subtitle: 'row to screen',
    help: 'From the moment a row is inserted until its event is processed and on its way to this screen. p99: 99 of 100 events were at least this quick. Rows dated back or ahead do not tell when they were inserted and are left out.',
    unit: 'ms',
    empty:
      'How long a row takes from its insert to this screen. It needs events: start the writer, producer and processor.',
    headline: 'latencyP99',
    series: [
      { key: 'latencyP50', name: 'p50', slot: 0 },
      { key: 'latencyP95', name: 'p95', slot: 3 },
      { key: 'latencyP99', name: 'p99', slot: 4 },
    ],
  },
  lagSeconds: {
    id: 'lag-seconds',
    title: 'Lag',
    subtitle: 'seconds behind',
    help: 'How old the oldest row is that the producer has not published, and the oldest event that the processor has not taken in.',
    unit: 'seconds',
    empty: `How far the producer and the processor are behind, in seconds. ${START_WRITER}`,
    headline: 'processorLagSeconds',
    series: [
      { key: 'producerLagSeconds', name: 'producer', slot: 1 },
      { key: 'processorLagSeconds', name: 'processor', slot: 2 },
    ],
  },
  lagRows: {
    id: 'lag-rows',
    title: 'Backlog',
    subtitle: 'rows and events waiting',
    help: 'Rows in the table that are not yet published, and events on the topic that are not yet processed.',
    unit: 'count',
    empty: `Rows that wait for the producer, events that wait for the processor. ${START_WRITER}`,
    headline: null,
    series: [
      { key: 'producerLagRows', name: 'to publish', slot: 1 },
      { key: 'processorLagEvents', name: 'to process', slot: 2 },
    ],
  },
  late: {
    id: 'late',
    title: 'Late records',
    subtitle: 'per second',
    help: 'Events whose window was already published when they came. Within the allowed lateness they correct it: its revision grows by one; beyond it they go to the late topic, of each query for itself. Dead are records that are no events.',
    unit: 'per-second',
    empty:
      'Events that came after their window was published. Stop the producer for some seconds, start it again, and see.',
    headline: 'lateRate',
    series: [
      { key: 'lateRate', name: 'late', slot: 3 },
      { key: 'droppedRate', name: 'too late', slot: 4 },
      { key: 'sideDroppedRate', name: 'too late for other queries', slot: 5 },
      { key: 'deadRate', name: 'dead', slot: 2 },
    ],
  },
  pace: {
    id: 'pace',
    title: 'Writer pace',
    subtitle: 'rows/s',
    help: 'What the writer was asked for and what it reached. Flat out has no target.',
    unit: 'per-second',
    empty: `What the writer was asked for and what it reached. ${START_WRITER}`,
    headline: 'writerRate',
    series: [
      { key: 'writerRate', name: 'achieved', slot: 0 },
      { key: 'writerTarget', name: 'target', slot: 3, dashed: true },
    ],
  },
  cpu: {
    id: 'cpu',
    title: 'CPU',
    subtitle: 'of one core, by process',
    help: 'Processor time of each of LiveDB’s processes; 100% is one core fully used.',
    unit: 'cores',
    empty: 'Processor time of each process, measured once a second while it runs.',
    headline: null,
    series: [
      { key: 'cpuWriter', name: 'writer', slot: 0 },
      { key: 'cpuProducer', name: 'producer', slot: 1 },
      { key: 'cpuProcessor', name: 'processor', slot: 2 },
      { key: 'cpuPostgres', name: 'PostgreSQL', slot: 3 },
      { key: 'cpuKafka', name: 'Kafka', slot: 4 },
      { key: 'cpuMain', name: 'control', slot: 5 },
    ],
  },
  memory: {
    id: 'memory',
    title: 'Memory',
    subtitle: 'resident, by process',
    help: 'Memory that each of LiveDB’s processes holds (resident set size).',
    unit: 'bytes',
    empty: 'Memory of each process, measured once a second while it runs.',
    headline: null,
    series: [
      { key: 'rssWriter', name: 'writer', slot: 0 },
      { key: 'rssProducer', name: 'producer', slot: 1 },
      { key: 'rssProcessor', name: 'processor', slot: 2 },
      { key: 'rssPostgres', name: 'PostgreSQL', slot: 3 },
      { key: 'rssKafka', name: 'Kafka', slot: 4 },
      { key: 'rssMain', name: 'control', slot: 5 },
    ],
  },
} as const satisfies Record<string, MetricChart>;

export function metricModel(chart: MetricChart, points: readonly MetricPoint[], view: View): TimeModel {
  return {
    ...chart,
    kind: 'lines',
    stepMs: points[points.length - 1]?.stepMs ?? 1_000,
    series: chart.series.map((series) => ({
      ...series,
      samples: samplesOf(points, series.key, view.from, view.to),
    })),
  };
}
