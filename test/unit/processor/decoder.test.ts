import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson } from '../../../src/clients/event-json.ts';
import { Decoder } from '../../../src/stages/processor/decode/decoder.ts';
import { Interner } from '../../../src/stages/processor/decode/interner.ts';

const EVENT =
  '{"id":1,"payload":{"org":"alpha-cloud","amount":512.45,"region":"us-east-1"},"meta":{"source":"livedb","created_at":"2026-11-23T10:00:00.123Z","mode":"normal"}}';

function decoder() {
  return new Decoder(new Interner(), new Interner());
}

/** Decodes in the middle of other bytes, as in a record set. */
function decode(one: Decoder, text: string | Buffer) {
  const value = Buffer.isBuffer(text) ? text : Buffer.from(text);
  const bytes = Buffer.concat([Buffer.from('{"id":9'), value, Buffer.from('}}"}}')]);
  if (!one.decode(bytes, 7, 7 + value.length)) return one.reason;
  return {
    id: one.id,
    org: one.orgs.text(one.org),
    region: one.regions.text(one.region),
    cents: one.cents,
    at: one.at,
    replay: one.replay,
  };
}

describe('event decoder', () => {
  it('reads the fixed layout', () => {
    expect(decode(decoder(), EVENT)).toEqual({
      id: 1,
      org: 'alpha-cloud',
      region: 'us-east-1',
      cents: 51245,
      at: Date.parse('2026-11-23T10:00:00.123Z'),
      replay: false,
    });
    expect(decode(decoder(), EVENT.replace('"normal"', '"replay"'))).toMatchObject({ replay: true });
    expect(decode(decoder(), EVENT.replace('512.45', '"512.45"'))).toMatchObject({ cents: 51245 });
  });

  it('reads any event as JSON.parse does', () => {
    const one = decoder();
    const amount = fc.oneof(
      fc.integer({ min: -100_000, max: 10_000_000_000 }).map((cents) => (cents / 100).toFixed(2)),
      fc.constantFrom(
        '0',
        '-0',
        '1.5',
        '12e2',
        '1.234',
        '01',
        '1.',
        '-',
        '4503599627370495',
        '99999999999999999999',
      ),
    );
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a"b', 'ü', '\\', '\u0000', '🙂'),
    );
    const time = fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.constantFrom('2026-02-29T00:00:00.000Z', '2024-02-29T23:59:59.999Z', '2026-04-31T00:00:00.000Z'),
      fc.constantFrom(
        '2026-11-23T24:00:00.000Z',
        '2026-11-23T10:00:00Z',
        '2026-11-23 10:00:00',
        'x',
        '2026-11-23T10:00:00.123+02:00',
      ),
    );
    const identity = fc.oneof(
      fc.integer().map(String),
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
      fc.constantFrom('1.5', '"7"', '-0', '007'),
    );
    const mode = fc.constantFrom('normal', 'replay', 'other');
    const quoted = fc.boolean();
    const source = fc.constantFrom('livedb', 'other');
    fc.assert(
      fc.property(
        identity,
        text,
        amount,
        text,
        time,
        mode,
        quoted,
        source,
        (id, org, sum, region, at, kind, q, from) => {
          const number = q ? JSON.stringify(sum) : sum;
          const event = `{"id":${id},"payload":{"org":${JSON.stringify(org)},"amount":${number},"region":${JSON.stringify(region)}},"meta":{"source":"${from}","created_at":"${at}","mode":"${kind}"}}`;
          // What the bytes say: a lone surrogate is no UTF-8.
          expect(decode(one, event)).toEqual(decodeJson(Buffer.from(event).toString()));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('agrees with JSON.parse on events whose bytes were damaged', () => {
    const one = decoder();
    fc.assert(
      fc.property(
        fc.nat(EVENT.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        (at, byte, cut) => {
          const bytes = Buffer.from(EVENT);
          bytes[at] = byte;
          const value = cut ? bytes.subarray(0, at) : bytes;
          expect(decode(one, value)).toEqual(decodeJson(value.toString('utf8')));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('refuses texts and times that windows could not hold: they would stop the processor again and again', () => {
    const one = decoder();
    const refused = (text: string) => {
      const bytes = Buffer.from(text);
      return one.decode(bytes, 0, bytes.length) ? null : one.reason;
    };
    const event = (org: string, at: string) =>
      `{"id":1,"payload":{"org":"${org}","amount":1.00,"region":"eu"},"meta":{"source":"livedb","created_at":"${at}","mode":"normal"}}`;
    const noon = '2026-11-23T12:00:00.000Z';
    expect(refused(event('a'.repeat(1_024), noon))).toBeNull();
    expect(refused(event('é'.repeat(1_000), noon))).toBeNull();
    expect(refused(event('a'.repeat(1_025), noon))).toContain('longer than 1024');
    expect(refused(event('a', '+275760-09-10T00:00:00.000Z'))).toBeNull();
    expect(refused(event('a', '+275760-09-13T00:00:00.000Z'))).toContain('created_at');
    expect(refused(event('a', '-271821-04-20T00:00:00.000Z'))).toContain('created_at');
  });

  it('keeps ids beyond 2^53 exact and says why a record is no event', () => {
    expect(decode(decoder(), EVENT.replace('"id":1', '"id":9007199254740993'))).toMatchObject({
      id: 9007199254740993n,
    });
    expect(decode(decoder(), 'poison')).toMatch(/not JSON/);
    expect(decode(decoder(), '[]')).toMatch(/not a JSON object/);
    expect(decode(decoder(), EVENT.replace('512.45', '1.234'))).toMatch(/amount/);
    expect(decode(decoder(), EVENT.replace('"normal"', '"x"'))).toMatch(/mode/);
  });

  it('gives one number to one text, however many there are', () => {
    const texts = new Interner();
    const numbers = new Map<string, number>();
    const one = new Decoder(texts, new Interner());
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < 5_000; at++) {
        const org = `org-${at}`;
        decode(one, EVENT.replace('alpha-cloud', org));
        expect(numbers.get(org) ?? one.org).toBe(one.org);
        numbers.set(org, one.org);
      }
    }
    expect(texts.size).toBe(5_000);
  });

  it('puts two damaged spellings of one text into one group', () => {
    const one = decoder();
    const spell = (byte: number) => {
      const bytes = Buffer.from(EVENT);
      bytes[EVENT.indexOf('alpha')] = byte;
      decode(one, bytes);
      return one.org;
    };
    expect(spell(0xff)).toBe(spell(0xfe));
  });
});
