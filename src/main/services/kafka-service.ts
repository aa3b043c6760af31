// Kafka as a part of the pipeline: the embedded broker in a child of ours, or an external cluster that is only watched.
// app.ts makes one; the pipeline starts it before the producer and the processor.
import type { LiveDbErrorData } from '../../shared/errors.ts';
import { BROKER_CALLS, BrokerReady, type KafkaEndpoint, type SlowDisk } from '../../shared/link.ts';
import { EVENTS_TOPIC, RESULTS_TOPIC, type RunState } from '../../shared/names.ts';
import type { Clock } from '../control/clock.ts';
import type { Parts } from '../control/parts.ts';
import { createHealth, notOurs } from './health.ts';
import { notRunning, type ServicePart } from './postgres-service.ts';

const START_TIMEOUT_MS = 30_000;
const CALL_MS = 2_000;

export interface KafkaPart extends ServicePart<KafkaEndpoint> {
  /** Each write of the broker takes `delayMs` longer for the next `ms`; throws when it is not ours. */
  delayWrites(delayMs: number, ms: number): Promise<void>;
}

export interface KafkaServiceOptions {
  parts: Parts;
  /** Topic and client id asked for by the environment, also with the embedded broker. */
  names: { topic: string; clientId: string };
  onState(): void;
  onReady(endpoint: KafkaEndpoint): void;
  onReport(report: unknown): void;
}

export function createEmbeddedKafka(options: KafkaServiceOptions): KafkaPart {
  let endpoint: KafkaEndpoint | null = null;
  const part = options.parts.supervise({
    subject: 'kafka',
    child: 'broker',
    name: 'Kafka broker',
    startTimeoutMs: START_TIMEOUT_MS,
    config: () => ({ port: null }),
    onReady(info) {
      const ready = BrokerReady.parse(info);
      endpoint = {
        kind: 'embedded',
        brokers: [`${ready.host}:${ready.port}`],
        clientId: options.names.clientId,
        topic: options.names.topic,
        resultsTopic: RESULTS_TOPIC,
        ssl: false,
        sasl: null,
      };
      options.onReady(endpoint);
    },
    onReport: options.onReport,
    onState: options.onState,
  });
  return {
    kind: 'embedded',
    state: part.state,
    status: part.status,
    endpoint: () => endpoint,
    version: () => null,
    ensure: part.start,
    start: part.start,
    stop: part.stop,
    async kill() {
      if (!part.kill()) throw notRunning('Kafka');
    },
    async pids() {
      const { pid } = part.status();
      return pid === null ? [] : [pid];
    },
    async delayWrites(delayMs, ms) {
      const args: SlowDisk = { delayMs, ms };
      await part.call(BROKER_CALLS.slowDisk, args, CALL_MS);
    },
    close: part.stop,
  };
}

export interface ExternalKafkaOptions {
  endpoint: KafkaEndpoint;
  clock: Clock;
  check(): Promise<{ version: string | null }>;
  needed(): boolean;
  onState(state: RunState, error: LiveDbErrorData | null): void;
}

export function createExternalKafka(options: ExternalKafkaOptions): KafkaPart {
  const health = createHealth({
    name: 'Kafka',
    clock: options.clock,
    needed: options.needed,
    check: options.check,
    onChange: options.onState,
  });
  return {
    kind: 'external',
    state: health.state,
    status: health.status,
    endpoint: () => options.endpoint,
    version: () => health.info()?.version ?? null,
    ensure: health.ensure,
    start: () => Promise.reject(notOurs('Kafka', 'start')),
    stop: () => Promise.reject(notOurs('Kafka', 'stop')),
    kill: () => Promise.reject(notOurs('Kafka', 'kill')),
    pids: () => Promise.reject(notOurs('Kafka', 'freeze')),
    delayWrites: () => Promise.reject(notOurs('Kafka', 'slow down')),
    async close() {
      health.close();
    },
  };
}

export const DEFAULT_KAFKA_NAMES = { topic: EVENTS_TOPIC, clientId: 'livedb' } as const;
