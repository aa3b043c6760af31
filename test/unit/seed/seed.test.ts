import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { parseSeed, readSeed, type Seed, type SeedFaults } from '../../../src/clients/seed.ts';
import { checkAmount } from '../../../src/clients/seed-fields.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'livedb-seed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => Buffer.from(text);
const rowsOf = (seed: Seed) => seed.org.map((org, i) => [org, seed.amount[i], seed.region[i]]);

async function faultsOf(file: string, content: string | Uint8Array): Promise<SeedFaults> {
  try {
    await parseSeed(file, typeof content === 'string' ? bytes(content) : content);
  } catch (error) {
    if (error instanceof LiveDbError && error.data.code === 'seed.invalid')
      return error.data.details as SeedFaults;
    throw error;
  }
  throw new Error('the seed was taken');
}

const sentences = async (file: string, content: string | Uint8Array) =>
  (await faultsOf(file, content)).faults.map((fault) => fault.message);

test('the shipped seed has 49 rows', async () => {
  const seed = await readSeed(resolve(import.meta.dirname, '../../../seed/livedb_seed.csv'));
  expect(seed.rows).toBe(49);
  expect(rowsOf(seed)[0]).toEqual(['alpha-cloud', '512.45', 'us-east-1']);
});

describe('what is taken', () => {
  const expected = [
    ['alpha', '512.45', 'us-east-1'],
    ['be,ta "x"', '1500.50', 'eu'],
  ];
  test.each([
    ['header.csv', 'org,amount,region\nalpha,512.45,us-east-1\n"be,ta ""x""",1500.5,eu\n'],
    [
      'header with id, other order.csv',
      'Region, ID ,Amount,Org\r\nus-east-1,7,512.45,alpha\r\neu,8,1500.50,"be,ta ""x"""\r\n',
    ],
    ['no header.csv', 'alpha,512.45,us-east-1\n\n"be,ta ""x""",01500.500,eu'],
    ['four columns.csv', '1,alpha,+512.45,us-east-1\n2,"be,ta ""x""", 1500.5 ,eu\n'],
    ['marked.csv', '\ufefforg,amount,region\nalpha,512.45,us-east-1\n"be,ta ""x""",1500.5,eu\n'],
    ['semicolons.csv', 'org;amount;region\nalpha;512.45;us-east-1\n"be,ta ""x""";1500.5;eu\n'],
    ['old line ends.csv', 'alpha,512.45,us-east-1\r"be,ta ""x""",1500.5,eu\r'],
    [
      'array.json',
      '[{"id":1,"org":"alpha","amount":512.45,"region":"us-east-1"},{"org":"be,ta \\"x\\"","amount":"1500.5","region":"eu"}]',
    ],
    [
      'rows.json',
      '{"rows":[{"org":"alpha","amount":"512.45","region":"us-east-1"},{"org":"be,ta \\"x\\"","amount":1500.5,"region":"eu"}]}',
    ],
    [
      'no extension',
      ' [{"org":"alpha","amount":512.45,"region":"us-east-1"},{"org":"be,ta \\"x\\"","amount":1.5005e3,"region":"eu"}]',
    ],
  ])('%s', async (file, content) => {
    const seed = await parseSeed(file, bytes(content));
    expect(rowsOf(seed)).toEqual(expected);
    // The same rows are the same seed, whatever the file looks like.
    expect(seed.digest).toBe(
      (await parseSeed('a.csv', bytes('alpha,512.45,us-east-1\n"be,ta ""x""",1500.5,eu'))).digest,
    );
  });
});

describe('faults of a CSV', () => {
  test.each([
    ['', ['s.csv, line 1, column 1: the file is empty.']],
    ['\n \n', ['s.csv, line 1, column 1: the file is empty.']],
    ['org,amount,region\n', ['s.csv, line 1: there is no row below the header.']],
    ['org,amount\na,1\n', ['s.csv, line 1: the header does not name "region".']],
    [
      'org,amount,region,created_at\na,1,b,c\n',
      [
        's.csv, line 1, column 4: the header names "created_at", which no seed has; it may name id, org, amount and region.',
      ],
    ],
    [
      'org,org,amount,region\n1,a,1,b\n',
      ['s.csv, line 1, column 2: the header names "org" twice; it may name id, org, amount and region.'],
    ],
    ['a,b\n', ['s.csv, line 1: 2 fields instead of 3 (org,amount,region) or 4 (id,org,amount,region).']],
    ['a,1,b\na,2\n', ['s.csv, line 2: 2 fields instead of 3, region is missing.']],
    ['a,1,b\na,2,b,c\n', ['s.csv, line 2: 4 fields instead of 3.']],
    ['a,1,b\n,2,b\n', ['s.csv, line 2, column 1: org is missing.']],
    ['1,a,1,b\n2,a,,b\n', ['s.csv, line 2, column 3: amount is missing.']],
    [
      '"a\nb",1,c\nx,abc,y\n',
      ['s.csv, line 3, column 2: amount "abc" is not a number (write it like 1234.56).'],
    ],
    ['x,"1,5",y\n', ['s.csv, line 1, column 2: amount "1,5" is not a number (write it like 1234.56).']],
    ['x,1e3,y\n', ['s.csv, line 1, column 2: amount "1e3" is not a number (write it like 1234.56).']],
    [
      'x,123456789.01,y\n',
      [
        's.csv, line 1, column 2: amount "123456789.01" has more than 10 digits (11 with its decimals); numeric(10,2) holds 8 before the point and 2 after it.',
      ],
    ],
    ['x,1.005,y\n', ['s.csv, line 1, column 2: amount "1.005" has 3 decimals; numeric(10,2) holds 2.']],
    [
      `x,1,${'r'.repeat(256)}\n`,
      ['s.csv, line 1, column 3: region has 256 characters; the table holds 255.'],
    ],
    [
      'a,1,b\n\n\nc,"2,d\ne,3,f\n',
      ['s.csv, line 4, column 2: a quoted field begins here and is never closed.'],
    ],
    [
      'a,1,b\nc,"2"3,d\n',
      [
        's.csv, line 2, column 2: text follows the closing quote of a field (write a quote inside a quoted field twice).',
      ],
    ],
    [
      'a,1,b\nc"c,2,d\n',
      ['s.csv, line 2, column 1: a quote stands inside a field that does not begin with one.'],
    ],
    [
      ',x,\n',
      [
        's.csv, line 1, column 1: org is missing.',
        's.csv, line 1, column 2: amount "x" is not a number (write it like 1234.56).',
        's.csv, line 1, column 3: region is missing.',
      ],
    ],
  ])('%j', async (content, expected) => {
    expect(await sentences('s.csv', content)).toEqual(expected);
  });

  test('255 characters beyond the basic plane are 255', async () => {
    expect((await parseSeed('s.csv', bytes(`${'😀'.repeat(255)},1,b\n`))).rows).toBe(1);
    expect(await sentences('s.csv', `${'😀'.repeat(256)},1,b\n`)).toEqual([
      's.csv, line 1, column 1: org has 256 characters; the table holds 255.',
    ]);
  });

  test('fifty faults are listed, the others counted', async () => {
    const found = await faultsOf('s.csv', 'a,x,b\n'.repeat(70));
    expect(found.faults).toHaveLength(50);
    expect(found.more).toBe(20);
    await expect(parseSeed('s.csv', bytes('a,x,b\n'.repeat(70)))).rejects.toThrow(
      /line 1, column 2.*\(and 69 more faults\)/,
    );
  });
});

describe('faults of a JSON', () => {
  test.each([
    ['', ['s.json, line 1, column 1: the file is empty.']],
    ['[]', ['s.json, line 1, column 1: there is no row in it.']],
    ['{"data":[]}', ['s.json, line 1, column 1: a JSON seed is an array of objects, or {"rows": [ … ]}.']],
    [
      '[\n  {"org":"a"},\n  {"org" "b"}\n]',
      ['s.json, line 3, column 10: the JSON is broken: "\\"" stands where ":" should be.'],
    ],
    [
      '[{"org":"a"}',
      ['s.json, line 1, column 13: the JSON is broken: the file ends where "," or "]" should be.'],
    ],
    ['[1,]', ['s.json, line 1, column 4: the JSON is broken: "]" stands where a value should be.']],
    ['hello', ['s.json, line 1, column 1: the JSON is broken: "h" stands where a value should be.']],
    [
      '["a\nb"]',
      [
        's.json, line 1, column 2: the JSON is broken: this string is not closed, or holds a line break or a wrong escape.',
      ],
    ],
    ['[7]', ['s.json, line 1, column 2: row 1 is not an object with org, amount and region.']],
    [
      '{"rows": [\n{"org":"a","amount":1,"region":"r"},\n{"org":"","amount": "x", "region": 5}]}',
      ['s.json, line 3, column 36: region is not a text.'],
    ],
    [
      '[{"org":"a","amount":123456789012,"region":"r"},\n {"org":"a",\n  "amount":1}]',
      [
        's.json, line 1, column 22: amount "123456789012" has more than 10 digits (14 with its decimals); numeric(10,2) holds 8 before the point and 2 after it.',
        's.json, line 2, column 2: region is missing.',
      ],
    ],
    [
      '[{"org":"a","amount":1,"region":"r","when":2}]',
      ['s.json, line 1, column 44: "when" is no field of a seed; it may have id, org, amount and region.'],
    ],
    [
      '[{"org":"\\ud800","amount":1,"region":"r"}]',
      ['s.json, line 1, column 9: org holds half of a surrogate pair.'],
    ],
    [
      '[{"org":"a\\u0000","amount":1,"region":"r"}]',
      ['s.json, line 1, column 9: org holds a NUL character, which PostgreSQL cannot store.'],
    ],
  ])('%j', async (content, expected) => {
    expect(await sentences('s.json', content)).toEqual(expected);
  });
});

describe('wrong encodings', () => {
  test.each([
    ['UTF-16 LE', Buffer.from('\ufefforg,amount', 'utf16le'), /line 1, column 1: the file is UTF-16/],
    [
      'UTF-16 BE',
      Buffer.from('\ufefforg,amount', 'utf16le').swap16(),
      /line 1, column 1: the file is UTF-16/,
    ],
    [
      'UTF-16 without a mark',
      Buffer.from('a,1,b\n', 'utf16le'),
      /line 1, column 2: the file holds NUL bytes/,
    ],
    [
      'Latin-1',
      Buffer.from('a,1,b\nü,1,b\nM\xfcnchen,2,x\n', 'latin1'),
      /line 2, column 1: the byte 0xFC is not UTF-8/,
    ],
    [
      'a cut character',
      Buffer.concat([bytes('a,1,b\nçé,2,b'), Buffer.of(0xe2, 0x82)]),
      /line 2, column 7: the byte 0xE2 is not/,
    ],
  ])('%s', async (_name, content, sentence) => {
    expect((await sentences('s.csv', content))[0]).toMatch(sentence);
  });

  test('the first bad byte is found, wherever it stands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.string(),
        async (before, after) => {
          const text = before.replaceAll(/[\0\r]/g, '');
          const content = Buffer.concat([bytes(`a${text}`), Buffer.of(0xff), bytes(after)]);
          const [fault] = (await faultsOf('s.csv', content)).faults;
          const lines = `a${text}`.split('\n');
          expect([fault?.line, fault?.column]).toEqual([lines.length, [...(lines.at(-1) ?? '')].length + 1]);
        },
      ),
    );
  });
});

describe('a file', () => {
  test('that is not there, a folder, or too large is refused', async () => {
    await expect(readSeed(join(folder, 'none.csv'))).rejects.toMatchObject({
      data: { code: 'seed.unreadable' },
    });
    await expect(readSeed(folder)).rejects.toMatchObject({ data: { code: 'seed.unreadable' } });
    const large = join(folder, 'large.csv');
    writeFileSync(large, 'a,1,b\n');
    truncateSync(large, 65 * 1024 * 1024);
    await expect(readSeed(large)).rejects.toThrow('large.csv has 65 MB; a seed may have 64 MB.');
  });
});

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .map((value) => value.replaceAll(/[\0\r]/g, '_'))
  .filter((value) => value.trim() !== '');
const cents = fc.integer({ min: -9_999_999_999, max: 9_999_999_999 });
const decimal = (value: number) =>
  `${value < 0 ? '-' : ''}${Math.trunc(Math.abs(value) / 100)}.${String(Math.abs(value) % 100).padStart(2, '0')}`;
const table = fc.array(fc.tuple(text, cents.map(decimal), text), { minLength: 1, maxLength: 30 });

test('any valid rows come back as they went in, from CSV and JSON', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.boolean(), fc.boolean(), async (rows, header, withId) => {
      const quote = (value: string) => `"${value.replaceAll('"', '""')}"`;
      const names = [...(withId ? ['id'] : []), 'org', 'amount', 'region'];
      const lines = rows.map((row, i) => [...(withId ? [String(i)] : []), ...row].map(quote).join(','));
      // Without a header, a first row of field names would be taken for one.
      fc.pre(
        header || !rows[0]?.some((value) => ['org', 'amount', 'region'].includes(value.trim().toLowerCase())),
      );
      const csv = `${header ? `${names.join(',')}\n` : ''}${lines.join('\n')}\n`;
      expect(rowsOf(await parseSeed('s.csv', bytes(csv)))).toEqual(rows);

      const objects = rows.map(([org, amount, region]) => ({
        org,
        amount: header ? amount : Number(amount),
        region,
      }));
      const json = JSON.stringify(withId ? { rows: objects } : objects, null, header ? 2 : 0);
      expect(rowsOf(await parseSeed('s.json', bytes(json)))).toEqual(rows);
    }),
  );
});

test('one spoilt row is named by its line, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.nat(), async (rows, where) => {
      const at = where % rows.length;
      const spoilt = rows.map((row, i) => (i === at ? [row[0], 'not a number', row[2]] : row));
      const json = `[\n${spoilt.map(([org, amount, region]) => JSON.stringify({ org, amount, region })).join(',\n')}\n]`;
      const { faults, more } = await faultsOf('s.json', json);
      expect(faults.map((fault) => [fault.line, fault.field])).toEqual([[at + 2, 'amount']]);
      expect(more).toBe(0);
    }),
  );
});

test('an amount is taken when numeric(10,2) holds it unrounded, and then exactly', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), fc.nat({ max: 4 }), (digits, scale) => {
      const absolute = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
      const point = absolute.length - scale;
      const written = `${digits < 0n ? '-' : ''}${absolute.slice(0, point)}${scale > 0 ? '.' : ''}${absolute.slice(point)}`;
      const checked = checkAmount(written);
      const [numerator, denominator] = [digits * 100n, 10n ** BigInt(scale)];
      const fits =
        numerator % denominator === 0n &&
        (numerator < 0n ? -numerator : numerator) / denominator < 10n ** 10n;
      expect('value' in checked).toBe(fits);
      if ('value' in checked) {
        expect(checked.value).toMatch(/^-?\d{1,8}\.\d\d$/);
        expect(BigInt(checked.value.replace('.', ''))).toBe(numerator / denominator);
      }
    }),
  );
});
