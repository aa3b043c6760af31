// Faults made on purpose: what can be broken, how, and what came of it. Commands `chaos.*` and `snapshot.chaos`.
import { z } from 'zod';

export const FAULTS = ['kill', 'freeze', 'cut', 'slow', 'slow-disk', 'poison', 'double'] as const;
/**
 * `cut`: packets vanish and nothing closes (half-open); `slow`: each packet comes later, each way; `slow-disk`: each
 * write of an embedded service takes longer. Of Kafka alone: `poison` publishes records that are no events, `double` the
 * newest events once more, byte by byte.
 */
export const Fault = z.enum(FAULTS);
export type Fault = z.infer<typeof Fault>;

/** Faults that put records on the topic of a running pipeline; they are over at once, like a kill. */
export const isPublished = (fault: Fault): boolean => fault === 'poison' || fault === 'double';

export const POISON_KINDS = [
  'unparsable',
  'bytes',
  'wrong-type',
  'missing-field',
  'bad-time',
  'huge',
  'null',
  'empty',
] as const;
export const PoisonKind = z.enum(POISON_KINDS);
export type PoisonKind = z.infer<typeof PoisonKind>;
/** Header of a poison record: its kind. */
export const POISON_HEADER = 'livedb-poison';

export const CHAOS_TARGETS = ['writer', 'producer', 'processor', 'postgres', 'kafka'] as const;
export const ChaosTarget = z.enum(CHAOS_TARGETS);
export type ChaosTarget = z.infer<typeof ChaosTarget>;

/** A frozen child is ended after 8 s without a sign of life; beyond a minute a fault shows nothing new. */
const Seconds = z.number().min(0.1).max(120);

export const ChaosInject = z
  .object({
    fault: Fault,
    target: ChaosTarget,
    /** How long it lasts; a kill is over at once. */
    seconds: Seconds.default(5),
    /** Added to each packet, each way, by `slow` (100), and to each write by `slow-disk` (1,000), ms. */
    delayMs: z.number().int().min(1).max(10_000).optional(),
    /** Bound of `slow` on each connection, each way; null for none. */
    bytesPerSecond: z.number().int().min(1_000).max(1_000_000_000).nullable().default(null),
    /** Records that `poison` and `double` publish. */
    count: z.number().int().min(1).max(500).default(10),
    /** What is wrong with the poison, one after the other. */
    kinds: z
      .array(PoisonKind)
      .min(1)
      .max(POISON_KINDS.length)
      .default([...POISON_KINDS]),
    /** Says that records may be put on the topic of a cluster that is not LiveDB's own. */
    foreign: z.boolean().default(false),
  })
  .strict()
  .refine(({ fault, target }) => target === 'kafka' || !isPublished(fault), {
    path: ['target'],
    message: 'records are published to "kafka"',
  })
  .refine(({ fault, target }) => fault !== 'slow-disk' || target === 'kafka' || target === 'postgres', {
    path: ['target'],
    message: 'the disk of "kafka" or "postgres" can be slowed down',
  });
export type ChaosInject = z.infer<typeof ChaosInject>;

export function delayOf({ fault, delayMs }: Pick<ChaosInject, 'fault' | 'delayMs'>): number {
  return delayMs ?? (fault === 'slow-disk' ? 1_000 : 100);
}

export const ChaosRunRequest = z
  .object({
    /** How many faults, one after the other. */
    kills: z.number().int().min(1).max(100_000),
    /** The same seed chooses the same faults in the same order. */
    seed: z.number().int().min(0).max(4_294_967_295),
    /** Mean pause between one recovery and the next fault; some faults come without waiting for the recovery. */
    pauseMs: z.number().int().min(0).max(600_000).default(500),
    faults: z.array(Fault).min(1).default(['kill']),
    targets: z
      .array(ChaosTarget)
      .min(1)
      .default([...CHAOS_TARGETS]),
  })
  .strict();
export type ChaosRunRequest = z.infer<typeof ChaosRunRequest>;

/** `overtaken`: the next fault of a run came before this one was recovered from. */
export const ScorecardState = z.enum([
  'preparing',
  'running',
  'recovered',
  'overtaken',
  'not-recovered',
  'refused',
]);

export const Scorecard = z.object({
  id: z.string(),
  /** Run that it belongs to; null for a single fault. */
  run: z.string().nullable(),
  fault: Fault,
  target: ChaosTarget,
  /** Length of the fault; null for a kill. */
  seconds: z.number().nullable(),
  state: ScorecardState,
  /** Epoch ms at which the fault struck, was lifted, and was recovered from (or given up). */
  at: z.number(),
  liftedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  /** From the fault to the first sign of it in the control plane, and what that was; null when nothing showed. */
  detectMs: z.number().nullable(),
  sign: z.string().nullable(),
  /** From the end of the fault (a kill: from the kill) until all that ran runs, nothing waits and the ledger is even. */
  recoverMs: z.number().nullable(),
  lost: z.number(),
  doubled: z.number(),
  late: z.number(),
  /** The p99 of the latency before the fault and its highest since, ms. */
  p99Before: z.number().nullable(),
  p99Highest: z.number().nullable(),
  /** Anything to know: what stood in for the fault, why it was refused. */
  note: z.string().nullable(),
  /** Records that the fault put on the topic, and how many of them the processor put aside as dead; null for other faults. */
  published: z.number().nullable().default(null),
  dead: z.number().nullable().default(null),
});
export type Scorecard = z.infer<typeof Scorecard>;

/** What the audit after a run found of the whole table; `failed`: there is none, and `note` says why. */
export const ChaosAudit = z.object({
  id: z.string().nullable(),
  state: z.enum(['running', 'agrees', 'differs', 'failed']),
  missing: z.number().nullable(),
  doubled: z.number().nullable(),
  note: z.string().nullable(),
});
export type ChaosAudit = z.infer<typeof ChaosAudit>;

export const ChaosRun = z.object({
  id: z.string(),
  seed: z.number(),
  kills: z.number(),
  done: z.number(),
  state: z.enum(['running', 'done', 'stopped']),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  recovered: z.number(),
  overtaken: z.number(),
  notRecovered: z.number(),
  /** By the ledger, since the run began. */
  lost: z.number(),
  doubled: z.number(),
  late: z.number(),
  detectMs: z.object({ p50: z.number().nullable(), max: z.number().nullable() }),
  recoverMs: z.object({ p50: z.number().nullable(), p95: z.number().nullable(), max: z.number().nullable() }),
  p99Highest: z.number().nullable(),
  /** Confirms or refutes what the ledger said; null until the faults are over, and of a run that was stopped. */
  audit: ChaosAudit.nullable().default(null),
});
export type ChaosRun = z.infer<typeof ChaosRun>;

export const ChaosStatus = z.object({
  /** The run that goes on, or the last one. */
  run: ChaosRun.nullable(),
  /** Newest first, at most 20. */
  scorecards: z.array(Scorecard),
});
export type ChaosStatus = z.infer<typeof ChaosStatus>;
