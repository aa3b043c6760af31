import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSeed, type Seed } from '../../../src/clients/seed.ts';
import { type Place, SeedCycle } from '../../../src/stages/writer/cycle.ts';

/** COPY's text format read back. */
function readCopy(bytes: Buffer): string[][] {
  const plain = (text: string) =>
    text.replaceAll(/\\(.)/g, (_all, c: string) => ({ t: '\t', n: '\n', r: '\r' })[c] ?? c);
  const lines = bytes.toString().split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => line.split('\t').map(plain));
}

const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((value) => value.isWellFormed());
const seedOf = (rows: [string, string][]): Seed => ({
  file: 's.csv',
  rows: rows.length,
  org: rows.map(([org]) => org),
  amount: rows.map((_, i) => `${i}.00`),
  region: rows.map(([, region]) => region),
  digest: 'd',
});
const seeds = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 60 }).map(seedOf);

test('a burst is the rows from its start on, round and round, as COPY and as columns', () => {
  fc.assert(
    fc.property(seeds, fc.nat(), fc.integer({ min: 1, max: 300 }), (seed, where, count) => {
      const cycle = new SeedCycle(seed);
      const start = where % seed.rows;
      const expected = Array.from({ length: count }, (_, i) => {
        const at = (start + i) % seed.rows;
        return [seed.org[at], seed.amount[at], seed.region[at]];
      });
      expect(readCopy(Buffer.concat([...cycle.burst({ start, count }).bytes()]))).toEqual(expected);
      const { org, amount, region } = cycle.burst({ start, count }).columns();
      expect(org.map((value, i) => [value, amount[i], region[i]])).toEqual(expected);
    }),
  );
});

test('places add up: any bursts one after the other cover the cycle without a gap', () => {
  fc.assert(
    fc.property(seeds, fc.array(fc.integer({ min: 1, max: 500 })), (seed, counts) => {
      const cycle = new SeedCycle(seed);
      let place: Place = cycle.resume({ rows: 0, seed: '', position: 0, lap: 0 });
      for (const count of counts) place = cycle.after(place, count);
      const rows = counts.reduce((sum, count) => sum + count, 0);
      expect(place).toEqual({
        rows,
        seed: 'd',
        position: rows % seed.rows,
        lap: Math.floor(rows / seed.rows),
      });
    }),
  );
});

test('the place holds for the same content and is begun anew for another; rows go on counting', async () => {
  const cycle = new SeedCycle(await parseSeed('a.csv', Buffer.from('a,1,b\nc,2,d\n')));
  const same = new SeedCycle(
    await parseSeed(
      'b.json',
      Buffer.from('[{"org":"a","amount":1,"region":"b"},{"org":"c","amount":"2.0","region":"d"}]'),
    ),
  );
  const other = new SeedCycle(await parseSeed('a.csv', Buffer.from('a,1,b\nc,3,d\n')));
  const place = cycle.after(cycle.resume({ rows: 10, seed: '', position: 5, lap: 5 }), 3);
  expect(place).toEqual({ rows: 13, seed: cycle.digest, position: 1, lap: 1 });
  expect(same.resume(place)).toEqual(place);
  expect(other.resume(place)).toEqual({ rows: 13, seed: other.digest, position: 0, lap: 0 });
});
