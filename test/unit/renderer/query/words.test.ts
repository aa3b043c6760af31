import { expect, it } from 'vitest';
import { queryRows } from '../../../../src/renderer/panels/query/query-rows.ts';
import { groupNames } from '../../../../src/renderer/panels/query/use-group-names.ts';
import { queryWords } from '../../../../src/renderer/panels/query/words.ts';
import { DEFAULT_QUERY } from '../../../../src/shared/query.ts';
import type { LineReport } from '../../../../src/shared/states.ts';
import { quietSnapshot } from '../../../support/quiet-snapshot.ts';

it('puts a query into words', () => {
  expect(queryWords(DEFAULT_QUERY)).toBe('each 10 s, by org');
  expect(
    queryWords({
      ...DEFAULT_QUERY,
      window: { kind: 'hopping', sizeMs: 60_000, slideMs: 5_000 },
      groupBy: [],
      filter: {
        orgs: ['a', 'b'],
        regions: ['eu', 'us', 'ap'],
        minAmount: '1000',
        maxAmount: null,
        modes: ['normal', 'replay'],
      },
    }),
  ).toBe('1 min each 5 s, total; org a or b, 3 regions, amount ≥ 1,000, with replayed');
  expect(
    queryWords({
      ...DEFAULT_QUERY,
      window: { kind: 'session', gapMs: 5_000 },
      groupBy: ['org', 'region'],
      filter: { ...DEFAULT_QUERY.filter, modes: ['replay'] },
    }),
  ).toBe('sessions, gap 5 s, by org and region; only replayed');
});

it('tells the state of every query, the primary one first', () => {
  const snapshot = quietSnapshot();
  const spec = (name: string) => ({ ...DEFAULT_QUERY, name });
  const line = (query: string, change: Partial<LineReport> = {}): LineReport => ({
    query,
    paused: false,
    events: 0,
    results: 0,
    late: 0,
    dropped: 0,
    overflow: 0,
    questions: 1,
    unreadable: 0,
    future: 0,
    lag: { events: 0, seconds: 0 },
    watermark: null,
    openWindows: 0,
    groups: 0,
    offsets: {},
    checkpoint: null,
    partitions: [],
    error: null,
    rewind: null,
    ...change,
  });
  const side = (name: string, paused = false) => ({ spec: spec(name), paused, born: 0, fresh: 0, now: 0 });
  snapshot.settings = {
    ...snapshot.settings,
    processor: {
      ...snapshot.settings.processor,
      queries: [side('bad'), side('new'), side('back'), side('still', true)],
    },
  };
  const rewind = {
    id: '1',
    state: 'running' as const,
    done: 1,
    live: 0,
    total: 2,
    windows: 1,
    results: 1,
    late: 0,
    paused: false,
    at: null,
    error: null,
  };
  snapshot.stages.processor.state = 'running';
  snapshot.stages.processor.lines = [
    line('live'),
    line('bad', { error: 'the topic is gone' }),
    line('back', { rewind }),
    line('still', { paused: true }),
  ];
  const seen = () => queryRows(snapshot).map((row) => `${row.spec.name} ${row.state}`);
  expect(seen()).toEqual(['live running', 'bad failed', 'new starting', 'back rewinding', 'still paused']);
  snapshot.stages.processor.state = 'stopped';
  expect(seen()).toEqual(['live stopped', 'bad stopped', 'new stopped', 'back stopped', 'still paused']);
});

it('offers the orgs and regions that results name', () => {
  const result = (group: { org?: string; region?: string }) => ({
    window: { kind: 'tumbling' as const, start: '', end: '' },
    group,
    count: 1,
    revision: 0,
    final: true,
    query: 'q',
  });
  expect(groupNames([result({ org: 'b' }), result({ org: 'a', region: 'eu' }), result({})])).toEqual({
    orgs: ['a', 'b'],
    regions: ['eu'],
  });
});
