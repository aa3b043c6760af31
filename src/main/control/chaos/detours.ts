// The fault injector as the control plane holds it: started when the first fault needs it, and the way round that stages
// take through its proxy. A stage goes over to the detour by a drained restart, before the fault, and stays on it until
// its next start. chaos.ts sets the faults; stages.ts asks for the endpoints.
import { CHAOS_TARGETS, type ChaosTarget } from '../../../shared/chaos.ts';
import {
  type Detour,
  FaultCalls,
  FaultsReady,
  type KafkaEndpoint,
  type PostgresEndpoint,
} from '../../../shared/link.ts';
import { STAGES, type Stage } from '../../../shared/names.ts';
import type { Parts } from '../parts.ts';
import type { Part } from '../supervisor.ts';

export type LinkMode =
  | { kind: 'pass' }
  | { kind: 'cut' }
  | { kind: 'slow'; delayMs: number; bytesPerSecond: number | null };

const LINKS: Record<Stage, readonly ('postgres' | 'kafka')[]> = {
  writer: ['postgres'],
  producer: ['postgres', 'kafka'],
  processor: ['kafka'],
};
const START_TIMEOUT_MS = 10_000;
const CALL_MS = 2_000;

/** Connections that a fault of this target is about, as "stage:service". */
export function linksOf(target: ChaosTarget): string[] {
  return STAGES.flatMap((stage) =>
    LINKS[stage]
      .filter((service) => stage === target || service === target)
      .map((service) => `${stage}:${service}`),
  );
}

export function stagesOf(target: ChaosTarget): Stage[] {
  return STAGES.filter((stage) => stage === target || LINKS[stage].some((service) => service === target));
}

export interface Detours {
  postgres(stage: Stage, endpoint: PostgresEndpoint): PostgresEndpoint;
  kafka(stage: Stage, endpoint: KafkaEndpoint): KafkaEndpoint;
  /** Brings the injector up. */
  ensure(): Promise<void>;
  /** Has these stages go through the proxy; restarts those that run and do not yet. Gives whether it did. */
  prepare(stages: readonly Stage[]): Promise<boolean>;
  set(links: readonly string[], mode: LinkMode): Promise<void>;
  freeze(pids: readonly number[], ms: number): Promise<number>;
  /** Lets everything through and thaws everything. */
  liftAll(): Promise<void>;
  /** New starts of stages go straight again; the injector ends once none goes through it. Called each second. */
  tidy(faultsGoOn: boolean): void;
  close(): Promise<void>;
}

export interface DetoursOptions {
  parts: Parts;
  stateOf(stage: Stage): string;
  restart(stage: Stage): Promise<void>;
  onFault(error: unknown): void;
}

export function createDetours(options: DetoursOptions): Detours {
  let ready: FaultsReady | null = null;
  const wanted = new Set<Stage>();
  /** Stages whose present process goes through the proxy. */
  const taken = new Set<Stage>();
  const part: Part = options.parts.supervise({
    subject: null,
    child: 'faults',
    name: 'fault injector',
    startTimeoutMs: START_TIMEOUT_MS,
    // The same port again: stages on the detour come back to it.
    config: () => ({ port: ready?.port ?? null }),
    onReady(info) {
      ready = FaultsReady.parse(info);
    },
  });

  const detour = (stage: Stage, service: 'postgres' | 'kafka'): { detour?: Detour } => {
    if (options.stateOf(stage) === 'starting') {
      if (wanted.has(stage)) taken.add(stage);
      else taken.delete(stage);
    }
    return taken.has(stage) && ready !== null ? { detour: { ...ready, link: `${stage}:${service}` } } : {};
  };
  const call = (method: string, args: unknown) => part.call(method, args, CALL_MS);
  const everyLink = () => CHAOS_TARGETS.flatMap(linksOf);

  return {
    postgres: (stage, endpoint) => ({ ...endpoint, ...detour(stage, 'postgres') }),
    kafka: (stage, endpoint) => ({ ...endpoint, ...detour(stage, 'kafka') }),
    ensure: part.start,
    async prepare(stages) {
      await part.start();
      const over = stages.filter((stage) => {
        wanted.add(stage);
        return !taken.has(stage) && options.stateOf(stage) === 'running';
      });
      await Promise.all(over.map(options.restart));
      return over.length > 0;
    },
    async set(links, mode) {
      await call(FaultCalls.set, { links, mode });
    },
    freeze: async (pids, ms) => Number(await call(FaultCalls.freeze, { pids, ms })),
    async liftAll() {
      if (part.state() !== 'running') return;
      await call(FaultCalls.set, { links: everyLink(), mode: { kind: 'pass' } });
      await call(FaultCalls.thaw, null);
    },
    tidy(faultsGoOn) {
      if (faultsGoOn) return;
      wanted.clear();
      for (const stage of taken) if (options.stateOf(stage) === 'stopped') taken.delete(stage);
      if (taken.size === 0 && part.state() === 'running') part.stop().catch(options.onFault);
    },
    close: part.stop,
  };
}
