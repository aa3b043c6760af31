// The whole state of the pipeline as the control room shows it, and the frames that carry it (at most 10 a second).
import { z } from 'zod';
import { AuditStatus } from './audit.ts';
import { CaptureStatus } from './capture.ts';
import { ChaosStatus } from './chaos.ts';
import { LiveDbErrorData } from './errors.ts';
import { WindowResult } from './event.ts';
import { MetricPoint } from './history.ts';
import { Incident } from './incident.ts';
import { RunState } from './names.ts';
import { ReplayStatus } from './replay.ts';
import { ConnectionSource, Settings } from './settings.ts';
import { CheckpointMark, LineReport } from './states.ts';

/** What a stage or a service shows of its life. */
export const LifeStatus = z.object({
  state: RunState,
  pid: z.number().nullable(),
  restarts: z.number().int(),
  /** Epoch ms since which it is running; null when it is not. */
  since: z.number().nullable(),
  /** Epoch ms of the next try while backing off. */
  retryAt: z.number().nullable(),
  /** Why it failed or backs off, and what to do. */
  error: LiveDbErrorData.nullable(),
  /** A running part that waits for a peer says here for what ("waiting for Kafka: connection refused"). */
  waiting: z.string().nullable(),
  /** CPU as a share of one core (0.25 = a quarter), and resident memory in bytes. */
  cpu: z.number().nullable(),
  rssBytes: z.number().nullable(),
});
export type LifeStatus = z.infer<typeof LifeStatus>;

const SeedStatus = z.object({
  file: z.string(),
  rows: z.number().int(),
  /** Place in the cycle: rows of the current lap already written, and finished laps. */
  position: z.number().int(),
  lap: z.number().int(),
});

export const WriterStatus = LifeStatus.extend({
  /** Rows this writer has committed since the data folder was made. */
  rows: z.number(),
  rate: z.object({ target: z.number().nullable(), achieved: z.number() }),
  seed: SeedStatus.nullable(),
  /** The stage of the schedule that is on (from 0), and when it ends (epoch ms); null without one. */
  turn: z.object({ stage: z.number().int(), endsAt: z.number() }).nullable().default(null),
});
export const ProducerStatus = LifeStatus.extend({
  /** Events acknowledged by Kafka since the data folder was made. */
  events: z.number(),
  rate: z.number(),
  lag: z.object({ rows: z.number(), seconds: z.number() }),
  /** From the server's log, or by asking the table. */
  capture: z.enum(['logical', 'polling']),
  /** Why it is so, what it costs the server, and what else happened to the table. */
  captureDetail: CaptureStatus.omit({ mode: true }).nullable(),
  /** `tx`: cursor on transaction and id; `id`: a foreign table without tx, skipped ids are looked for again. */
  cursor: z.enum(['tx', 'id']),
  position: z.object({ lastId: z.string(), lastTx: z.string().nullable() }).nullable(),
});
export const ProcessorStatus = LifeStatus.extend({
  events: z.number(),
  rate: z.number(),
  results: z.number(),
  late: z.number(),
  /** Late records that came after the allowed lateness: they went to the late topic. */
  dropped: z.number(),
  /** Records that could not be read as events: they went to the dead topic. */
  unreadable: z.number(),
  lag: z.object({ events: z.number(), seconds: z.number() }),
  /** ISO 8601; null before the first event. */
  watermark: z.string().nullable(),
  offsets: z.record(z.string(), z.string()),
  checkpoint: z.object({ at: z.number(), bytes: z.number(), durationMs: z.number() }).nullable(),
  openWindows: z.number(),
  /** The last checkpoints and savepoints of the live query, oldest first. */
  checkpoints: z.array(CheckpointMark),
  /** Every query that runs or is paused, the live one first. */
  lines: z.array(LineReport),
});

export const PostgresStatus = LifeStatus.extend({
  url: z.string().nullable(),
  version: z.string().nullable(),
  kind: z.enum(['embedded', 'external']),
  rows: z.number().nullable(),
});
export const KafkaStatus = LifeStatus.extend({
  bootstrap: z.string().nullable(),
  kind: z.enum(['embedded', 'external']),
  topic: z.string(),
  partitions: z.number().nullable(),
  bytes: z.number().nullable(),
});
export const EngineStatus = LifeStatus.extend({ kind: z.enum(['built-in', 'flink']) });

/** Made from ids, not from adding up counters. `missing` are settled rows of the table that were not processed. */
export const LedgerStatus = z.object({
  written: z.number(),
  captured: z.number(),
  published: z.number(),
  processed: z.number(),
  missing: z.number(),
  duplicates: z.number(),
  /** Epoch ms of the last comparison with the table; null before the first. */
  checkedAt: z.number().nullable(),
});
export type LedgerStatus = z.infer<typeof LedgerStatus>;

export const Snapshot = z.object({
  /** Epoch ms. */
  at: z.number(),
  version: z.string(),
  edition: z.enum(['desktop', 'browser']),
  dataDir: z.string(),
  services: z.object({ postgres: PostgresStatus, kafka: KafkaStatus, engine: EngineStatus }),
  stages: z.object({ writer: WriterStatus, producer: ProducerStatus, processor: ProcessorStatus }),
  /** Insert to processed-and-on-its-way-to-the-screen, ms, over the last 10 s; null without events. */
  latency: z.object({ p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() }),
  ledger: LedgerStatus,
  incidents: z.array(Incident),
  replays: z.array(ReplayStatus),
  /** The newest audit; null before the first. */
  audit: AuditStatus.nullable(),
  chaos: ChaosStatus,
  settings: Settings,
  connections: z.array(ConnectionSource),
  /** Amounts of the last closed window, cents: `edges.length === counts.length + 1`. */
  amounts: z.object({ edges: z.array(z.number()), counts: z.array(z.number()) }).nullable(),
  /** SQL that LiveDB would run on a foreign database to add what it needs; null when nothing is missing. */
  schemaProposal: z.string().nullable(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** One message of the stream. `results` and `points` are those since the last frame. */
export const Frame = z.object({
  seq: z.number().int(),
  snapshot: Snapshot,
  results: z.array(WindowResult),
  points: z.array(MetricPoint),
});
export type Frame = z.infer<typeof Frame>;
