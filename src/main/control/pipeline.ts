// Order in the house: which stage needs which service, what starts and stops before what. The commands call it; it
// tells the parts. Order of a start: postgres → kafka → topics → processor → producer → writer, each as early as what
// it needs allows.
import { LiveDbError } from '../../shared/errors.ts';
import type { Service, Stage } from '../../shared/names.ts';
import { notRunning, type ServicePart } from '../services/postgres-service.ts';
import { type Clock, until } from './clock.ts';
import type { Incidents } from './incidents.ts';
import type { Part } from './supervisor.ts';

type OwnService = Exclude<Service, 'engine'>;
type AnyService = Pick<ServicePart<unknown>, 'kind' | 'state' | 'ensure' | 'start' | 'stop' | 'kill'>;

const NEEDS: Record<Stage, readonly OwnService[]> = {
  writer: ['postgres'],
  producer: ['postgres', 'kafka'],
  processor: ['kafka'],
};
/** Sources first, so that what is written still flows through the stages behind. */
const STOP_ORDER: readonly Stage[] = ['writer', 'producer', 'processor'];
const START_ORDER: readonly Stage[] = ['processor', 'producer', 'writer'];
const SHOWN: Record<OwnService, string> = { postgres: 'PostgreSQL', kafka: 'Kafka' };
/** How long a stop waits for what is on its way to pass the next stage, ms. */
const FLOW_THROUGH_MS = 2_000;

export interface Pipeline {
  startAll(): Promise<void>;
  stopAll(): Promise<void>;
  startStage(stage: Stage): Promise<void>;
  stopStage(stage: Stage): Promise<void>;
  killStage(stage: Stage): Promise<void>;
  startService(service: OwnService): Promise<void>;
  stopService(service: OwnService): Promise<void>;
  killService(service: OwnService): Promise<void>;
  /** Starts a stage again when it runs (its service came back on another address). */
  refreshStagesOf(service: OwnService): void;
  /** Whether a stage that needs the service is up or on its way. */
  needed(service: OwnService): boolean;
}

export interface PipelineOptions {
  clock: Clock;
  incidents: Incidents;
  stages: Record<Stage, Part>;
  services: Record<OwnService, AnyService>;
  /** Makes sure that the topics stand; called before a stage that needs Kafka is started. */
  ensureTopics(): Promise<void>;
  /** Throws when the stage cannot work on what it finds (a foreign database without its tables). */
  check(stage: Stage): Promise<void>;
  /** Whether everything that came in has left the stage, as far as it said. */
  drained(stage: 'producer' | 'processor'): boolean;
  onFault(error: unknown): void;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { stages, services, incidents } = options;
  /** How often a stage was asked to stop: a start whose stage was stopped meanwhile does not go on. */
  const stops: Record<Stage, number> = { writer: 0, producer: 0, processor: 0 };

  const active = (stage: Stage) => {
    const state = stages[stage].state();
    return state !== 'stopped' && state !== 'failed';
  };

  const startStage = async (stage: Stage) => {
    if (stages[stage].state() === 'running') return;
    const stopsBefore = stops[stage];
    const needs = NEEDS[stage];
    await Promise.all(needs.map((service) => services[service].ensure()));
    await Promise.all([needs.includes('kafka') ? options.ensureTopics() : null, options.check(stage)]);
    if (stops[stage] !== stopsBefore && stages[stage].state() === 'stopped') {
      throw new LiveDbError({
        code: 'stopped-meanwhile',
        message: `The ${stage} was stopped while it was starting.`,
      });
    }
    await stages[stage].start();
  };

  const stopStage = async (stage: Stage) => {
    stops[stage] += 1;
    await stages[stage].stop();
  };

  const stopInOrder = async (which: readonly Stage[]) => {
    for (const stage of STOP_ORDER) {
      if (!which.includes(stage)) continue;
      const state = stages[stage].state();
      if (stage !== 'writer' && state === 'running') {
        await until(
          options.clock,
          FLOW_THROUGH_MS,
          () => stages[stage].state() !== 'running' || options.drained(stage),
        );
      }
      await stopStage(stage);
    }
  };

  const dependents = (service: OwnService) =>
    STOP_ORDER.filter((stage) => NEEDS[stage].includes(service) && active(stage));

  return {
    async startAll() {
      // What would be refused is refused before anything of it starts.
      await Promise.all(START_ORDER.map(options.check));
      // All at once, each waiting for its own needs alone; the first refusal is told when all have settled.
      const outcomes = await Promise.allSettled(START_ORDER.map(startStage));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    },
    stopAll: () => stopInOrder(STOP_ORDER),
    startStage,
    stopStage,
    async killStage(stage) {
      if (!stages[stage].kill()) throw notRunning(`The ${stage}`);
    },
    startService: (service) => services[service].start(),
    async stopService(service) {
      if (services[service].kind === 'external') return services[service].stop();
      const affected = dependents(service);
      if (affected.length > 0) {
        incidents.add({
          severity: 'info',
          subject: service,
          code: 'stopped-with-stages',
          title: `${SHOWN[service]} is stopped, and with it what needs it`,
          cause: `Stopped first: ${affected.join(', ')}.`,
          remedy: 'Starting one of these stages starts the service again.',
        });
        await stopInOrder(affected);
      }
      await services[service].stop();
    },
    killService: (service) => services[service].kill(),
    refreshStagesOf(service) {
      for (const stage of dependents(service)) {
        if (stages[stage].state() !== 'running' && stages[stage].state() !== 'starting') continue;
        stages[stage].stop().catch(options.onFault);
        stages[stage].start().catch(options.onFault);
      }
    },
    needed: (service) => dependents(service).length > 0,
  };
}
