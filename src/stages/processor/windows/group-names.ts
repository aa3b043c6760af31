// Numbers for groups: of an org, of a region, of both together, or of nothing. The decoder gives the numbers of the
// texts, the windows know groups by one number. Used by the window core, its results and checkpoints.
import type { Group } from '../../../shared/event.ts';
import type { GroupField } from '../../../shared/query.ts';
import { Interner } from '../decode/interner.ts';
import { Pairs } from './pairs.ts';

export type Grouping = 'none' | 'org' | 'region' | 'both';

export function groupingOf(fields: readonly GroupField[]): Grouping {
  if (fields.length === 0) return 'none';
  return fields.length > 1 ? 'both' : (fields[0] ?? 'none');
}

export class GroupNames {
  readonly org = new Interner();
  readonly region = new Interner();
  readonly #pairs = new Pairs();

  /** The group of an event, given the numbers of its texts. */
  number(grouping: Grouping, org: number, region: number): number {
    switch (grouping) {
      case 'org':
        return org;
      case 'region':
        return region;
      case 'both':
        return this.#pairs.number(org, region);
      case 'none':
        return 0;
    }
  }

  group(grouping: Grouping, number: number): Group {
    switch (grouping) {
      case 'org':
        return { org: this.org.text(number) };
      case 'region':
        return { region: this.region.text(number) };
      case 'both':
        return {
          org: this.org.text(this.#pairs.first(number)),
          region: this.region.text(this.#pairs.second(number)),
        };
      case 'none':
        return {};
    }
  }

  /** The number of a group of another set of names, or of a checkpoint. */
  numberOf(grouping: Grouping, group: Group): number {
    const org = group.org === undefined ? 0 : this.org.ofText(group.org);
    const region = group.region === undefined ? 0 : this.region.ofText(group.region);
    return this.number(grouping, org, region);
  }

  /** Texts and pairs that are known. */
  get size(): number {
    return Math.max(this.org.size, this.region.size, this.#pairs.size);
  }
}
