import { describe, expect, it } from 'vitest';
import {
  cancelLeaves,
  dropLeaves,
  isActive,
  outcomeOf,
} from '../../../../src/renderer/panels/replay/outcome.ts';
import { timeLeft } from '../../../../src/renderer/panels/replay/time-left.ts';
import { rangeWords, speedWords, titleOf } from '../../../../src/renderer/panels/replay/words.ts';
import { ReplayRequest, type ReplayRequestInput, ReplayStatus } from '../../../../src/shared/replay.ts';

const request = (input: ReplayRequestInput) => ReplayRequest.parse(input);
const status = (change: Partial<ReplayStatus>) =>
  ReplayStatus.parse({
    id: 'a',
    stage: 'processor',
    request: request({ stage: 'processor', from: { kind: 'beginning' } }),
    state: 'done',
    startedAt: 0,
    endedAt: 1,
    total: 1_000,
    done: 400,
    rate: 0,
    windows: 3,
    compared: 3,
    different: 0,
    error: null,
    ...change,
  });

describe('rangeWords', () => {
  it.each<[ReplayRequestInput, string]>([
    [{ stage: 'processor', from: { kind: 'beginning' } }, 'all events'],
    [{ stage: 'producer', from: { kind: 'beginning' } }, 'all rows'],
    [{ stage: 'processor', from: { kind: 'last', count: 10_000 } }, 'the last 10,000 events'],
    [{ stage: 'producer', from: { kind: 'duration', ms: 600_000 } }, 'the last 10 min'],
    [{ stage: 'producer', from: { kind: 'id', id: '77' } }, 'rows from id 77'],
    [{ stage: 'producer', from: { kind: 'id', id: '7' }, to: { kind: 'id', id: '9' } }, 'rows 7 to 9'],
    [
      {
        stage: 'processor',
        from: { kind: 'offsets', offsets: { 0: '5', 2: '9' } },
        to: { kind: 'offsets', offsets: { 2: '20' } },
      },
      'from offset 0: 5, 2: 9–20',
    ],
    [{ stage: 'processor', from: { kind: 'shift', by: -500 } }, '500 events back'],
    [{ stage: 'processor', from: { kind: 'shift', by: { 1: -500 } } }, '500 events back in partition 1'],
  ])('puts %o into words', (input, words) => {
    expect(rangeWords(request(input))).toBe(words);
  });
});

it('calls a replay by its name, else by what it reads', () => {
  expect(titleOf(status({ name: 'by region' }))).toBe('by region');
  expect(titleOf(status({}))).toBe('All events');
});

it('says how fast', () => {
  expect(speedWords({ kind: 'max' })).toBe('as fast as possible');
  expect(speedWords({ kind: 'times', factor: 1 })).toBe('in real time');
  expect(speedWords({ kind: 'times', factor: 10 })).toBe('10 times as fast as it happened');
});

it('says the time left: as it is reckoned, else at the present rate, else not', () => {
  expect(timeLeft({ total: 1_000, done: 400, rate: 60, secondsLeft: 42 })).toBe('42 s');
  expect(timeLeft({ total: 1_000, done: 400, rate: 60, secondsLeft: null })).toBe('10 s');
  expect(timeLeft({ total: 1_000, done: 400, rate: 0, secondsLeft: null })).toBe('–');
});

it('says what Cancel leaves behind, each target its own', () => {
  expect(cancelLeaves(status({ target: 'branch' }))).toMatch(/kept until you drop it/);
  expect(cancelLeaves(status({ target: 'rewind' }))).toMatch(/state from before/);
  expect(cancelLeaves(status({ target: 'republish', stage: 'producer', done: 1 }))).toMatch(
    /^Cancel stops here: the 1 row sent so far/,
  );
});

it('says what Drop takes with it', () => {
  expect(dropLeaves({ target: 'branch', kept: true })).toMatch(/windows and its comparison are deleted/);
  expect(dropLeaves({ target: 'branch', kept: false })).not.toMatch(/deleted/);
  expect(dropLeaves({ target: 'rewind', kept: false })).toMatch(/no longer be undone/);
});

it('tells the outcome of what has ended only', () => {
  expect(isActive(status({ state: 'paused' }))).toBe(true);
  expect(outcomeOf(status({ state: 'running' }))).toBeNull();
  expect(outcomeOf(status({ outcome: 'All of it.' }))).toBe('All of it.');
  expect(outcomeOf(status({ state: 'cancelled' }))).toBe('cancelled at 400 of 1,000 events.');
});
