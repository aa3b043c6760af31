import { expect, it } from 'vitest';
import type { OutgoingRecord, RecordCursor } from '../../../src/clients/kafka.ts';
import { SIDE_HEADERS } from '../../../src/shared/event.ts';
import { SideRecords, sideIdentity } from '../../../src/stages/processor/publish/side-records.ts';

const MADE_AT = 1_795_428_000_000;
const value = Buffer.from('{"id":1}');

function cursor(offset: number, headers: Record<string, string> = {}): RecordCursor {
  const place = { buffer: value, keyStart: -1, keyEnd: -1, valueStart: 0, valueEnd: value.length };
  return { ...place, offset, headers: () => headers } as unknown as RecordCursor;
}

/** A late record as it stands on the topic. */
const standing = (query: string, offset: number, at: number) =>
  cursor(7, {
    [SIDE_HEADERS.source]: `events/0/${offset}`,
    [SIDE_HEADERS.query]: query,
    [SIDE_HEADERS.at]: String(at),
  });

function sideOf(query: string, takesDead = false) {
  const put: OutgoingRecord[] = [];
  const own = { queries: new Set([query]), since: MADE_AT };
  const sink = { full: false, submitSide: (_: string, record: OutgoingRecord) => void put.push(record) };
  return { side: new SideRecords('events', own, sink, { takesDead }), put };
}

it('a query knows its own late records again, and neither those of others nor those of an older one of its name', () => {
  const { side, put } = sideOf('strict');
  side.learn('late', standing('strict', 1, MADE_AT));
  side.learn('late', standing('live', 2, MADE_AT));
  side.learn('late', standing('strict', 3, MADE_AT - 1));
  expect([1, 2, 3].map((offset) => side.isLate(0, cursor(offset)))).toEqual([true, false, false]);
  for (const offset of [1, 2, 3]) {
    side.late(0, cursor(offset), { reason: 'late', query: 'strict', window: 'a/b', at: MADE_AT });
  }
  expect(put.map(({ headers }) => headers[0]?.value)).toEqual(['events/0/2', 'events/0/3']);
});

it('one event is told apart by the query that it is late for', () => {
  const source = { [SIDE_HEADERS.source]: 'events/0/1' };
  const of = (query: string) => sideIdentity({ ...source, [SIDE_HEADERS.query]: query });
  expect(of('live')).not.toBe(of('strict'));
});

it('records that are no events are put aside by the live line alone', () => {
  for (const takesDead of [true, false]) {
    const { side, put } = sideOf('live', takesDead);
    side.dead(0, cursor(1), 'it is not JSON', MADE_AT);
    side.deadBatch(0, { offset: 2, count: 3, bytes: value }, 'damaged', MADE_AT);
    expect(put).toHaveLength(takesDead ? 2 : 0);
  }
});
