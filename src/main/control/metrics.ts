// One metric point a second out of a snapshot, with the control plane's own CPU and memory. app.ts records it.
import type { MetricPoint } from '../../shared/history.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Rates } from './figures.ts';

export interface OwnUsage {
  /** Share of one core since the last point. */
  cpu: number;
  rssBytes: number;
}

/** Measures this process; each call covers the time since the one before. */
export function createUsageMeter(): (now: number) => OwnUsage {
  let last = process.cpuUsage();
  let lastAt: number | null = null;
  return (now) => {
    const used = process.cpuUsage(last);
    last = process.cpuUsage();
    const ms = lastAt === null ? null : now - lastAt;
    lastAt = now;
    return {
      cpu: ms === null || ms <= 0 ? 0 : (used.user + used.system) / 1000 / ms,
      rssBytes: process.memoryUsage.rss(),
    };
  };
}

/** Figures of parts that do not run are gaps, not zeros. `at` is the start of the second, epoch ms. */
export function metricPoint(snapshot: Snapshot, rates: Rates, own: OwnUsage, at: number): MetricPoint {
  const { writer, producer, processor } = snapshot.stages;
  const { postgres, kafka } = snapshot.services;
  const when = (part: { state: string }, value: number | null) => (part.state === 'running' ? value : null);
  return {
    at,
    stepMs: 1000,
    values: {
      writerRate: when(writer, rates.writer),
      producerRate: when(producer, rates.producer),
      processorRate: when(processor, rates.processor),
      resultsRate: when(processor, rates.results),
      writerTarget: when(writer, writer.rate.target),
      producerLagRows: when(producer, producer.lag.rows),
      producerLagSeconds: when(producer, producer.lag.seconds),
      processorLagEvents: when(processor, processor.lag.events),
      processorLagSeconds: when(processor, processor.lag.seconds),
      latencyP50: snapshot.latency.p50,
      latencyP95: snapshot.latency.p95,
      latencyP99: snapshot.latency.p99,
      lateRate: when(processor, rates.late),
      droppedRate: when(processor, rates.dropped),
      sideDroppedRate: when(processor, rates.sideDropped),
      deadRate: when(processor, rates.dead),
      cpuMain: own.cpu,
      cpuPostgres: postgres.cpu,
      cpuKafka: kafka.cpu,
      cpuWriter: writer.cpu,
      cpuProducer: producer.cpu,
      cpuProcessor: processor.cpu,
      rssMain: own.rssBytes,
      rssPostgres: postgres.rssBytes,
      rssKafka: kafka.rssBytes,
      rssWriter: writer.rssBytes,
      rssProducer: producer.rssBytes,
      rssProcessor: processor.rssBytes,
    },
  };
}
