import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_DISORDER, type WriterDisorder } from '../../../src/shared/disorder.ts';
import { SeedCycle } from '../../../src/stages/writer/cycle.ts';
import { Disorder, disorderOf, drawFor } from '../../../src/stages/writer/disorder.ts';

const ORGS = ['a', 'b\t', 'c', 'd', 'e'];
const cycle = new SeedCycle({
  file: 's.csv',
  rows: 50,
  org: Array.from({ length: 50 }, (_, i) => ORGS[i % ORGS.length] ?? ''),
  amount: Array.from({ length: 50 }, (_, i) => `${i}.00`),
  region: Array.from({ length: 50 }, (_, i) => `r${i % 3}`),
  digest: 'd',
});
const NOW = Date.parse('2026-11-23T10:00:00.123Z');
const ROWS = 20_000;

type Change = { [Key in keyof WriterDisorder]?: Partial<WriterDisorder[Key]> };
function settings(change: Change): WriterDisorder {
  const merged = Object.entries(NO_DISORDER).map(([key, value]) => {
    const wanted = change[key as keyof WriterDisorder];
    return [key, typeof value === 'object' ? { ...value, ...(wanted as object) } : (wanted ?? value)];
  });
  return Object.fromEntries(merged);
}

interface Row {
  org: string;
  amount: string;
  region: string;
  delay: number;
}

/** Rows `first` … as bursts of `burst`, each at NOW; `delay` is how far a row is dated back. */
function write(disorder: Disorder, count = ROWS, burst = count, first = 0): Row[] {
  const rows: Row[] = [];
  for (let at = first; at < first + count; at += burst) {
    const size = Math.min(burst, first + count - at);
    const columns = disorder.rows({ start: at % cycle.rows, count: size }, at, NOW).columns();
    for (let i = 0; i < size; i++) {
      rows.push({
        org: columns.org[i] ?? '',
        amount: columns.amount[i] ?? '',
        region: columns.region[i] ?? '',
        delay:
          columns.createdAt === null ? 0 : NOW - Date.parse(`${columns.createdAt[i]?.replace(' ', 'T')}Z`),
      });
    }
  }
  return rows;
}
const share = (rows: readonly Row[], is: (row: Row) => boolean) => rows.filter(is).length / rows.length;

test('nothing on: rows go the quick way, without a time of their own', () => {
  expect(disorderOf(NO_DISORDER, cycle)).toBeNull();
  expect(disorderOf(settings({ late: { share: 0.1 } }), cycle)?.timed).toBe(true);
  expect(disorderOf(settings({ skew: { exponent: 1 } }), cycle)?.timed).toBe(false);
});

test('late: that share of the rows, by a delay of the chosen distribution, never above the maximum', () => {
  const delays = (late: Partial<WriterDisorder['late']>) =>
    write(new Disorder(settings({ late: { share: 0.2, meanMs: 10_000, maxMs: 60_000, ...late } }), cycle))
      .map(({ delay }) => delay)
      .filter((delay) => delay > 0);
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  expect(delays({}).length / ROWS).toBeCloseTo(0.2, 1);
  expect(new Set(delays({ delay: 'constant' }))).toEqual(new Set([10_000]));
  const uniform = delays({ delay: 'uniform' });
  expect(Math.max(...uniform)).toBeLessThanOrEqual(20_000);
  expect(Math.abs(mean(uniform) - 10_000)).toBeLessThan(500);
  const exponential = delays({ delay: 'exponential' });
  expect(Math.abs(mean(exponential) - 10_000)).toBeLessThan(700);
  expect(Math.max(...delays({ delay: 'exponential', maxMs: 15_000 }))).toBe(15_000);
});

test('out of order and ahead: their shares, beside the late ones', () => {
  const rows = write(
    new Disorder(
      settings({
        late: { share: 0.1, delay: 'constant', meanMs: 50_000 },
        outOfOrder: { share: 0.3, maxMs: 500 },
        future: { share: 0.05, aheadMs: 3_600_000 },
      }),
      cycle,
    ),
  );
  expect(share(rows, ({ delay }) => delay === 50_000)).toBeCloseTo(0.1, 1);
  expect(share(rows, ({ delay }) => delay > 0 && delay <= 500)).toBeCloseTo(0.3, 1);
  expect(share(rows, ({ delay }) => delay === -3_600_000)).toBeCloseTo(0.05, 1);
});

test('a repeated row is one of those just before it, time included', () => {
  const rows = write(
    new Disorder(settings({ duplicates: { share: 0.3 }, late: { share: 0.5 } }), cycle),
    5_000,
    7,
  );
  const plain = (index: number) => `${index % 50}.00`;
  let repeated = 0;
  rows.forEach((row, index) => {
    if (row.amount === plain(index)) return;
    repeated += 1;
    expect(rows.slice(Math.max(0, index - 16), index)).toContainEqual(row);
  });
  expect(repeated / rows.length).toBeGreaterThan(0.25);
});

test('skew: orgs by 1 / k^exponent, in the order of the seed', () => {
  const rows = write(new Disorder(settings({ skew: { exponent: 1 } }), cycle));
  const harmonic = ORGS.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
  for (const [index, org] of ORGS.entries()) {
    expect(share(rows, (row) => row.org === org)).toBeCloseTo(1 / (index + 1) / harmonic, 1);
  }
});

test('what becomes of a row follows from the seed and its number, however the bursts are cut', () => {
  const all = settings({
    late: { share: 0.2 },
    outOfOrder: { share: 0.2 },
    duplicates: { share: 0.2 },
    skew: { exponent: 1.2 },
    future: { share: 0.1 },
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 }), (one, other) => {
      expect(write(new Disorder(all, cycle), 400, one)).toEqual(write(new Disorder(all, cycle), 400, other));
    }),
    { numRuns: 20 },
  );
  const again = new Disorder(all, cycle);
  write(again, 300, 30);
  // A burst that failed and is tried again comes out the same.
  expect(write(again, 30, 30, 270)).toEqual(write(new Disorder(all, cycle), 300, 30).slice(270));
  expect(write(new Disorder({ ...all, seed: 2 }, cycle), 400)).not.toEqual(
    write(new Disorder(all, cycle), 400),
  );
});

test('COPY and columns carry the same rows', () => {
  const disorder = new Disorder(settings({ late: { share: 0.5 }, skew: { exponent: 1 } }), cycle);
  const rows = disorder.rows({ start: 0, count: 2_500 }, 0, NOW);
  const { org, amount, region, createdAt } = rows.columns();
  const lines = Buffer.concat([...rows.bytes()])
    .toString()
    .trimEnd()
    .split('\n');
  expect(lines).toEqual(
    org.map((one, i) => [one.replace('\t', '\\t'), amount[i], region[i], createdAt?.[i]].join('\t')),
  );
});

test('draws are even, also for row numbers beyond 32 bits', () => {
  for (const first of [0, 2 ** 32 - 5_000, 2 ** 50]) {
    const draws = Array.from({ length: 10_000 }, (_, i) => drawFor(7, first + i, 'kind'));
    expect(Math.abs(draws.reduce((sum, one) => sum + one, 0) / draws.length - 0.5)).toBeLessThan(0.02);
    expect(new Set(draws).size).toBeGreaterThan(9_900);
  }
});
