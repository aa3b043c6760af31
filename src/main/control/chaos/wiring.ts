// Ties chaos to the parts it breaks. plane.ts calls it.
import type { ChaosTarget } from '../../../shared/chaos.ts';
import { STAGES, type Stage } from '../../../shared/names.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Services } from '../services.ts';
import type { Part } from '../supervisor.ts';
import { type Chaos, type ChaosOptions, createChaos } from './chaos.ts';

export interface ChaosWiring
  extends Pick<ChaosOptions, 'clock' | 'incidents' | 'detours' | 'view' | 'onChange' | 'onFault'> {
  pipeline: Pipeline;
  services: Services;
  stages: Record<Stage, Part>;
}

export function isStage(target: ChaosTarget): target is Stage {
  return STAGES.some((stage) => stage === target);
}

export function wireChaos({ pipeline, services, stages, ...rest }: ChaosWiring): Chaos {
  return createChaos({
    ...rest,
    kill: (target) => (isStage(target) ? pipeline.killStage(target) : pipeline.killService(target)),
    async pids(target) {
      if (!isStage(target)) return services[target].pids();
      const { pid } = stages[target].status();
      return pid === null ? [] : [pid];
    },
    foreign: (target) => !isStage(target) && services[target].kind === 'external',
  });
}
