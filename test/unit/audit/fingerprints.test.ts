// What the audit remembers of the table: against a plain map, for dense ids, wide gaps, negative and huge ones.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Fingerprints,
  fingerprintOf,
  NOT_COMPARABLE,
  rangesOf,
} from '../../../src/stages/audit/fingerprints.ts';

const id = fc.oneof(
  fc.integer({ min: -50, max: 300 }),
  fc.integer({ min: 4_000, max: 9_000 }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
);

describe('fingerprints', () => {
  it('say of every event what a map of the table says', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(id, fc.integer({ min: 2, max: 9 })), { selector: ([one]) => String(one) }),
        fc.array(fc.tuple(id, fc.integer({ min: 2, max: 9 }))),
        (rows, more) => {
          const fingerprints = new Fingerprints();
          const table = new Map(rows.map(([row, print]) => [String(row), print]));
          for (const [row, print] of rows) fingerprints.put(row, print);
          const met = new Set<string>();
          for (const [event, print] of [...more, ...rows.slice(0, rows.length / 2), ...more]) {
            const known = table.get(String(event));
            const expected =
              known === undefined
                ? 'unknown'
                : met.has(String(event))
                  ? 'again'
                  : known === print
                    ? 'same'
                    : 'different';
            expect(fingerprints.mark(event, print)).toBe(expected);
            if (known !== undefined) met.add(String(event));
          }
          const ascending = [...table.keys()].map(BigInt).sort((a, b) => (a < b ? -1 : 1));
          expect([...fingerprints.ids('all')]).toEqual(ascending);
          expect([...fingerprints.ids('unmet')]).toEqual(ascending.filter((one) => !met.has(String(one))));
          expect(fingerprints.rows - fingerprints.met).toBe(table.size - met.size);
        },
      ),
    );
  });

  it('take any event for a row that cannot be compared', () => {
    const fingerprints = new Fingerprints();
    fingerprints.put(1, NOT_COMPARABLE);
    expect(fingerprints.mark(1, 77)).toBe('same');
    expect(fingerprints.mark(1, 77)).toBe('again');
  });

  it('differ for each part of the content, and stay within 31 bits', () => {
    const at = Date.UTC(2026, 10, 23);
    const prints = [
      fingerprintOf(1, 2, 51_245, at),
      fingerprintOf(2, 1, 51_245, at),
      fingerprintOf(1, 2, 51_246, at),
      fingerprintOf(1, 2, -51_245, at),
      fingerprintOf(1, 2, 51_245 + 2 ** 32, at),
      fingerprintOf(1, 2, 51_245, at + 1),
      fingerprintOf(1, 2, 51_245, at + 2 ** 32),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    for (const print of prints) {
      expect(print).toBeGreaterThan(NOT_COMPARABLE);
      expect(print).toBeLessThan(2 ** 31);
    }
  });
});

describe('ranges of ids', () => {
  it('are runs of consecutive ids, all counted, the first ones named', () => {
    expect(rangesOf([-2n, -1n, 0n, 5n, 7n, 8n], 2)).toEqual({
      count: 3,
      named: [
        { from: '-2', to: '0', rows: 3 },
        { from: '5', to: '5', rows: 1 },
      ],
    });
    expect(rangesOf([], 5)).toEqual({ count: 0, named: [] });
  });
});
