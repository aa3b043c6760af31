// Ties chaos to the parts it breaks. plane.ts calls it.
import type { ChaosTarget } from '../../../shared/chaos.ts';
import { EVENTS_TOPIC, STAGES, type Stage } from '../../../shared/names.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Services } from '../services.ts';
import type { SideRecords } from '../side-records.ts';
import type { Part } from '../supervisor.ts';
import { type Chaos, type ChaosOptions, createChaos } from './chaos.ts';
import { eventsAgain, poisonRecords } from './poison.ts';

export interface ChaosWiring
  extends Pick<ChaosOptions, 'clock' | 'incidents' | 'detours' | 'view' | 'audit' | 'onChange' | 'onFault'> {
  pipeline: Pipeline;
  services: Services;
  stages: Record<Stage, Part>;
  /** Where records are published from. */
  aside: Pick<SideRecords, 'topics'>;
}

export function isStage(target: ChaosTarget): target is Stage {
  return STAGES.some((stage) => stage === target);
}

export function wireChaos({ pipeline, services, stages, aside, ...rest }: ChaosWiring): Chaos {
  return createChaos({
    ...rest,
    kill: (target) => (isStage(target) ? pipeline.killStage(target) : pipeline.killService(target)),
    async pids(target) {
      if (!isStage(target)) return services[target].pids();
      const { pid } = stages[target].status();
      return pid === null ? [] : [pid];
    },
    delayWrites: services.kafka.delayWrites,
    async publish(request) {
      const side = await aside.topics();
      const records =
        request.fault === 'poison'
          ? [...poisonRecords(request, rest.clock.now())]
          : await eventsAgain(side, services.kafka.endpoint()?.topic ?? EVENTS_TOPIC, request.count);
      await side.publish(records);
      return records.length;
    },
    foreign: (target) => !isStage(target) && services[target].kind === 'external',
  });
}
