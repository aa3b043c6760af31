// The channel between the control plane and a child process: message shapes, and what each child is told and tells.
// The child's end is src/clients/link.ts, the parent's end src/main/control/child.ts.
import { z } from 'zod';
import { AuditId, AuditStatus } from './audit.ts';
import { CaptureStatus } from './capture.ts';
import { LiveDbErrorData } from './errors.ts';
import { WindowResult } from './event.ts';
import { Severity } from './incident.ts';
import { ProcessorSettings, ProducerSettings, WriterSettings } from './settings.ts';
import { LateCounted } from './side-records.ts';
import { CheckpointMark, LineReport, LineState } from './states.ts';

/** Beats come this often; a child silent for BEAT_TIMEOUT_MS is taken for hung and killed. */
export const BEAT_INTERVAL_MS = 1_000;
export const BEAT_TIMEOUT_MS = 8_000;
/** A child that has not drained by then is killed. */
export const DRAIN_TIMEOUT_MS = 5_000;

export const ToChild = z.discriminatedUnion('type', [
  /** First message: everything the child needs (its own config schema below). */
  z.object({ type: z.literal('start'), config: z.unknown() }),
  /** New whole config for a running child; applied without a restart. */
  z.object({ type: z.literal('configure'), config: z.unknown() }),
  /** Finish what is in hand, make it durable, exit 0. */
  z.object({ type: z.literal('drain') }),
  z.object({ type: z.literal('call'), id: z.number(), method: z.string(), args: z.unknown() }),
]);
export type ToChild = z.infer<typeof ToChild>;

export const FromChild = z.discriminatedUnion('type', [
  /** The process is up and waits for `start`. */
  z.object({ type: z.literal('hello'), pid: z.number() }),
  z.object({ type: z.literal('ready'), info: z.unknown() }),
  /** Once a second. `cpu` as share of one core since the last beat, or null where it is not known. */
  z.object({
    type: z.literal('beat'),
    at: z.number(),
    cpu: z.number().nullable(),
    rssBytes: z.number().nullable(),
  }),
  /** Progress, whole and cumulative (the child's own report schema below), at the pace of src/clients/report-pace.ts. */
  z.object({ type: z.literal('report'), report: z.unknown() }),
  /** What a running child waits for; null when it goes on. */
  z.object({ type: z.literal('waiting'), reason: z.string().nullable() }),
  z.object({
    type: z.literal('incident'),
    severity: Severity,
    code: z.string(),
    title: z.string(),
    cause: z.string(),
    remedy: z.string().nullable(),
  }),
  z.object({ type: z.literal('reply'), id: z.number(), ok: z.literal(true), result: z.unknown() }),
  z.object({ type: z.literal('refusal'), id: z.number(), error: LiveDbErrorData }),
  /** The child cannot go on and exits with code 1 right after. `retry: false`: starting again would not help. */
  z.object({ type: z.literal('fatal'), error: LiveDbErrorData, retry: z.boolean() }),
]);
export type FromChild = z.infer<typeof FromChild>;

/** A way round through the fault proxy, taken while a stage's connections are to be cut or slowed. */
export const Detour = z.object({
  host: z.string(),
  port: z.number().int(),
  /** Whose connection it is: "producer:kafka". */
  link: z.string(),
});
export type Detour = z.infer<typeof Detour>;

export const PostgresEndpoint = z.object({
  kind: z.enum(['embedded', 'external']),
  host: z.string(),
  port: z.number().int(),
  database: z.string(),
  user: z.string(),
  password: z.string(),
  /** TLS with the server's certificate verified. */
  ssl: z.boolean(),
  detour: Detour.optional(),
});
export type PostgresEndpoint = z.infer<typeof PostgresEndpoint>;

export const KafkaEndpoint = z.object({
  kind: z.enum(['embedded', 'external']),
  brokers: z.array(z.string()).min(1),
  clientId: z.string(),
  topic: z.string(),
  resultsTopic: z.string(),
  /** Where records go that came too late, and those that are no events; by default the topics of `names.ts`. */
  lateTopic: z.string().optional(),
  deadTopic: z.string().optional(),
  ssl: z.boolean(),
  sasl: z
    .object({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string(),
      password: z.string(),
    })
    .nullable(),
  detour: Detour.optional(),
});
export type KafkaEndpoint = z.infer<typeof KafkaEndpoint>;

const Place = { dataDir: z.string(), logDir: z.string() };

// PostgreSQL host: starts the embedded server and ends with its parent.
export const PostgresConfig = z.object({ ...Place, port: z.number().int().nullable() });
export type PostgresConfig = z.infer<typeof PostgresConfig>;
export const PostgresReady = z.object({
  endpoint: PostgresEndpoint,
  version: z.string(),
  postmasterPid: z.number(),
});
export type PostgresReady = z.infer<typeof PostgresReady>;

// Embedded broker.
export const BrokerConfig = z.object({ ...Place, port: z.number().int().nullable() });
export type BrokerConfig = z.infer<typeof BrokerConfig>;
export const BrokerReady = z.object({ host: z.string(), port: z.number() });
export type BrokerReady = z.infer<typeof BrokerReady>;
export const BrokerReport = z.object({
  at: z.number(),
  bytes: z.number(),
  topics: z.number(),
  connections: z.number(),
});
export type BrokerReport = z.infer<typeof BrokerReport>;
/** Calls the broker answers: `disk.slow` {delayMs, ms} → null: each write takes so much longer for so long. */
export const BROKER_CALLS = { slowDisk: 'disk.slow' } as const;
export const SlowDisk = z.object({ delayMs: z.number().nonnegative(), ms: z.number().nonnegative() });
export type SlowDisk = z.infer<typeof SlowDisk>;

// Fault injector: proxies and freezes.
export const FaultsConfig = z.object({ ...Place, port: z.number().int().nullable() });
export type FaultsConfig = z.infer<typeof FaultsConfig>;
export const FaultsReady = z.object({ host: z.string(), port: z.number().int() });
export type FaultsReady = z.infer<typeof FaultsReady>;
/** `set` {links, mode: {kind: pass | cut | slow, …}}; `freeze` {pids, ms} → how many; `thaw` all. */
export const FaultCalls = { set: 'fault.set', freeze: 'fault.freeze', thaw: 'fault.thaw' } as const;

// Writer.
export const WriterConfig = z.object({
  ...Place,
  postgres: PostgresEndpoint,
  settings: WriterSettings,
  shippedSeed: z.string(),
});
export type WriterConfig = z.infer<typeof WriterConfig>;
export const WriterReport = z.object({
  /** Epoch ms at which the figures were true. */
  at: z.number(),
  /** Rows committed by this writer since the data folder was made. */
  rows: z.number(),
  seed: z.object({ file: z.string(), rows: z.number(), position: z.number(), lap: z.number() }),
  /** The stage of the schedule that is on, and when it ends (epoch ms); null without one. */
  turn: z
    .object({
      stage: z.number().int(),
      rowsPerBurst: z.number(),
      intervalMs: z.number(),
      endsAt: z.number(),
    })
    .nullable()
    .default(null),
});
export type WriterReport = z.infer<typeof WriterReport>;

// Producer.
export const ProducerConfig = z.object({
  ...Place,
  postgres: PostgresEndpoint,
  kafka: KafkaEndpoint,
  settings: ProducerSettings,
});
export type ProducerConfig = z.infer<typeof ProducerConfig>;
export const ProducerReport = z.object({
  at: z.number(),
  captured: z.number(),
  /** Events acknowledged by Kafka since the data folder was made (mode "normal"). */
  events: z.number(),
  lag: z.object({ rows: z.number(), seconds: z.number() }),
  cursor: z.enum(['tx', 'id']),
  /** Every row up to here, by transaction and id, is published. */
  position: z.object({ lastId: z.string(), lastTx: z.string().nullable() }).nullable(),
  /** The highest id published since the producer started. */
  lastId: z.string().nullable().default(null),
  capture: CaptureStatus.default({
    mode: 'polling',
    why: '',
    slot: null,
    retainedBytes: null,
    changes: { updates: 0, deletes: 0, truncates: 0 },
  }),
  /** The session whose open transaction holds the capture back, when it does so for over a second. */
  heldBackBy: z
    .object({ pid: z.number(), application: z.string(), state: z.string(), seconds: z.number() })
    .nullable(),
  /** Rows since the producer's start whose created_at no event can carry, the first of them, and when the last one came. */
  undated: z
    .object({
      count: z.number(),
      lastAt: z.number(),
      first: z.array(z.object({ id: z.string(), createdAt: z.string().nullable() })),
    })
    .default({ count: 0, lastAt: 0, first: [] }),
});
export type ProducerReport = z.infer<typeof ProducerReport>;
/** Calls the producer answers: `capture.resnapshot` → null. */
export const PRODUCER_CALLS = { resnapshot: 'capture.resnapshot' } as const;

// Processor.
export const ProcessorConfig = z.object({ ...Place, kafka: KafkaEndpoint, settings: ProcessorSettings });
export type ProcessorConfig = z.infer<typeof ProcessorConfig>;
export const ProcessorReport = z.object({
  at: z.number(),
  /** Events of mode "normal" taken in since the data folder was made (restored from the checkpoint after a crash). */
  events: z.number(),
  /** Distinct ids among them, and events whose id was seen before. */
  distinct: z.number(),
  duplicates: z.number(),
  /** Events of mode "replay", which the live query leaves out. */
  replayed: z.number(),
  results: z.number(),
  late: z.number(),
  dropped: z.number(),
  unreadable: z.number(),
  lag: z.object({ events: z.number(), seconds: z.number() }),
  watermark: z.number().nullable(),
  /** Next offset to read, per partition. */
  offsets: z.record(z.string(), z.string()),
  checkpoint: z.object({ at: z.number(), bytes: z.number(), durationMs: z.number() }).nullable(),
  openWindows: z.number(),
  /** Since the last report: pairs [ms from created_at to processed, events]. */
  latency: z.array(z.tuple([z.number(), z.number()])),
  /** Results published since the last report. */
  published: z.array(WindowResult),
  /** Every query that runs or is paused, the live one first; the figures above are those of the live one. */
  lines: z.array(LineReport).default([]),
  /** Checkpoints and savepoints of the live query since the last report. */
  marks: z.array(CheckpointMark).default([]),
  /** Grows when the state went back to an older one: what was said about ids before no longer holds. */
  life: z.number().default(0),
  amounts: z.object({ edges: z.array(z.number()), counts: z.array(z.number()) }).nullable(),
});
export type ProcessorReport = z.infer<typeof ProcessorReport>;

/** Digest of the distinct normal-mode ids in one block of 4096 (block = floor(id / 4096), low = id - block * 4096). */
export const IdBlockDigest = z.object({
  /** Block number as decimal text (ids may pass 2^53). */
  block: z.string(),
  count: z.number(),
  /** Sum of low, and sum of low squared. */
  s1: z.number(),
  s2: z.number(),
});
export type IdBlockDigest = z.infer<typeof IdBlockDigest>;
/**
 * Calls the processor answers. `ids.digests` {blocks: string[]} → IdBlockDigest[]; `ids.block` {block} → number[] (lows).
 * `state.list` {query} → StateInfo[]; `state.save` {query, name} → StateInfo; `state.delete` {query, id} → null;
 * `state.restore` {query, id} → {before}.
 * `line.preview` {query, offsets, upTo} → RewindPreview. `line.rewind` {query, id, offsets, bounds, speed, paused} →
 * {savepoint}, bounds as the preview gave them (null: fixed when it begins): answers once the savepoint stands, the rest
 * is told in the line's report; an id that is done is not done again. `line.pause` {query, id, paused} → null.
 * `line.cancel` {query, id} → {cancelled, known}: not cancelled when the windows have been changed already, or when it is
 * not known. `line.undo` {query, id} → {before}. `line.undo-preview` {query, id} → UndoPreview.
 * `line.forget` {query, savepoints: keep | forget} → null: deletes the states of a query that is no longer asked for.
 */
export const PROCESSOR_CALLS = {
  digests: 'ids.digests',
  block: 'ids.block',
  states: 'state.list',
  save: 'state.save',
  deleteState: 'state.delete',
  restore: 'state.restore',
  rewindPreview: 'line.preview',
  rewind: 'line.rewind',
  cancelRewind: 'line.cancel',
  pauseRewind: 'line.pause',
  undo: 'line.undo',
  undoPreview: 'line.undo-preview',
  forget: 'line.forget',
} as const;

// Audit: one process for one audit; it writes its report and ends with exit code 0.
/** A running query as the audit has to know it, to hold its results against SQL. */
export const AuditQuery = z.object({
  name: z.string(),
  paused: z.boolean(),
  /** When it was made, epoch ms; 0: its name had no other before. */
  born: z.number(),
  /** By its last checkpoint; null before the first. */
  state: LineState.nullable(),
  lateCounted: z.array(LateCounted),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditConfig = z.object({
  ...Place,
  id: AuditId,
  postgres: PostgresEndpoint,
  kafka: KafkaEndpoint,
  /** The log of the database is captured: events stand in the order of commits then, not of transaction ids. */
  byLog: z.boolean(),
  queries: z.array(AuditQuery),
});
export type AuditConfig = z.infer<typeof AuditConfig>;
export const AuditProgress = z.object({
  at: z.number(),
  phase: z.string(),
  done: z.number(),
  total: z.number(),
  /** Set with the last report, when the files are written. */
  summary: AuditStatus.shape.report,
});
export type AuditProgress = z.infer<typeof AuditProgress>;
