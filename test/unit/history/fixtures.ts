// Small makers of history records for the tests of this folder.
import { join } from 'node:path';
import { type HistoryStore, openHistory } from '../../../src/main/history/store.ts';
import type { WindowResult } from '../../../src/shared/event.ts';
import { HistoryQuery } from '../../../src/shared/history.ts';
import type { Incident } from '../../../src/shared/incident.ts';

export const T0 = Date.UTC(2026, 10, 23, 10);

export interface TestClock {
  at: number;
}

export function openAt(
  dir: string,
  clock: TestClock,
  settings = { maxAgeDays: 30, maxSizeMb: 500 },
): HistoryStore {
  return openHistory({
    file: join(dir, 'history.sqlite'),
    settings,
    version: '0.0.1',
    now: () => clock.at,
    timer: false,
  });
}

export function result(start: number, org: string, change: Partial<WindowResult> = {}): WindowResult {
  return {
    window: {
      kind: 'tumbling',
      start: new Date(start).toISOString(),
      end: new Date(start + 10_000).toISOString(),
    },
    group: { org },
    count: 3,
    sum: '30.00',
    avg: '10.00',
    min: '5.00',
    max: '15.00',
    p50: '10.00',
    p95: '15.00',
    p99: '15.00',
    revision: 0,
    final: true,
    query: 'live',
    ...change,
  };
}

export function incident(id: string, at: number, change: Partial<Incident> = {}): Incident {
  return {
    id,
    at,
    endedAt: null,
    severity: 'warning',
    subject: 'writer',
    code: 'killed',
    title: 'Writer killed',
    cause: 'SIGKILL',
    remedy: null,
    ...change,
  };
}

export const ask = (query: Partial<HistoryQuery> & { from: number }) => HistoryQuery.parse(query);
