import { describe, expect, it } from 'vitest';
import {
  stripBars,
  wordsOfMark,
  wordsOfStrip,
} from '../../../../src/renderer/panels/states/checkpoint-bars.ts';
import { holdsBack, unread } from '../../../../src/renderer/panels/states/event-time.ts';
import { eventsBack, restoreSays } from '../../../../src/renderer/panels/states/restore-says.ts';
import type { CheckpointMark, PartitionTime, StateInfo } from '../../../../src/shared/states.ts';

const partition = (number: number, watermark: number | null, idle = false): PartitionTime => ({
  partition: number,
  offset: '0',
  end: '0',
  maxTime: watermark,
  watermark,
  idle,
  lastArrival: null,
  future: 0,
});

describe('time of partitions', () => {
  it('is set by the lowest watermark of those that are not idle', () => {
    const [slow, fast, still] = [partition(0, 100), partition(1, 200), partition(2, 50, true)];
    expect(holdsBack([slow, fast, still])).toBe(slow);
    expect(holdsBack([partition(0, null), fast])).toBe(fast);
  });

  it('is set by nobody when all are idle, and one alone holds nobody back', () => {
    expect(holdsBack([partition(0, 1, true), partition(1, 2, true)])).toBeNull();
    expect(holdsBack([partition(0, 1)])).toBeNull();
  });

  it('counts what is not read, never below nothing', () => {
    expect(unread({ offset: '90', end: '100' })).toBe(10);
    expect(unread({ offset: '100', end: '90' })).toBe(0);
  });
});

describe('the strip of checkpoints', () => {
  const mark = (change: Partial<CheckpointMark>): CheckpointMark => ({
    at: Date.UTC(2026, 10, 23, 10),
    bytes: 1_000,
    durationMs: 10,
    stallMs: 1,
    kind: 'checkpoint',
    name: null,
    failed: null,
    ...change,
  });
  const marks = [
    mark({}),
    mark({ bytes: 2_000, durationMs: 20, kind: 'savepoint', name: 'before' }),
    mark({ bytes: 0, failed: 'the disk is full' }),
  ];

  it('draws sizes upwards and durations downwards, each against the largest', () => {
    const { bars, largest, longest } = stripBars(marks);
    expect({ largest, longest }).toEqual({ largest: 2_000, longest: 20 });
    expect(bars.map(({ up, down, tone }) => [up, down, tone])).toEqual([
      [29, 18, 'checkpoint'],
      [58, 36, 'savepoint'],
      [58, 18, 'failed'],
    ]);
    expect(stripBars([]).bars).toEqual([]);
  });

  it('tells each in words', () => {
    expect(wordsOfMark(marks[1] ?? mark({}))).toMatch(
      /savepoint before, 2\.00 kB in 20 ms, held events for 1 ms$/,
    );
    expect(wordsOfMark(marks[2] ?? mark({}))).toMatch(/checkpoint given up: the disk is full$/);
    expect(wordsOfStrip(marks)).toBe('The last 3, the longest took 20 ms, 1 failed.');
  });
});

describe('what a restore will do', () => {
  const state: StateInfo = {
    id: 'savepoint-before',
    kind: 'savepoint',
    name: 'before',
    query: 'live',
    at: Date.UTC(2026, 10, 23, 10),
    bytes: 1,
    durationMs: 1,
    events: 10,
    offsets: { 0: '10', 1: '20' },
    watermark: null,
    newest: false,
  };

  it('counts the events that are read once more, partition by partition', () => {
    expect(eventsBack(state.offsets, { 0: '15', 1: '25', 2: '7' })).toBe(17);
    expect(eventsBack({ 0: '9' }, { 0: '5' })).toBe(0);
  });

  it('says so, whether the query runs or not', () => {
    expect(restoreSays(state, { 0: '1010', 1: '20' })[1]).toBe(
      'It reads 1,000 events once more, then goes on live.',
    );
    expect(restoreSays(state, state.offsets)[1]).toMatch(/nothing/);
    expect(restoreSays(state, undefined)[1]).toMatch(/since then/);
  });
});
