// Orgs and regions that the last hour's results name: what the filter offers while one types.
import { useMemo, useState } from 'react';
import type { WindowResult } from '../../../shared/event.ts';
import { controlRoom } from '../../store/state.ts';

/** More than these in a list would help nobody. */
const MAX_NAMES = 100;

/** As they are when the form is opened: a list must not move under the hand. */
export function useGroupNames(): { orgs: string[]; regions: string[] } {
  const [results] = useState(() => controlRoom.getState().results);
  return useMemo(() => groupNames(results), [results]);
}

export function groupNames(results: readonly WindowResult[]): { orgs: string[]; regions: string[] } {
  const orgs = new Set<string>();
  const regions = new Set<string>();
  for (const { group } of results) {
    if (group.org !== undefined && orgs.size < MAX_NAMES) orgs.add(group.org);
    if (group.region !== undefined && regions.size < MAX_NAMES) regions.add(group.region);
  }
  return { orgs: [...orgs].sort(), regions: [...regions].sort() };
}
