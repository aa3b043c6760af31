// What the screen shows at this moment: gathers what every part of the control plane knows into one snapshot, and each
// second's metric point. plane.ts makes one.

import type { AuditStatus } from '../../shared/audit.ts';
import type { ChaosStatus } from '../../shared/chaos.ts';
import type { MetricPoint } from '../../shared/history.ts';
import { EVENTS_TOPIC, type Stage } from '../../shared/names.ts';
import type { ConnectionSource, Settings } from '../../shared/settings.ts';
import type { LifeStatus, Snapshot } from '../../shared/snapshot.ts';
import type { Host } from '../hosts/host.ts';
import type { EngineService } from '../services/engine-service.ts';
import type { Clock } from './clock.ts';
import type { Figures } from './figures.ts';
import type { Incidents } from './incidents.ts';
import type { PipelineTopics } from './kafka-topics.ts';
import type { Ledger } from './ledger.ts';
import { createUsageMeter, metricPoint } from './metrics.ts';
import type { Replays } from './replays.ts';
import type { Services } from './services.ts';
import { buildSnapshot, ratesOf } from './snapshot.ts';
import type { Part } from './supervisor.ts';

export interface ScreenOptions {
  clock: Clock;
  host: Pick<Host, 'version' | 'edition'>;
  dataDir: string;
  services: Services;
  stages: Record<Stage, Part>;
  engine: EngineService;
  topics: PipelineTopics;
  figures: Figures;
  ledger: Ledger;
  incidents: Incidents;
  replays: Replays;
  audit(): AuditStatus | null;
  chaos(): ChaosStatus;
  settings(): Settings;
  connections: readonly ConnectionSource[];
}

export interface Screen {
  snapshot(): Snapshot;
  /** The second that has just passed: its point, and the state at its end. */
  second(): { point: MetricPoint; snapshot: Snapshot };
}

const SECOND_MS = 1_000;

export function createScreen(options: ScreenOptions): Screen {
  const { clock, services, stages, figures, ledger } = options;
  const usage = createUsageMeter();

  const lives = (): Record<Stage, LifeStatus> => ({
    writer: stages.writer.status(),
    producer: stages.producer.status(),
    processor: stages.processor.status(),
  });

  const snapshot = (): Snapshot =>
    buildSnapshot({
      now: clock.now(),
      version: options.host.version,
      edition: options.host.edition,
      dataDir: options.dataDir,
      postgres: {
        kind: services.postgres.kind,
        status: services.postgres.status(),
        endpoint: services.postgres.endpoint(),
        version: services.postgres.version(),
      },
      kafka: {
        kind: services.kafka.kind,
        status: services.kafka.status(),
        endpoint: services.kafka.endpoint(),
        topic: services.kafka.endpoint()?.topic ?? EVENTS_TOPIC,
      },
      partitions: options.topics.partitions(),
      engine: { kind: options.engine.kind, status: options.engine.status() },
      stages: lives(),
      figures,
      ledger: {
        rows: ledger.rows(),
        missing: ledger.missing(),
        checkedAt: ledger.checkedAt(),
        held: ledger.held(),
      },
      incidents: options.incidents.list(),
      replays: options.replays.list(),
      audit: options.audit(),
      chaos: options.chaos(),
      settings: options.settings(),
      connections: options.connections,
      schemaProposal: services.foreign?.proposal() ?? null,
    });

  return {
    snapshot,
    second() {
      const now = clock.now();
      const at = Math.floor(now / SECOND_MS) * SECOND_MS - SECOND_MS;
      const seen = snapshot();
      return {
        point: metricPoint(seen, ratesOf(lives(), figures, now), usage(now), at),
        snapshot: seen,
      };
    },
  };
}
