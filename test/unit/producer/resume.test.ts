import { expect, test } from 'vitest';
import { type FetchedPartition, RecordCursor } from '../../../src/clients/kafka.ts';
import { BatchBuilder } from '../../../src/clients/kafka-batch.ts';
import { wasCarried } from '../../../src/stages/producer/published.ts';
import { collectIds, planTail } from '../../../src/stages/producer/resume.ts';

const topic = [
  { partition: 0, low: 0, high: 10 },
  { partition: 1, low: 5, high: 9 },
];

test('without a saved place nothing of the topic is ours', () => {
  expect(planTail(null, topic)).toEqual({
    from: new Map([
      [0, 10],
      [1, 9],
    ]),
    ends: new Map([
      [0, 10],
      [1, 9],
    ]),
    surprises: [],
  });
});

test('the tail begins at the saved offsets; what cannot be true any more is said', () => {
  expect(planTail({ 0: 7, 1: 9 }, topic)).toMatchObject({
    from: new Map([
      [0, 7],
      [1, 9],
    ]),
    surprises: [],
  });
  const recreated = planTail({ 0: 70, 1: 2 }, topic);
  expect(recreated.from).toEqual(
    new Map([
      [0, 10],
      [1, 5],
    ]),
  );
  expect(recreated.surprises).toHaveLength(2);
  // A partition that was added since is read from its beginning.
  expect(planTail({ 0: 7 }, topic).from.get(1)).toBe(5);
});

test('only live events count as published', () => {
  const builder = new BatchBuilder();
  const event = (id: number | string, mode: string, amount = '1.00') =>
    `{"id":${id},"payload":{"org":"a","amount":${amount},"region":"r"},"meta":{"source":"livedb","created_at":"2026-11-23T10:00:00.000Z","mode":"${mode}"}}`;
  builder.append('1', event(1, 'normal'), []);
  builder.append('2', event(2, 'replay'), []);
  builder.append('3', event(3, 'normal'), [{ name: 'livedb-replay', value: 'r1' }]);
  builder.append('4', 'not json', []);
  builder.append('5', event(5, 'normal'), [{ name: 'livedb-position', value: '9:5' }]);
  builder.append('9007199254740993', event('9007199254740993', 'normal'), []);
  const own = [{ name: 'livedb-position', value: '9:7' }];
  builder.append('7', event(7, 'normal', 'null'), own);
  builder.append('8', event(8, 'normal', '1'.repeat(400)), own);
  builder.append('9', event(9, 'normal'), []);
  const set = Buffer.from(builder.finish(1_000, { id: 1n, epoch: 0, sequence: 0 }));
  const fetched: FetchedPartition = {
    partition: 0,
    from: 0,
    next: 9,
    highWatermark: 9,
    logStart: 0,
    set,
    records: (until) => new RecordCursor(set, 0, until),
  };
  const ids = new Set<string>();
  collectIds(fetched, 8, ids);
  expect([...ids]).toEqual(['1', '5', '9007199254740993', '7', '8']);
});

test('what another cursor published is left out, its open gaps are not', () => {
  const carried = { below: '100', id: '50', gaps: [['10', '12'] as [string, string]] };
  expect(wasCarried(carried, '99', '50')).toBe(true);
  expect(wasCarried(carried, '99', '51')).toBe(false);
  expect(wasCarried(carried, '99', '11')).toBe(false);
  expect(wasCarried(carried, '100', '50')).toBe(false);
});
