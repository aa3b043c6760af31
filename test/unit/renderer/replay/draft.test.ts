import { describe, expect, it } from 'vitest';
import { type Draft, newDraft, requestOf, wordsOf } from '../../../../src/renderer/panels/replay/draft.ts';
import { timeLeft } from '../../../../src/renderer/panels/replay/time-left.ts';
import { verdictOf } from '../../../../src/renderer/panels/replay/verdict.ts';

const draft = newDraft('processor', Date.parse('2026-11-23T10:00:00Z'));

describe('requestOf', () => {
  it('makes each kind of request', () => {
    expect(requestOf(draft).request).toMatchObject({ stage: 'processor', from: { kind: 'beginning' } });
    expect(requestOf({ ...draft, processorFrom: 'last', count: '500' }).request).toMatchObject({
      stage: 'processor',
      from: { kind: 'last', count: 500 },
    });
    expect(
      requestOf({ ...draft, processorFrom: 'offsets', offsets: { 0: ' 7 ', 1: '' } }).request,
    ).toMatchObject({
      stage: 'processor',
      from: { kind: 'offsets', offsets: { 0: '7' } },
    });
    expect(requestOf({ ...draft, processorFrom: 'time' }).request).toMatchObject({
      stage: 'processor',
      from: { kind: 'time', at: '2026-11-23T09:50:00.000Z' },
    });
    expect(requestOf({ ...draft, stage: 'producer', producerFrom: 'id', id: '12' }).request).toMatchObject({
      stage: 'producer',
      from: { kind: 'id', id: '12' },
    });
  });

  it.each<Partial<Draft>>([
    { processorFrom: 'offsets', offsets: {} },
    { processorFrom: 'offsets', offsets: { 0: '-1' } },
    { processorFrom: 'offsets', offsets: { 0: 'x' } },
    { processorFrom: 'time', time: '' },
    { processorFrom: 'last', count: '0' },
    { processorFrom: 'last', count: '' },
    { stage: 'producer', producerFrom: 'id', id: 'x' },
  ])('says what is missing in %o', (change) => {
    const { request, fault } = requestOf({ ...draft, ...change });
    expect(request).toBeNull();
    expect(fault).toMatch(/\.$/);
  });
});

it('puts requests into words', () => {
  expect(wordsOf({ stage: 'processor', from: { kind: 'last', count: 10_000 } })).toBe(
    'the last 10,000 events',
  );
  expect(wordsOf({ stage: 'processor', from: { kind: 'offsets', offsets: { 0: '5', 2: '9' } } })).toBe(
    'from offset 0:5, 2:9',
  );
  expect(wordsOf({ stage: 'producer', from: { kind: 'id', id: '77' } })).toBe('rows from id 77');
});

it('says the time left at the present rate, and that it is not known at none', () => {
  expect(timeLeft({ total: 1_000, done: 400, rate: 60 })).toBe('10 s');
  expect(timeLeft({ total: 1_000, done: 400, rate: 0 })).toBe('–');
});

it('tells a window that differs from one that the live line does not have', () => {
  expect(verdictOf({ equal: false, live: null })).toBe('not live');
});
