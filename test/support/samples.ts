// A valid window result for tests that need one and care about a field or two.
import type { WindowResult } from '../../src/shared/event.ts';

export function aResult(change: Partial<WindowResult> = {}): WindowResult {
  return {
    window: { kind: 'tumbling', start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T00:00:10.000Z' },
    group: { org: 'alpha-cloud' },
    count: 1,
    sum: '1.00',
    avg: '1.00',
    min: '1.00',
    max: '1.00',
    p50: '1.00',
    p95: '1.00',
    p99: '1.00',
    revision: 0,
    final: true,
    query: 'live',
    ...change,
  };
}
