import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageCents, centsText, MAX_CENTS, parseCents } from '../../../src/stages/processor/money.ts';

describe('money', () => {
  it.each([
    ['512.45', 51245],
    ['1500.50', 150050],
    ['0', 0],
    ['-0', 0],
    ['-0.01', -1],
    ['7', 700],
    ['1.5', 150],
    ['1.500', 150],
    ['1e3', 100000],
    ['1.5E-1', 15],
    ['12e-2', 12],
    ['45035996273704.95', 4503599627370495],
  ])('reads %s as %d cents', (text, cents) => {
    expect(parseCents(text)).toBe(cents);
  });

  it.each([
    '',
    '.',
    '-',
    '1.234',
    '1e-3',
    'abc',
    '1,5',
    ' 1',
    'NaN',
    'Infinity',
    '45035996273704.96',
    '1e300',
    '0x10',
  ])('refuses "%s"', (text) => {
    expect(parseCents(text)).toBeNull();
  });

  it('writes what it reads', () => {
    fc.assert(
      fc.property(fc.integer({ min: -MAX_CENTS, max: MAX_CENTS }), (cents) => {
        expect(parseCents(centsText(cents))).toBe(cents === 0 ? 0 : cents);
        expect(centsText(BigInt(cents))).toBe(centsText(cents));
      }),
    );
  });

  it('rounds an average half away from zero', () => {
    expect(averageCents(5n, 2)).toBe(3n);
    expect(averageCents(-5n, 2)).toBe(-3n);
    expect(averageCents(4n, 3)).toBe(1n);
    expect(averageCents(123456n, 12)).toBe(10288n);
    expect(averageCents(10n ** 30n + 5n, 10)).toBe(10n ** 29n + 1n);
  });
});
