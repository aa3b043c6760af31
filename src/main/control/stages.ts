// The three stages as supervised parts: what each is told at its start, and where its reports go. plane.ts makes them.

import { RETAINED_WARNING_BYTES } from '../../shared/capture.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { ProducerReport } from '../../shared/link.ts';
import type { Stage } from '../../shared/names.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Detours } from './chaos/detours.ts';
import type { Clock } from './clock.ts';
import type { Figures } from './figures.ts';
import type { Incidents } from './incidents.ts';
import { LateNews } from './late-news.ts';
import type { DuePosition } from './ledger.sql.ts';
import type { Parts } from './parts.ts';
import type { Services } from './services.ts';
import type { Part } from './supervisor.ts';
import { endUndated, tellUndated } from './undated-rows.ts';

/** A child that waits for its peer says so and is given longer; one that says nothing for this long is stuck. */
const START_TIMEOUT_MS = 20_000;

export interface StagesOptions {
  clock: Clock;
  parts: Parts;
  incidents: Incidents;
  figures: Figures;
  services: Services;
  settings(): Settings;
  shippedSeed: string;
  detours: Pick<Detours, 'postgres' | 'kafka'>;
  onPublished(at: number, position: DuePosition): void;
  onProcessorStarting(): void;
  onWriterEnded(): void;
  onResults(results: readonly WindowResult[]): void;
  /** Fresh results and states are urgent; counters ride along. */
  changed(urgent: boolean): void;
}

export function createStages(options: StagesOptions): Record<Stage, Part> {
  const { parts, figures, services, incidents, detours } = options;
  const lateNews = new LateNews(options.clock, incidents);
  let processorUp = false;
  let writerUp = false;

  const takeProducer = (report: ProducerReport) => {
    if (report.position !== null) options.onPublished(report.at, report.position);
    tellHeldBack(report.heldBackBy, incidents);
    tellRetained(report.capture.retainedBytes, incidents);
    tellUndated(report, incidents);
    options.changed(false);
  };

  const stages: Record<Stage, Part> = {
    writer: parts.supervise({
      subject: 'writer',
      child: 'writer',
      name: 'writer',
      startTimeoutMs: START_TIMEOUT_MS,
      config: () => ({
        postgres: detours.postgres('writer', services.requirePostgres()),
        settings: options.settings().writer,
        shippedSeed: options.shippedSeed,
      }),
      onReport(report) {
        figures.takeWriter(report);
        options.changed(false);
      },
      onState() {
        const up = stages.writer.state() === 'running';
        if (writerUp && !up && stages.writer.state() !== 'stopping') options.onWriterEnded();
        if (stages.writer.state() !== 'stopping') writerUp = up;
      },
    }),
    producer: parts.supervise({
      subject: 'producer',
      child: 'producer',
      name: 'producer',
      startTimeoutMs: START_TIMEOUT_MS,
      config: () => ({
        postgres: detours.postgres('producer', services.requirePostgres()),
        kafka: detours.kafka('producer', services.requireKafka()),
        settings: options.settings().producer,
      }),
      onReport: (report) => takeProducer(figures.takeProducer(report)),
      onState() {
        if (stages.producer.state() === 'running') return;
        incidents.end('held-back');
        incidents.end('slot-wal');
        endUndated(incidents);
      },
    }),
    processor: parts.supervise({
      subject: 'processor',
      child: 'processor',
      name: 'processor',
      startTimeoutMs: START_TIMEOUT_MS,
      config: () => ({
        kafka: detours.kafka('processor', services.requireKafka()),
        settings: options.settings().processor,
      }),
      onReport(report) {
        const life = figures.processorLife;
        const results = figures.takeProcessor(report);
        const { processor, newlyLate } = figures;
        lateNews.take(newlyLate, processor?.lines.map(({ query }) => query) ?? []);
        if (figures.processorLife !== life) options.onProcessorStarting();
        if (results.length > 0) options.onResults(results);
        options.changed(true);
      },
      onState() {
        const up = stages.processor.state() === 'running';
        if (up === processorUp) return;
        processorUp = up;
        if (up) return;
        lateNews.stop();
        figures.processorStarting();
        options.onProcessorStarting();
      },
    }),
  };
  return stages;
}

function tellRetained(bytes: number | null, incidents: Incidents): void {
  if (bytes === null || bytes < RETAINED_WARNING_BYTES) {
    incidents.end('slot-wal');
    return;
  }
  incidents.begin('slot-wal', {
    severity: 'warning',
    subject: 'producer',
    code: 'slot-wal',
    title: 'The database keeps much of its log for the capture',
    cause:
      'The replication slot is behind: the server keeps over 1 GB of its log on its disk until it is read.',
    remedy:
      'Let the producer catch up, end transactions that are open for long, or choose capture by polling, which needs no slot.',
  });
}

function tellHeldBack(heldBackBy: ProducerReport['heldBackBy'], incidents: Incidents): void {
  if (heldBackBy === null) {
    incidents.end('held-back');
    return;
  }
  const { pid, application, state } = heldBackBy;
  incidents.begin('held-back', {
    severity: 'warning',
    subject: 'producer',
    code: 'held-back',
    title: 'An open transaction holds the capture back',
    cause: `Session ${pid}${application === '' ? '' : ` (${application})`} is ${state} with a transaction that is still open.`,
    remedy: `End that transaction, or the session with SELECT pg_terminate_backend(${pid}). Nothing is lost meanwhile.`,
  });
}
