// What a fault did, read off what the control plane sees: when it was noticed, when all was well again, what it cost.
// Pure; chaos.ts calls `observe` some twenty times a second while a fault is not yet recovered from.
import { CHAOS_TARGETS, type ChaosTarget, type Scorecard } from '../../../shared/chaos.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import type { Figures } from '../figures.ts';

interface PartView {
  state: string;
  restarts: number;
  waiting: string | null;
  /** Epoch ms since which it runs. */
  since: number | null;
}

/** The control plane's own view at one moment. */
export interface View {
  at: number;
  parts: Record<ChaosTarget, PartView>;
  lagSeconds: number;
  /** Age of the open transaction that holds the capture back, s: what lies behind it is nobody's fault. */
  heldBackSeconds: number;
  /** Epoch ms of the writer's last report: a new process reports once it is connected. */
  writerAt: number;
  /** Epoch ms of the producer's last report; the processor's counts only when the present process has spoken. */
  producerAt: number;
  processorHeard: boolean;
  missing: number;
  duplicates: number;
  /** Epoch ms of the ledger's last look at the table. */
  checkedAt: number;
  late: number;
  /** Records that the processor put aside as dead. */
  unreadable: number;
  p99: number | null;
}

export function viewOf(snapshot: Snapshot, figures: Pick<Figures, 'writer' | 'producer' | 'progress'>): View {
  const { stages, services, ledger } = snapshot;
  const part = ({ state, restarts, waiting, since }: PartView): PartView => ({
    state,
    restarts,
    waiting,
    since,
  });
  return {
    at: snapshot.at,
    parts: {
      writer: part(stages.writer),
      producer: part(stages.producer),
      processor: part(stages.processor),
      postgres: part(services.postgres),
      kafka: part(services.kafka),
    },
    lagSeconds: Math.max(stages.producer.lag.seconds, stages.processor.lag.seconds),
    heldBackSeconds: figures.producer?.heldBackBy?.seconds ?? 0,
    writerAt: figures.writer?.at ?? 0,
    producerAt: figures.producer?.at ?? 0,
    processorHeard: figures.progress() !== null,
    missing: ledger.missing,
    duplicates: ledger.duplicates,
    checkedAt: ledger.checkedAt ?? 0,
    late: stages.processor.late,
    unreadable: stages.processor.unreadable,
    p99: snapshot.latency.p99,
  };
}

/** Longer than this behind is not caught up, s. */
const CAUGHT_UP_S = 1;
/** A fault that shows nowhere is taken for weathered this long after its end, ms. */
const UNNOTICED_MS = 1_500;
export const GIVEN_UP_MS = 60_000;

const NAMES: Record<ChaosTarget, string> = {
  writer: 'writer',
  producer: 'producer',
  processor: 'processor',
  postgres: 'PostgreSQL',
  kafka: 'Kafka',
};

/** The first thing that differs from before the fault, in words; the target's own signs first. */
export function signOf(target: ChaosTarget, before: View, now: View): string | null {
  for (const name of [target, ...CHAOS_TARGETS.filter((other) => other !== target)]) {
    const was = before.parts[name];
    const is = now.parts[name];
    if (was.state !== 'running') continue;
    if (is.state !== 'running') return `${NAMES[name]} ${is.state}`;
    if (is.restarts > was.restarts) return `${NAMES[name]} restarted`;
    if (is.waiting !== null && was.waiting === null) return `${NAMES[name]}: ${is.waiting}`;
  }
  return null;
}

/** Whether everything that was up or coming up before runs, waits for nothing, has caught up, and the ledger is even, as of after `since`. */
export function isSettled(before: View, now: View, since: number): boolean {
  const ran = CHAOS_TARGETS.filter((name) => {
    const { state } = before.parts[name];
    return state !== 'stopped' && state !== 'stopping' && state !== 'failed';
  });
  const well = ran.every((name) => now.parts[name].state === 'running' && now.parts[name].waiting === null);
  if (!well) return false;
  const { writer, producer } = now.parts;
  if (ran.includes('writer') && now.writerAt < (writer.since ?? 0)) return false;
  if (ran.includes('producer') && now.producerAt < Math.max(since, producer.since ?? 0)) return false;
  if (ran.includes('processor') && !now.processorHeard) return false;
  return (
    now.lagSeconds <= CAUGHT_UP_S + now.heldBackSeconds &&
    now.missing === 0 &&
    (now.checkedAt >= since || !ran.includes('postgres'))
  );
}

/** Whether a running processor has put aside, or noticed as doubled, all that the fault published. */
function isAside({ published, dead, doubled }: Scorecard, before: View): boolean {
  return published === null || before.parts.processor.state !== 'running' || (dead ?? doubled) >= published;
}

/** The card after this look; its `state` says whether the watch is over. `card.at` is when the fault struck. */
export function observe(card: Scorecard, before: View, now: View): Scorecard {
  const next = { ...card };
  if (next.detectMs === null) {
    next.sign = signOf(card.target, before, now);
    if (next.sign !== null) next.detectMs = Math.max(0, now.at - card.at);
  }
  next.late = Math.max(card.late, now.late - before.late);
  next.doubled = Math.max(0, now.duplicates - before.duplicates);
  if (next.dead !== null) next.dead = Math.max(next.dead, now.unreadable - before.unreadable);
  if (next.published !== null && next.detectMs === null && (next.dead ?? next.doubled) > 0) {
    next.sign = next.dead === null ? 'counted as doubled' : 'put aside as dead';
    next.detectMs = Math.max(0, now.at - card.at);
  }
  if (now.p99 !== null) next.p99Highest = Math.max(now.p99, card.p99Highest ?? 0);
  const { liftedAt } = card;
  if (liftedAt === null) return next;

  const settled = isSettled(before, now, liftedAt) && isAside(next, before);
  // Settled for the first time, unless it turns out to have been the calm before the first sign.
  next.recoverMs = settled ? (card.recoverMs ?? now.at - liftedAt) : null;
  const weathered = next.published !== null || next.detectMs !== null || now.at - liftedAt >= UNNOTICED_MS;
  if (!(settled && weathered) && now.at - liftedAt < GIVEN_UP_MS) return next;
  next.state = settled ? 'recovered' : 'not-recovered';
  next.lost = now.missing;
  next.endedAt = now.at;
  return next;
}
