// Builds the snapshot out of everything the control plane knows. Pure: app.ts passes what is so at this moment.

import type { AuditStatus } from '../../shared/audit.ts';
import type { ChaosStatus } from '../../shared/chaos.ts';
import type { Incident } from '../../shared/incident.ts';
import type { KafkaEndpoint, PostgresEndpoint, ProducerReport } from '../../shared/link.ts';
import type { Stage } from '../../shared/names.ts';
import type { ReplayStatus } from '../../shared/replay.ts';
import { type ConnectionSource, type Settings, targetRate } from '../../shared/settings.ts';
import type { LifeStatus, Snapshot } from '../../shared/snapshot.ts';
import type { Figures, Rates } from './figures.ts';
import type { Held } from './ledger.ts';

export interface Knowledge {
  now: number;
  version: string;
  edition: 'desktop' | 'browser';
  dataDir: string;
  postgres: {
    kind: 'embedded' | 'external';
    status: LifeStatus;
    endpoint: PostgresEndpoint | null;
    version: string | null;
  };
  kafka: { kind: 'embedded' | 'external'; status: LifeStatus; endpoint: KafkaEndpoint | null; topic: string };
  partitions: number | null;
  engine: { kind: 'built-in' | 'flink'; status: LifeStatus };
  stages: Record<Stage, LifeStatus>;
  figures: Figures;
  /** `held`: what the stages behind the table held of it when the rows were counted. */
  ledger: { rows: number; missing: number; checkedAt: number | null; held: Held };
  incidents: readonly Incident[];
  replays: readonly ReplayStatus[];
  audit: AuditStatus | null;
  chaos: ChaosStatus;
  settings: Settings;
  connections: readonly ConnectionSource[];
  schemaProposal: string | null;
}

/** The address as people paste it into psql. The embedded server's password is LiveDB's own; others' are masked. */
export function postgresUrl(endpoint: PostgresEndpoint): string {
  const user = encodeURIComponent(endpoint.user);
  const password = endpoint.kind === 'embedded' ? encodeURIComponent(endpoint.password) : '••••';
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const ssl = endpoint.ssl ? '?sslmode=verify-full' : '';
  const secret = endpoint.password === '' ? '' : `:${password}`;
  return `postgresql://${user}${secret}@${host}:${endpoint.port}/${encodeURIComponent(endpoint.database)}${ssl}`;
}

function captureFigures(
  producer: ProducerReport | null,
): Pick<Snapshot['stages']['producer'], 'capture' | 'captureDetail' | 'position'> {
  if (producer === null) return { capture: 'polling', captureDetail: null, position: null };
  const { mode, ...captureDetail } = producer.capture;
  const { position, lastId } = producer;
  return {
    capture: mode,
    captureDetail,
    position: position === null ? null : { ...position, lastId: lastId ?? position.lastId },
  };
}

/** Rates of stages that do not run are 0, whatever they did before. */
export function ratesOf(stages: Record<Stage, LifeStatus>, figures: Figures, now: number): Rates {
  const rates = figures.rates(now);
  const up = (stage: Stage) => stages[stage].state === 'running' || stages[stage].state === 'stopping';
  return {
    writer: up('writer') ? rates.writer : 0,
    producer: up('producer') ? rates.producer : 0,
    processor: up('processor') ? rates.processor : 0,
    results: up('processor') ? rates.results : 0,
    late: up('processor') ? rates.late : 0,
    dropped: up('processor') ? rates.dropped : 0,
    sideDropped: up('processor') ? rates.sideDropped : 0,
    dead: up('processor') ? rates.dead : 0,
  };
}

/**
 * Rows in the table, as of now: those counted at the last look, and what the stages behind it have come to hold since,
 * which they can only have because the rows are there.
 */
export function writtenRows(counted: { rows: number; held: Held }, held: Held): number {
  const { rows } = counted;
  const more = (key: keyof Held) => held[key] - Math.max(rows, counted.held[key]);
  return rows + Math.max(0, more('captured'), more('distinct'));
}

export function buildSnapshot(known: Knowledge): Snapshot {
  const { figures, settings, now } = known;
  const { writer, producer, processor, broker } = figures;
  const rates = ratesOf(known.stages, figures, now);
  return {
    at: now,
    version: known.version,
    edition: known.edition,
    dataDir: known.dataDir,
    services: {
      postgres: {
        ...known.postgres.status,
        kind: known.postgres.kind,
        url: known.postgres.endpoint === null ? null : postgresUrl(known.postgres.endpoint),
        version: known.postgres.version,
        rows: known.ledger.checkedAt === null ? null : known.ledger.rows,
      },
      kafka: {
        ...known.kafka.status,
        kind: known.kafka.kind,
        bootstrap: known.kafka.endpoint?.brokers.join(',') ?? null,
        topic: known.kafka.topic,
        partitions: known.partitions,
        bytes: broker?.bytes ?? null,
      },
      engine: { ...known.engine.status, kind: known.engine.kind },
    },
    stages: {
      writer: {
        ...known.stages.writer,
        rows: writer?.rows ?? 0,
        rate: {
          target: targetRate({ ...settings.writer, ...writer?.turn }),
          achieved: rates.writer,
        },
        seed: writer?.seed ?? null,
        turn: writer?.turn == null ? null : { stage: writer.turn.stage, endsAt: writer.turn.endsAt },
      },
      producer: {
        ...known.stages.producer,
        events: producer?.events ?? 0,
        rate: rates.producer,
        lag: producer?.lag ?? { rows: 0, seconds: 0 },
        ...captureFigures(producer),
        cursor: producer?.cursor ?? 'tx',
      },
      processor: {
        ...known.stages.processor,
        events: processor?.events ?? 0,
        rate: rates.processor,
        results: processor?.results ?? 0,
        late: processor?.late ?? 0,
        dropped: processor?.dropped ?? 0,
        unreadable: processor?.unreadable ?? 0,
        lag: processor?.lag ?? { events: 0, seconds: 0 },
        watermark:
          processor?.watermark === null || processor?.watermark === undefined
            ? null
            : new Date(processor.watermark).toISOString(),
        offsets: processor?.offsets ?? {},
        checkpoint: processor?.checkpoint ?? null,
        openWindows: processor?.openWindows ?? 0,
        checkpoints: [...figures.checkpoints],
        lines: processor?.lines ?? [],
      },
    },
    latency: figures.latency(now),
    ledger: {
      written: writtenRows(known.ledger, figures.held()),
      captured: producer?.captured ?? 0,
      published: producer?.events ?? 0,
      processed: processor?.distinct ?? 0,
      missing: known.ledger.missing,
      duplicates: processor?.duplicates ?? 0,
      checkedAt: known.ledger.checkedAt,
    },
    incidents: [...known.incidents],
    replays: [...known.replays],
    audit: known.audit,
    chaos: known.chaos,
    settings,
    connections: [...known.connections],
    amounts: figures.amounts,
    schemaProposal: known.schemaProposal,
  };
}
