// The id cursor against simulated databases: transactions that take ids in one order and commit in another, roll back,
// or stay open over many looks. Whatever happens, each committed row is captured exactly once.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PgClient } from '../../../src/clients/postgres.ts';
import * as sql from '../../../src/stages/producer/capture.sql.ts';
import { type Gap, gapsBetween, stillBlocked, withoutIds } from '../../../src/stages/producer/gaps.ts';
import { IdCapture } from '../../../src/stages/producer/id-capture.ts';
import { PollPace } from '../../../src/stages/producer/poll-pace.ts';
import { type CapturePosition, NOWHERE } from '../../../src/stages/producer/position.ts';

/** A table with a sequence and transactions, answering the capture's own queries from what is committed now. */
class SimulatedDatabase {
  committed = new Set<number>();
  open = new Map<string, number[]>();
  #sequence = 0;
  #transactions = 0;
  /** Called between two queries: the world goes on while the capture works. */
  meanwhile: () => void = () => undefined;

  begin(): void {
    this.open.set(`3/${++this.#transactions}`, []);
  }
  insert(which: number): void {
    this.#nth(which)?.[1].push(++this.#sequence);
  }
  end(which: number, commits: boolean): void {
    const found = this.#nth(which);
    if (found === undefined) return;
    if (commits) for (const id of found[1]) this.committed.add(id);
    this.open.delete(found[0]);
  }
  endAll(): void {
    while (this.open.size > 0) this.end(0, true);
  }
  #nth(which: number): [string, number[]] | undefined {
    return this.open.size === 0 ? undefined : [...this.open][which % this.open.size];
  }

  readonly client = {
    query: async (query: string | { text: string; values: unknown[] }) => {
      this.meanwhile();
      const text = typeof query === 'string' ? query : query.text;
      const values = typeof query === 'string' ? [] : query.values;
      const all = [...this.committed].sort((a, b) => a - b);
      const rows = (ids: number[]) => ids.map((id) => [String(id), 'o', '1.00', 'r', null, null]);
      switch (text) {
        case sql.runningTransactions():
          return { rows: [...this.open.keys()].map((token) => ({ token })) };
        case sql.rowsAfterId():
          return {
            rows: rows(
              all.filter((id) => BigInt(id) > BigInt(String(values[0]))).slice(0, Number(values[1])),
            ),
          };
        case sql.rowsInGaps(): {
          const [lows, highs] = values as [string[], string[]];
          const inGap = (id: number) =>
            lows.some((low, i) => BigInt(id) >= BigInt(low) && BigInt(id) <= BigInt(highs[i] ?? low));
          return { rows: rows(all.filter(inGap).slice(0, Number(values[2]))) };
        }
        default:
          throw new Error(`unexpected query: ${text}`);
      }
    },
  } as unknown as PgClient;
}

const start: CapturePosition = { ...NOWHERE, tx: null };
const pace = new PollPace(() => 20);

const step = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'begin' as const }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('insert' as const), which: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(9), commits: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('look' as const), limit: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

describe('the id cursor', () => {
  test('captures each committed row exactly once, over restarts, whatever the order of commits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 120, size: 'max' }),
        fc.array(step, { minLength: 10, maxLength: 120, size: 'max' }),
        async (steps, between) => {
          const database = new SimulatedDatabase();
          let capture = new IdCapture(database.client, start, { named: false, pace });
          let position = start;
          const captured: string[] = [];
          const apply = (one: (typeof steps)[number]) => {
            if (one.kind === 'begin') database.begin();
            else if (one.kind === 'insert') database.insert(one.which);
            else if (one.kind === 'end') database.end(one.which, one.commits);
          };
          const waiting = [...between];
          database.meanwhile = () => {
            const next = waiting.shift();
            if (next !== undefined) apply(next);
          };
          const look = async (limit: number) => {
            const found = await capture.next(limit);
            expect(found.rows.length).toBeLessThanOrEqual(limit);
            captured.push(...found.rows.map(([id]) => id));
            position = found.position;
            return found.rows.length;
          };
          for (const one of steps) {
            if (one.kind === 'look') await look(one.limit);
            else if (one.kind === 'restart')
              capture = new IdCapture(database.client, position, { named: false, pace });
            else apply(one);
          }
          database.meanwhile = () => undefined;
          database.endAll();
          for (let quiet = 0; quiet < 3; ) quiet = (await look(5)) === 0 ? quiet + 1 : 0;
          expect(captured.map(Number).sort((a, b) => a - b)).toEqual(
            [...database.committed].sort((a, b) => a - b),
          );
          expect(position.gaps).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a transaction that stays open holds back no more gaps than the bound', async () => {
    const database = new SimulatedDatabase();
    database.begin();
    for (let i = 0; i < 200; i++) {
      database.insert(0);
      database.begin();
      database.insert(1);
      database.end(1, true);
    }
    const capture = new IdCapture(database.client, start, { named: false, pace, maxOpenGaps: 50 });
    let rows = 0;
    let position = start;
    for (let round = 0; round < 30; round++) {
      const found = await capture.next(20);
      rows += found.rows.length;
      position = found.position;
    }
    expect(position.gaps.length).toBeGreaterThanOrEqual(50);
    expect(position.gaps.length).toBeLessThan(70);
    database.end(0, true);
    for (let round = 0; round < 60; round++) rows += (await capture.next(20)).rows.length;
    expect(rows).toBe(database.committed.size);
  });
});

describe('gaps', () => {
  const idle: ReadonlySet<string> = new Set();
  const ranges = (gaps: readonly Gap[]) => gaps.map(({ low, high }) => [Number(low), Number(high)]);

  test('are what lies between the last id and those that came', () => {
    expect(ranges(gapsBetween(3n, [4n, 7n, 8n, 12n], idle))).toEqual([
      [5, 6],
      [9, 11],
    ]);
  });

  test('shrink by the ids that were found in them, and by no others', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 40 })),
        fc.uniqueArray(fc.integer({ min: 0, max: 40 })),
        (present, found) => {
          const ids = present.sort((a, b) => a - b).map(BigInt);
          const gaps = gapsBetween(-1n, ids, idle);
          const missing = new Set(gaps.flatMap(({ low, high }) => span(low, high)));
          const left = withoutIds(gaps, found.map(BigInt)).flatMap(({ low, high }) => span(low, high));
          expect(left).toEqual([...missing].filter((id) => !found.includes(id)));
        },
      ),
    );
  });

  test('lose the blockers that ended; a prepared transaction blocks them all', () => {
    const gaps: Gap[] = [{ low: 1n, high: 2n, blockers: new Set(['3/1', '4/1']), due: false }];
    expect(stillBlocked(gaps, new Set(['4/1', '5/9']))[0]).toMatchObject({
      blockers: new Set(['4/1']),
      due: true,
    });
    expect(stillBlocked(gaps, new Set(['3/1', '4/1']))[0]?.due).toBe(false);
    expect(stillBlocked(gaps, new Set(['prepared 77']))[0]?.blockers).toEqual(new Set(['prepared 77']));
  });
});

function span(low: bigint, high: bigint): number[] {
  return Array.from({ length: Number(high - low) + 1 }, (_, i) => Number(low) + i);
}
