// How the past is asked of the history, and joined with the live hour. Pure.
import type { WindowResult } from '../../../shared/event.ts';
import type { MetricPoint } from '../../../shared/history.ts';

export const HOUR = 3_600_000;

export interface Past {
  points: readonly MetricPoint[];
  results: readonly WindowResult[];
}

/** The finest recorded step that gives at most some 4,000 points. */
export function stepFor(rangeMs: number): 1_000 | 10_000 | 60_000 | 3_600_000 {
  if (rangeMs <= HOUR) return 1_000;
  if (rangeMs <= 8 * HOUR) return 10_000;
  if (rangeMs <= 60 * HOUR) return 60_000;
  return 3_600_000;
}

/** What the history gave, then what came after it. */
export function joined(past: Past, points: readonly MetricPoint[], results: readonly WindowResult[]): Past {
  const last = past.points[past.points.length - 1];
  const reached = last === undefined ? 0 : last.at + last.stepMs;
  // Each query by its own windows: a long one closes after shorter ones that start later.
  const starts = new Map<string, string>();
  for (const { query, window } of past.results) starts.set(query, window.start);
  return {
    points: [...past.points, ...points.filter((point) => point.at >= reached)],
    results: [
      ...past.results,
      ...results.filter(({ query, window }) => window.start > (starts.get(query) ?? '')),
    ],
  };
}
