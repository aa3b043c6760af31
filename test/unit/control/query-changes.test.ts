import { describe, expect, it } from 'vitest';
import { refuseWrongChanges } from '../../../src/main/control/query-changes.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';
import { DEFAULT_QUERY, MAX_QUESTIONS, type QuerySpec } from '../../../src/shared/query.ts';
import type { ProcessorSettings } from '../../../src/shared/settings.ts';
import { LineReport } from '../../../src/shared/states.ts';

const SESSIONS: QuerySpec = { ...DEFAULT_QUERY, window: { kind: 'session', gapMs: 5_000 } };

const settings = (query: QuerySpec, more: Partial<ProcessorSettings> = {}): ProcessorSettings => ({
  query,
  queries: [],
  checkpointIntervalMs: 1_000,
  ...more,
});

const line = (told: Partial<LineReport> = {}) =>
  LineReport.parse({
    query: 'live',
    paused: false,
    events: 10,
    results: 0,
    late: 0,
    dropped: 0,
    unreadable: 0,
    future: 0,
    lag: { events: 0, seconds: 0 },
    watermark: null,
    openWindows: 1,
    groups: 1,
    offsets: {},
    checkpoint: null,
    partitions: [],
    error: null,
    rewind: null,
    ...told,
  });

const refusal = (before: ProcessorSettings, after: ProcessorSettings, lines: LineReport[]) => {
  try {
    refuseWrongChanges(before, after, lines);
    return null;
  } catch (error) {
    return LiveDbError.dataOf(error).code;
  }
};

describe('a change of a running query that keeps its windows', () => {
  const tumbling = settings(DEFAULT_QUERY);

  it('is refused where sessions would be cut in two', () => {
    expect(refusal(tumbling, settings(SESSIONS), [line()])).toBe('query.session-cut');
    expect(refusal(settings(SESSIONS), tumbling, [line()])).toBe('query.session-cut');
    // Nobody knows how far its sessions are.
    expect(refusal(settings(SESSIONS), tumbling, [])).toBe('query.session-cut');
    const longer = settings({ ...SESSIONS, window: { kind: 'session', gapMs: 9_000 } });
    expect(refusal(settings(SESSIONS), longer, [line()])).toBe('query.session-cut');
    expect(refusal(tumbling, settings(SESSIONS), [line({ events: 0 })])).toBeNull();
    expect(refusal(settings(SESSIONS), tumbling, [line({ openWindows: 0 })])).toBeNull();
    expect(refusal(tumbling, settings(SESSIONS, { fresh: 1 }), [line()])).toBeNull();
  });

  it('is refused for each query by its own line, not when it is another one of that name', () => {
    const side = (spec: QuerySpec, born = 1) =>
      settings(DEFAULT_QUERY, {
        queries: [{ spec: { ...spec, name: 'side' }, paused: false, born, fresh: 0, now: 0 }],
      });
    const lines = [line({ events: 0 }), line({ query: 'side' })];
    expect(refusal(side(DEFAULT_QUERY), side(SESSIONS), lines)).toBe('query.session-cut');
    expect(refusal(side(DEFAULT_QUERY), side(SESSIONS, 2), lines)).toBeNull();
    expect(refusal(side(DEFAULT_QUERY), tumbling, lines)).toBeNull();
  });

  it('is refused when older questions would no longer be corrected', () => {
    const other = settings({ ...DEFAULT_QUERY, groupBy: [] });
    expect(refusal(tumbling, other, [line({ questions: MAX_QUESTIONS })])).toBe('query.too-many-changes');
    expect(refusal(tumbling, other, [line({ questions: MAX_QUESTIONS - 1 })])).toBeNull();
    const bounds = settings({ ...DEFAULT_QUERY, allowedLatenessMs: 5, outOfOrdernessMs: 1 });
    expect(refusal(tumbling, bounds, [line({ questions: MAX_QUESTIONS })])).toBeNull();
  });
});
