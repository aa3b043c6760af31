import { describe, expect, it } from 'vitest';
import { behind, offsetsFor } from '../../../../src/renderer/panels/topics/offsets.ts';
import {
  createTopicReader,
  inOrderOfTime,
  MAX_SHOWN,
} from '../../../../src/renderer/panels/topics/topic-reader.ts';
import type { ControlRoomApi } from '../../../../src/shared/bridge.ts';
import { LiveDbError } from '../../../../src/shared/errors.ts';
import type { TopicPage, TopicRecord } from '../../../../src/shared/topics.ts';

const record = (offset: number): TopicRecord => ({
  partition: 0,
  offset: String(offset),
  timestamp: offset,
  key: null,
  value: null,
  headers: {},
});

/** A topic of one partition that grows by hand; each question waits until it is answered. */
function topic(high: number) {
  const state = { high, questions: 0 };
  let answer: (() => void) | null = null;
  const execute = (async (
    _command: string,
    input: { from: { kind: string; offsets?: Record<string, string> }; limit: number },
  ) => {
    state.questions += 1;
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    const start =
      input.from.kind === 'earliest'
        ? 0
        : input.from.kind === 'latest'
          ? Math.max(0, state.high - input.limit)
          : Number(input.from.offsets?.['0']);
    const end = Math.min(state.high, start + input.limit);
    const page: TopicPage = {
      records: Array.from({ length: end - start }, (_, index) => record(start + index)),
      next: { 0: String(end) },
    };
    return page;
  }) as unknown as ControlRoomApi['execute'];
  return {
    state,
    execute,
    /** Answers the open question and waits until the reader has taken it and asks again, or rests. */
    async turn() {
      const open = answer;
      answer = null;
      open?.();
      for (let tick = 0; tick < 20; tick += 1) await Promise.resolve();
    },
  };
}

const at = (records: readonly TopicRecord[]) => records.map(({ offset }) => Number(offset));
const noPause = async () => {};

describe('the live tail', () => {
  it('goes on exactly where a pause left off, though records came meanwhile and an answer was on its way', async () => {
    const fake = topic(10);
    const reader = createTopicReader({ topic: 't', execute: fake.execute, pause: noPause });
    reader.follow();
    await fake.turn();
    expect(at(reader.state.getState().records)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    fake.state.high = 15;
    reader.pause();
    await fake.turn(); // the answer that was on its way
    expect(reader.state.getState().records).toHaveLength(10);
    fake.state.high = 30;
    reader.follow();
    await fake.turn();
    expect(at(reader.state.getState().records)).toEqual(Array.from({ length: 30 }, (_, index) => index));
    reader.close();
  });

  it('keeps the screen bounded and says how many have left it', async () => {
    const fake = topic(0);
    const reader = createTopicReader({ topic: 't', execute: fake.execute, pause: noPause });
    reader.follow();
    await fake.turn();
    fake.state.high = MAX_SHOWN + 1_500;
    for (let page = 0; page < 8; page += 1) await fake.turn();
    const { records, scrolledOff } = reader.state.getState();
    expect(records).toHaveLength(MAX_SHOWN);
    expect(scrolledOff).toBe(1_500);
    expect(at(records).at(-1)).toBe(MAX_SHOWN + 1_499);
    reader.close();
  });

  it('asks nothing more after it was paused', async () => {
    const fake = topic(5);
    const reader = createTopicReader({ topic: 't', execute: fake.execute, pause: noPause });
    reader.follow();
    await fake.turn();
    reader.pause();
    await fake.turn();
    const { questions } = fake.state;
    await fake.turn();
    expect(fake.state.questions).toBe(questions);
    expect(reader.state.getState().mode).toBe('paused');
  });
});

it('reads page after page without gap or overlap', async () => {
  const fake = topic(25);
  const reader = createTopicReader({ topic: 't', execute: fake.execute });
  void reader.read({ kind: 'earliest' }, 10);
  await fake.turn();
  for (let page = 0; page < 2; page += 1) {
    void reader.readOn(10);
    await fake.turn();
  }
  expect(at(reader.state.getState().records)).toEqual(Array.from({ length: 25 }, (_, index) => index));
});

it('merges partitions by time and keeps the order of offsets within each', () => {
  const at = (partition: number, offset: number, timestamp: number): TopicRecord => ({
    ...record(offset),
    partition,
    timestamp,
  });
  const merged = inOrderOfTime([at(0, 1, 10), at(0, 2, 5), at(0, 3, 30), at(1, 7, 8), at(1, 8, 20)]);
  expect(merged.map(({ partition, offset }) => `${partition}:${offset}`)).toEqual([
    '1:7',
    '0:1',
    '0:2',
    '1:8',
    '0:3',
  ]);
});

it('shows a refusal and rests', async () => {
  const refusal = { code: 'topic.unknown', message: 'There is no such topic.' };
  const execute = (async () => {
    throw new LiveDbError(refusal);
  }) as unknown as ControlRoomApi['execute'];
  const reader = createTopicReader({ topic: 't', execute });
  await reader.read({ kind: 'latest' }, 10);
  expect(reader.state.getState()).toMatchObject({ mode: 'idle', error: refusal });
});

describe('offsets', () => {
  const info = {
    name: 't',
    internal: false,
    partitions: [
      { partition: 0, low: '10', high: '50' },
      { partition: 1, low: '0', high: '5' },
    ],
    events: 45,
  };
  it('are moved into what each partition holds', () => {
    expect(offsetsFor(info, 'all', 20)).toEqual({ 0: '20', 1: '5' });
    expect(offsetsFor(info, '0', 3)).toEqual({ 0: '10' });
  });
  it('tell how many records are still ahead', () => {
    expect(behind(info, { next: { 0: '45', 1: '5' } })).toBe(5);
    expect(behind(info, { next: null })).toBeNull();
  });
});
