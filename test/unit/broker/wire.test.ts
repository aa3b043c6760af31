import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHead, readHeaderRest, responseFrame } from '../../../src/broker/wire/api.ts';
import { ApiVersions } from '../../../src/broker/wire/apis/api-versions.ts';
import { FindCoordinator } from '../../../src/broker/wire/apis/find-coordinator.ts';
import { OffsetFetch } from '../../../src/broker/wire/apis/offset-fetch.ts';
import { ProtocolFault, Reader } from '../../../src/broker/wire/reader.ts';
import {
  array,
  bytes,
  int32,
  nullable,
  since,
  string,
  struct,
  tagged,
} from '../../../src/broker/wire/schema.ts';
import { Writer } from '../../../src/broker/wire/writer.ts';

function through<T>(write: (w: Writer) => void, read: (r: Reader) => T, flexible = false): T {
  const writer = new Writer(8);
  writer.flexible = flexible;
  write(writer);
  expect(writer.toBuffer().length).toBe(writer.length);
  const reader = new Reader(writer.toBuffer());
  reader.flexible = flexible;
  const value = read(reader);
  expect(reader.remaining).toBe(0);
  return value;
}

describe('primitives', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.integer(),
        fc.nat(),
        fc.string(),
        fc.boolean(),
        (long, int, nat, text, flexible) => {
          expect(
            through(
              (w) => w.int64(long),
              (r) => r.int64(),
            ),
          ).toBe(long);
          expect(
            through(
              (w) => w.varint(long),
              (r) => r.varint(),
            ),
          ).toBe(long);
          expect(
            through(
              (w) => w.int32(int),
              (r) => r.int32(),
            ),
          ).toBe(int);
          expect(
            through(
              (w) => w.uvarint(nat),
              (r) => r.uvarint(),
            ),
          ).toBe(nat);
          const clean = Buffer.from(text).toString();
          expect(
            through(
              (w) => w.string(clean),
              (r) => r.nullableString(),
              flexible,
            ),
          ).toBe(clean);
          expect(
            through(
              (w) => w.string(null),
              (r) => r.nullableString(),
              flexible,
            ),
          ).toBeNull();
        },
      ),
    );
  });

  test('bytes large and small come back in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { maxLength: 8 }), fc.boolean(), (sizes, flexible) => {
        const all = sizes.map((size, index) => Buffer.alloc(size, index + 1));
        const back = through(
          (w) => {
            for (const one of all) w.bytes(one);
          },
          (r) => all.map(() => r.nullableBytes()),
          flexible,
        );
        expect(back.every((one, index) => one?.equals(all[index] ?? Buffer.alloc(0)))).toBe(true);
      }),
    );
  });

  test('the greatest long goes back as the greatest long', () => {
    const greatest = Buffer.from('7fffffffffffffff', 'hex');
    const writer = new Writer();
    writer.int64(new Reader(greatest).int64());
    expect(writer.toBuffer()).toEqual(greatest);
  });
});

const shape = struct({
  name: string,
  note: since(2, nullable(string), null),
  items: array(struct({ id: int32, body: nullable(bytes) })),
  extra: tagged(3, 4, int32, 7),
});

describe('schemas', () => {
  test('carry in each version what that version has', () => {
    const value = {
      name: 'n',
      note: 'x',
      items: [
        { id: 1, body: null },
        { id: 2, body: Buffer.from('b') },
      ],
      extra: 9,
    };
    for (const version of [1, 2, 3, 4]) {
      const writer = new Writer();
      writer.version = version;
      writer.flexible = version >= 3;
      shape.write(writer, value);
      const reader = new Reader(writer.toBuffer());
      reader.version = version;
      reader.flexible = version >= 3;
      const read = shape.read(reader);
      expect(reader.remaining).toBe(0);
      expect(read).toEqual({ ...value, note: version >= 2 ? 'x' : null, extra: version >= 4 ? 9 : 7 });
    }
  });

  test('no garbage makes a reader leave its frame or hang', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (noise, version) => {
        const reader = new Reader(Buffer.from(noise));
        reader.version = version;
        reader.flexible = version >= 6;
        try {
          OffsetFetch.request.read(reader);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolFault);
        }
        expect(reader.position).toBeLessThanOrEqual(noise.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('frames', () => {
  test('request headers: plain before the flexible version, tagged from it on', () => {
    for (const version of [0, 3]) {
      const writer = new Writer();
      writer.int16(FindCoordinator.key);
      writer.int16(version);
      writer.int32(77);
      writer.string('me');
      if (version >= 3) writer.uvarint(0);
      const { head, reader } = readHead(writer.toBuffer());
      expect(head).toEqual({ apiKey: 10, version, correlationId: 77 });
      expect(readHeaderRest(reader, FindCoordinator, version)).toBe('me');
      expect(reader.flexible).toBe(version >= 3);
      expect(reader.remaining).toBe(0);
    }
  });

  test('ApiVersions never has tags in its response header (KIP-511)', () => {
    const frame = Buffer.concat(responseFrame(ApiVersions, 3, 5, { errorCode: 0, apiKeys: [] }));
    // size, correlation id, error code, empty compact array, throttle time, no tags
    expect(frame.toString('hex')).toBe(`${'0000000c'}${'00000005'}${'0000'}${'01'}${'00000000'}${'00'}`);
  });
});
