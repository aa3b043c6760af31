// Passages and windows of the past: what the X-ray of an old row asks of the history.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HistoryStore, openHistory } from '../../../src/main/history/store.ts';
import { DEFAULT_SETTINGS } from '../../../src/shared/settings.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { result, T0 } from './fixtures.ts';

let dir: ReturnType<typeof tempDir>;
let history: HistoryStore;

beforeEach(() => {
  dir = tempDir('passages');
  history = openHistory({
    file: `${dir.path}/history.sqlite`,
    settings: DEFAULT_SETTINGS.history,
    version: 'test',
    now: () => T0,
    timer: false,
  });
});
afterEach(() => {
  history.close();
  dir[Symbol.dispose]();
});

describe('passages', () => {
  it('give the second in which an offset was passed, from a moment on', () => {
    const at = (second: number, offset: number, partition = 0) => ({
      at: T0 + second * 1_000,
      frameAt: T0 + second * 1_000 + 60,
      partition,
      offset,
    });
    history.recordPassages([at(1, 10), at(1, 99, 1)]);
    history.recordPassages([at(2, 50)]);
    history.recordPassages([at(9, 60)]);
    expect(history.passed(0, 10, T0)).toEqual({ after: T0 + 1_000, at: T0 + 2_000, frameAt: T0 + 2_060 });
    expect(history.passed(0, 55, T0)).toEqual({ after: T0 + 2_000, at: T0 + 9_000, frameAt: T0 + 9_060 });
    expect(history.passed(0, 3, T0)).toEqual({ after: null, at: T0 + 1_000, frameAt: T0 + 1_060 });
    expect(history.passed(0, 60, T0)).toBeNull();
    // A topic made anew counts from 0 again: older passages say nothing of it.
    expect(history.passed(0, 3, T0 + 3_000)?.at).toBe(T0 + 9_000);
  });
});

describe('windows of a moment', () => {
  it('are those that hold it, of the row’s org or region', () => {
    const window = (start: number, end: number) => ({
      kind: 'tumbling' as const,
      start: new Date(T0 + start).toISOString(),
      end: new Date(T0 + end).toISOString(),
    });
    history.recordResults([
      { ...result(T0, 'x'), window: window(0, 10_000), group: { org: 'a' }, query: 'live' },
      { ...result(T0, 'x'), window: window(10_000, 20_000), group: { org: 'a' }, query: 'live' },
      { ...result(T0, 'x'), window: window(0, 10_000), group: { org: 'b' }, query: 'live' },
      { ...result(T0, 'x'), window: window(0, 60_000), group: { region: 'r' }, query: 'minutes' },
    ]);
    const found = history.windowsAt(T0 + 9_999, 'a', 'r');
    expect(found.map(({ query, group }) => [query, group])).toEqual([
      ['live', { org: 'a' }],
      ['minutes', { region: 'r' }],
    ]);
    expect(history.windowsAt(T0 + 10_000, 'a', 'x').map(({ window: { start } }) => start)).toEqual([
      new Date(T0 + 10_000).toISOString(),
    ]);
  });
});
