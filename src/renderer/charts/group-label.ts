// How the group of a result is called where one name must do. Pure.
import type { Group } from '../../shared/event.ts';

/** "alpha-cloud", "us-east-1", "alpha-cloud · us-east-1"; "total" where nothing is grouped. */
export function groupLabel({ org, region }: Group): string {
  const parts = [org, region].filter((part) => part !== undefined);
  return parts.length === 0 ? 'total' : parts.join(' · ');
}
