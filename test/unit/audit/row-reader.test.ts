// Rows as COPY writes them give the same fingerprint as their event does in the topic.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, NOT_COMPARABLE } from '../../../src/stages/audit/fingerprints.ts';
import { RowReader } from '../../../src/stages/audit/row-reader.ts';
import { Decoder } from '../../../src/stages/processor/decode/decoder.ts';
import { Interner } from '../../../src/stages/processor/decode/interner.ts';
import { centsText } from '../../../src/stages/processor/money.ts';
import { encodeEvent, isoMoment } from '../../../src/stages/producer/event-encoding.ts';

/** PostgreSQL's escapes of the text format. */
const escaped = (text: string) =>
  text.replace(/[\\\b\f\n\r\t\v]/g, (letter) => {
    const names: Record<string, string> = {
      '\\': '\\\\',
      '\b': '\\b',
      '\f': '\\f',
      '\n': '\\n',
      '\r': '\\r',
      '\t': '\\t',
      '\v': '\\v',
    };
    return names[letter] ?? letter;
  });

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('a\\b', 'tab\there', '\\N', 'é', 'line\nfeed', ''),
);
const microseconds = fc.constantFrom('', '.1', '.12', '.123', '.123456', '.999999', '.000001');

describe('a row of the table', () => {
  it('has the fingerprint of its event', () => {
    const orgs = new Interner();
    const regions = new Interner();
    const reader = new RowReader(orgs, regions);
    const decoder = new Decoder(orgs, regions);
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        text,
        fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }),
        text,
        fc.date({ min: new Date('1971-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        microseconds,
        (id, org, cents, region, date, fraction) => {
          const created = `${date.toISOString().slice(0, 19).replace('T', ' ')}${fraction}`;
          const amount = centsText(cents);
          reader.read(Buffer.from(`${[id, escaped(org), amount, escaped(region), created].join('\t')}\n`));
          const event = encodeEvent(
            [String(id), org, amount, region, created, null],
            isoMoment(created) ?? '',
            'normal',
          );
          const bytes = Buffer.from(event);
          expect(decoder.decode(bytes, 0, bytes.length)).toBe(true);
          expect(BigInt(reader.id)).toBe(BigInt(decoder.id));
          expect(reader.fingerprint).toBe(
            fingerprintOf(decoder.org, decoder.region, decoder.cents, decoder.at),
          );
        },
      ),
    );
  });

  it.each([
    ['no amount', '1\ta\t\\N\tr\t2026-01-01 00:00:00'],
    ['NaN', '1\ta\tNaN\tr\t2026-01-01 00:00:00'],
    ['no moment', '1\ta\t1.00\tr\t\\N'],
    ['infinity', '1\ta\t1.00\tr\tinfinity'],
    ['before our era', '1\ta\t1.00\tr\t0044-03-15 00:00:00 BC'],
  ])('with %s cannot be compared', (_, line) => {
    const reader = new RowReader(new Interner(), new Interner());
    reader.read(Buffer.from(`${line}\n`));
    expect(reader.id).toBe(1);
    expect(reader.fingerprint).toBe(NOT_COMPARABLE);
  });

  it('of a column with a zone counts as UTC', () => {
    const orgs = new Interner();
    const regions = new Interner();
    const reader = new RowReader(orgs, regions);
    reader.read(Buffer.from('1\ta\t1.00\tr\t2026-01-01 00:00:00.5+00\n'));
    expect(reader.fingerprint).toBe(fingerprintOf(0, 0, 100, Date.UTC(2026, 0, 1, 0, 0, 0, 500)));
  });
});
