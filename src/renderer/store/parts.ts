// Finds the status of a stage or a service in a snapshot by its name, and tells what all stages together do.
import type { Service, Stage } from '../../shared/names.ts';
import type { LifeStatus, Snapshot } from '../../shared/snapshot.ts';

export function partOf(snapshot: Snapshot, part: Stage | Service): LifeStatus {
  return part === 'writer' || part === 'producer' || part === 'processor'
    ? snapshot.stages[part]
    : snapshot.services[part];
}

/** Which of "Start all" and "Stop all" would do anything: a stage is down, a stage is not. */
export function wholePipeline({ stages }: Pick<Snapshot, 'stages'>): { canStart: boolean; canStop: boolean } {
  const down = Object.values(stages).map(({ state }) => state === 'stopped' || state === 'failed');
  return { canStart: down.includes(true), canStop: down.includes(false) };
}
