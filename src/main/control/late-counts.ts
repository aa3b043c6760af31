// How many events more came too late for each query from one report of the processor to the next, whatever its lines go
// through in between: they start anew, go back, come and go. Used by figures.ts.
import type { LineReport } from '../../shared/states.ts';

export type CountedLine = Pick<LineReport, 'query' | 'offsets' | 'dropped' | 'overflow'>;

export class LateCounts {
  #counted = new Map<string, number>();

  /** By query; one for which none came is left out. What a line had counted when it is seen first is nothing new. */
  take(lines: readonly CountedLine[]): Map<string, number> {
    const more = new Map<string, number>();
    const counted = new Map<string, number>();
    for (const { query, offsets, dropped, overflow } of lines) {
      const before = this.#counted.get(query);
      // A line that has not begun yet does not know what it counted before.
      if (Object.keys(offsets).length === 0) {
        if (before !== undefined) counted.set(query, before);
        continue;
      }
      const late = dropped - overflow;
      counted.set(query, late);
      if (before !== undefined && late > before) more.set(query, late - before);
    }
    this.#counted = counted;
    return more;
  }

  clear(): void {
    this.#counted.clear();
  }
}
