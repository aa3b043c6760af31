// What a results topic says in the end, as the oracle of windows says it.
import { expect } from 'vitest';
import { resultKey, type WindowResult } from '../../src/shared/event.ts';
import type { OracleWindow } from './window-oracle.ts';

/** What stands in the topic at the end: the newest revision of each window and group, withdrawn ones left out. */
export function standing(topic: readonly WindowResult[]): OracleWindow[] {
  const newest = new Map<string, WindowResult>();
  const seen = new Set<string>();
  for (const result of topic) {
    const key = resultKey(result);
    expect(seen.has(`${key} ${result.revision}`), `${key} revision ${result.revision} twice`).toBe(false);
    seen.add(`${key} ${result.revision}`);
    const before = newest.get(key);
    if (before === undefined || before.revision < result.revision) newest.set(key, result);
  }
  return [...newest.values()]
    .filter(({ count }) => count > 0)
    .map(
      ({ window, group, count, revision: _, final: _final, query: _query, filtered: _all, ...figures }) => ({
        start: Date.parse(window.start),
        end: Date.parse(window.end),
        group: [group.org, group.region].filter((one) => one !== undefined).join('|'),
        count,
        figures,
      }),
    );
}

export function inOrder(windows: readonly OracleWindow[]): OracleWindow[] {
  return windows.toSorted((a, b) => a.start - b.start || a.end - b.end || (a.group < b.group ? -1 : 1));
}
