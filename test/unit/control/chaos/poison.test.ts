// Poison: every kind of it is no event, stays below what a broker takes, and most of it can be made an event again.
import { describe, expect, it } from 'vitest';
import { decodeJson } from '../../../../src/clients/event-json.ts';
import { eventsAgain, poisonRecords } from '../../../../src/main/control/chaos/poison.ts';
import type { AsideRecord, SideTopics } from '../../../../src/main/services/side-topics.ts';
import { POISON_HEADER, POISON_KINDS } from '../../../../src/shared/chaos.ts';

const AT = Date.parse('2026-11-23T10:00:00.123Z');

describe('poison', () => {
  it.each(POISON_KINDS)('of the kind %s is no event', (kind) => {
    const [record] = [...poisonRecords({ count: 1, kinds: [kind] }, AT)];
    expect(record?.headers).toEqual([{ name: POISON_HEADER, value: kind }]);
    const value = record?.value ?? null;
    if (value === null) expect(kind).toBe('null');
    else expect(typeof decodeJson(Buffer.from(value).toString())).toBe('string');
    expect(value?.length ?? 0).toBeLessThan(900_000);
  });

  it('comes as one kind after the other, each under an id that no row has', () => {
    const records = [...poisonRecords({ count: 5, kinds: ['null', 'empty'] }, AT)];
    expect(records.map(({ value }) => value)).toEqual([null, '', null, '', null]);
    expect(new Set(records.map(({ key }) => key)).size).toBe(5);
    expect(records.every(({ key }) => Number(key) < 0 && Number.isSafeInteger(Number(key)))).toBe(true);
  });

  it('that was only cut off is an event of mode "replay" with its last brace', () => {
    const [record] = [...poisonRecords({ count: 1, kinds: ['unparsable'] }, AT)];
    expect(decodeJson(`${record?.value}}`)).toMatchObject({ replay: true, at: AT, cents: 1_250 });
  });
});

describe('events once more', () => {
  const event = (id: number, mode: string) =>
    `{"id":${id},"payload":{"org":"a","amount":1,"region":"r"},"meta":{"source":"livedb","created_at":"2026-11-23T10:00:00.123Z","mode":"${mode}"}}`;
  const record = (offset: number, value: string | null): AsideRecord => ({
    partition: 0,
    offset,
    timestamp: offset,
    key: String(offset),
    value: value === null ? null : Buffer.from(value),
    bytes: 0,
    headers: { h: String(offset) },
  });
  const side = (records: AsideRecord[]) =>
    ({ page: async () => ({ records, next: null }) }) as unknown as SideTopics;

  it('are the newest of mode "normal", with key, bytes and headers', async () => {
    const records = [
      record(4, '{'),
      record(3, event(3, 'normal')),
      record(2, event(2, 'replay')),
      record(1, null),
    ];
    const again = await eventsAgain(side(records), 'events', 2);
    const one = { key: '3', value: Buffer.from(event(3, 'normal')), headers: [{ name: 'h', value: '3' }] };
    expect(again).toEqual([one, one]);
    await expect(eventsAgain(side([record(1, null)]), 'events', 2)).rejects.toThrow(/no event/);
  });
});
