import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveEvent } from '../../../src/shared/event.ts';
import {
  type CapturedRow,
  encodeEvent,
  isoMoment,
  jsonAmount,
  jsonText,
} from '../../../src/stages/producer/event-encoding.ts';
import { lastRow, toRecords } from '../../../src/stages/producer/line.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', 'a"b\\c', '\u0000\u001f\u007f\u2028\u2029', '\ud800', '😀', 'ünïcödé', ''),
);
const cents = fc.integer({ min: -9_999_999_999, max: 9_999_999_999 });
const amountText = cents.map((value) => {
  const digits = String(Math.abs(value)).padStart(3, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
});

test('the event is what JSON.stringify would give, with the amount in its exact text', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      nasty,
      amountText,
      nasty,
      (id, org, amount, region) => {
        const row: CapturedRow = [String(id), org, amount, region, null, '7'];
        const json = encodeEvent(row, '2026-11-23T10:00:00.123Z', 'normal');
        expect(json.startsWith(`{"id":${id},"payload":{"org":`)).toBe(true);
        expect(json).toContain(`,"amount":${amount},"region":`);
        const event = LiveEvent.omit({ id: true }).parse(JSON.parse(json));
        expect(event.payload.org).toBe(JSON.parse(JSON.stringify(org)));
        expect(event.payload.region).toBe(JSON.parse(JSON.stringify(region)));
        const again = json.replace(`"id":${id}`, '"id":0').replace(`"amount":${amount}`, '"amount":0');
        const { payload, meta } = event;
        expect(again).toBe(JSON.stringify({ id: 0, payload: { ...payload, amount: 0 }, meta }));
      },
    ),
  );
});

test('a text is quoted as JSON.stringify does', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(jsonText(text)).toBe(JSON.stringify(text));
    }),
  );
});

test('amounts that are no JSON numbers become strings', () => {
  expect(['512.45', '1500.50', '-0.01', '0.00', '1e+20'].map(jsonAmount)).toEqual([
    '512.45',
    '1500.50',
    '-0.01',
    '0.00',
    '1e+20',
  ]);
  expect(['NaN', 'Infinity', '$1.00', '01.5', '1.'].map(jsonAmount)).toEqual([
    '"NaN"',
    '"Infinity"',
    '"$1.00"',
    '"01.5"',
    '"1."',
  ]);
  expect(jsonAmount(null)).toBe('null');
});

test('microseconds are cut to milliseconds, never rounded up', () => {
  const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(
      date,
      fc.integer({ min: 0, max: 999_999 }),
      fc.constantFrom('', '+00'),
      (moment, micros, zone) => {
        const seconds = moment.toISOString().slice(0, 19);
        const fraction = String(micros).padStart(6, '0').replace(/0+$/, '');
        const text = `${seconds.replace('T', ' ')}${fraction === '' ? '' : `.${fraction}`}${zone}`;
        const millis = String(Math.floor(micros / 1000)).padStart(3, '0');
        expect(isoMoment(text)).toBe(`${seconds}.${millis}Z`);
      },
    ),
  );
  expect(isoMoment('12026-01-01 00:00:00.5')).toBe('+012026-01-01T00:00:00.500Z');
  expect([null, 'infinity', '-infinity', '0044-03-15 00:00:00 BC'].map(isoMoment)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test('a row without a moment carries that of its capture, and says so', () => {
  const without: string[] = [];
  const rows: CapturedRow[] = [['5', 'a', '1.00', 'r', 'infinity', '12']];
  const [record] = [...toRecords(rows, Date.parse('2026-11-23T10:00:00.001Z'), (id) => without.push(id))];
  expect(without).toEqual(['5']);
  expect(JSON.parse(String(record?.value)).meta.created_at).toBe('2026-11-23T10:00:00.001Z');
  expect(record?.headers).toEqual([
    { name: 'livedb-position', value: '12:5' },
    { name: 'livedb-captured-at', value: '1795428000001' },
  ]);
});

test('the last row is the one with the highest id, whatever its sign and length', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1 }), (ids) => {
      const rows = ids.map((id): CapturedRow => [String(id), 'o', '1', 'r', '2026-11-23 10:00:00+00', null]);
      const highest = ids.reduce((a, b) => (a > b ? a : b));
      expect(lastRow(rows)).toEqual({ id: String(highest), createdAt: '2026-11-23 10:00:00' });
    }),
  );
});
