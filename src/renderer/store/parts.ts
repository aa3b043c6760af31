// Finds the status of a stage or a service in a snapshot by its name.
import type { Service, Stage } from '../../shared/names.ts';
import type { LifeStatus, Snapshot } from '../../shared/snapshot.ts';

export function partOf(snapshot: Snapshot, part: Stage | Service): LifeStatus {
  return part === 'writer' || part === 'producer' || part === 'processor'
    ? snapshot.stages[part]
    : snapshot.services[part];
}
