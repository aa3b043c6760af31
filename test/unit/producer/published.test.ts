// What is published, as a set of transactions: held against a plain set of rows while cursor, log and snapshots move it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CapturePosition, NOWHERE } from '../../../src/stages/producer/position.ts';
import { mergeSpans, Published, readSnapshot } from '../../../src/stages/producer/published.ts';

interface Row {
  tx: bigint;
  id: bigint;
}

/** Transactions that commit in any order, each with up to four rows. */
class Database {
  readonly #running = new Map<bigint, Row[]>();
  readonly committed: Row[] = [];
  readonly log: Row[][] = [];
  #nextTx = 10n;
  #nextId = 1n;

  begin(): void {
    this.#running.set(this.#nextTx++, []);
  }

  insert(which: number): void {
    const tx = [...this.#running.keys()][which % Math.max(1, this.#running.size)];
    if (tx !== undefined) this.#running.get(tx)?.push({ tx, id: this.#nextId++ });
  }

  end(which: number, commits: boolean): void {
    const tx = [...this.#running.keys()][which % Math.max(1, this.#running.size)];
    if (tx === undefined) return;
    const rows = this.#running.get(tx) ?? [];
    this.#running.delete(tx);
    if (!commits) return;
    this.committed.push(...rows);
    this.log.push(rows);
  }

  endAll(): void {
    while (this.#running.size > 0) this.end(0, true);
  }

  get snapshot(): string {
    const running = [...this.#running.keys()];
    const xmin = running.reduce((least, tx) => (tx < least ? tx : least), this.#nextTx);
    return `${xmin}:${this.#nextTx}:${running.join(',')}`;
  }

  after({ tx, id }: { tx: string; id: string }): Row[] {
    const [fromTx, fromId] = [BigInt(tx), BigInt(id)];
    return this.committed
      .filter((row) => row.tx > fromTx || (row.tx === fromTx && row.id > fromId))
      .sort((a, b) => Number(a.tx - b.tx || a.id - b.id));
  }
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'begin' as const }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('insert' as const), which: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(9), commits: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('poll' as const), rows: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('walk' as const), rows: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('follow' as const), rows: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

describe('the set of published rows', () => {
  test('polling, walks, the log in pieces and restarts give each committed row exactly once', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 150, size: 'max' }), (steps) => {
        const database = new Database();
        let published = new Published(NOWHERE);
        const out: bigint[] = [];
        let read = 0;
        const give = (rows: readonly Row[]) => {
          const fresh = rows.filter(({ tx, id }) => !published.has(tx, id));
          out.push(...fresh.map(({ id }) => id));
          return fresh;
        };
        const poll = (limit: number) => {
          const horizon = readSnapshot(database.snapshot).xmin;
          const rows = database
            .after(published.cursor)
            .filter(({ tx }) => tx < horizon)
            .slice(0, limit);
          give(rows);
          const last = rows.at(-1);
          if (last !== undefined) published.moveTo(last.tx, last.id);
          return rows.length;
        };
        const walk = (limit: number) => {
          const { snapshot } = database;
          const rows = database.after(published.cursor);
          give(rows.slice(0, limit));
          const last = rows[limit - 1];
          if (rows.length > limit && last !== undefined)
            return published.addWalked(snapshot, last.tx, last.id);
          published.addVisible(snapshot);
        };
        const follow = (limit: number) => {
          const rows = database.log[read];
          const tx = rows?.[0]?.tx;
          if (rows === undefined) return;
          if (tx === undefined || published.covers(tx) === 'whole') {
            read++;
            return;
          }
          const fresh = rows.filter(({ id }) => !published.has(tx, id));
          const given = give(fresh.slice(0, limit));
          if (given.length === fresh.length) {
            published.addTransaction(tx);
            read++;
          } else
            published.addRows(
              tx,
              given.map(({ id }) => id),
            );
        };
        for (const one of steps) {
          if (one.kind === 'begin') database.begin();
          else if (one.kind === 'insert') database.insert(one.which);
          else if (one.kind === 'end') database.end(one.which, one.commits);
          else if (one.kind === 'poll') poll(one.rows);
          else if (one.kind === 'walk') walk(one.rows);
          else if (one.kind === 'follow') follow(one.rows);
          else {
            const stored = CapturePosition.parse(JSON.parse(JSON.stringify(published.position())));
            published = new Published(stored);
            read = 0;
          }
        }
        database.endAll();
        while (poll(100) > 0) {
          // until nothing is left
        }
        expect(out.sort((a, b) => Number(a - b))).toEqual(
          database.committed.map(({ id }) => id).sort((a, b) => Number(a - b)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test('a snapshot sees all but those that run', () => {
    expect(readSnapshot('10:15:10,12,13')).toEqual({
      xmin: 10n,
      xmax: 15n,
      seen: [
        { low: 11n, high: 11n },
        { low: 14n, high: 14n },
      ],
    });
    expect(readSnapshot('10:10:').seen).toEqual([]);
    expect(
      mergeSpans([
        { low: 5n, high: 6n },
        { low: 1n, high: 4n },
      ]),
    ).toEqual([{ low: 1n, high: 6n }]);
  });

  test('an old transaction that stays open costs one span, however many commit after it', () => {
    const published = new Published(NOWHERE);
    for (let tx = 11n; tx < 5_000n; tx += 2n) published.addTransaction(tx);
    expect(published.position().ahead.length).toBeGreaterThan(2_000);
    published.addVisible('10:5000:10');
    expect(published.position().ahead).toEqual([['11', '4999']]);
    expect(published.has(10n, 1n)).toBe(false);
    published.addVisible('5001:5001:');
    expect(published.position()).toMatchObject({ tx: '5000', ahead: [] });
  });
});
