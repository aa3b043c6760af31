// What comes from the log and is not handed out yet: bounded, never stuck, each row once, marks where they belong.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogQueue } from '../../../src/stages/producer/log-queue.ts';
import { NOWHERE } from '../../../src/stages/producer/position.ts';
import { Published } from '../../../src/stages/producer/published.ts';

const LSN = '0/100';

/** A server that goes on sending unless it is paused. */
function sending(transactions: readonly (readonly number[])[]) {
  let paused = false;
  let asked = 0;
  const queue = new LogQueue({
    changes: { updates: 0, deletes: 0, truncates: 0 },
    near: () => 100n,
    wake: () => undefined,
    ended: () => undefined,
    marked: () => undefined,
  });
  queue.follow({
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    ask: () => {
      asked++;
    },
  });
  let id = 0;
  const messages = transactions.flatMap((rows, index) => [
    () => {
      queue.begin(100 + index, BigInt(index + 1));
      queue.received(50);
    },
    ...rows.map((bytes) => () => {
      queue.row([String(++id), 'org', '1.00', 'region', null, null]);
      queue.received(bytes);
    }),
    () => {
      queue.commit();
      queue.received(30);
    },
  ]);
  return {
    queue,
    get asked() {
      return asked;
    },
    get sent() {
      return messages.length === 0;
    },
    /** What arrives until it is paused, in bytes that nobody has taken. */
    send(): void {
      while (!paused && messages.length > 0) messages.shift()?.();
    },
  };
}

test('whatever the rows weigh, all of them come, in order and once', () => {
  const bytes = fc.oneof(fc.integer({ min: 20, max: 300 }), fc.integer({ min: 1_000, max: 300_000 }));
  const transaction = fc.array(bytes, { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(transaction, { maxLength: 12 }), fc.integer({ min: 1, max: 700 }), (load, limit) => {
      const server = sending(load);
      const published = new Published(NOWHERE);
      const ids: number[] = [];
      const rows = load.reduce((sum, one) => sum + one.length, 0);
      for (let look = 0; !(server.sent && server.queue.empty); look++) {
        expect(look).toBeLessThan(rows + 100);
        server.send();
        ids.push(...server.queue.take(limit, published).rows.map(([id]) => Number(id)));
      }
      expect(ids).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
    }),
    { numRuns: 60 },
  );
});

test('a transaction of few large rows does not stop the log', () => {
  const server = sending([Array.from({ length: 400 }, () => 20_000)]);
  const published = new Published(NOWHERE);
  let rows = 0;
  for (let look = 0; look < 100 && rows < 400; look++) {
    server.send();
    rows += server.queue.take(300, published).rows.length;
  }
  expect(rows).toBe(400);
});

test('a mark comes after all that stands before its place, and is asked for', () => {
  const server = sending([[100, 100]]);
  const published = new Published(NOWHERE);
  server.send();
  server.queue.await({ snapshot: '101:101:', lsn: LSN });
  expect([server.asked, server.queue.awaiting]).toEqual([1, true]);
  server.queue.reached(0xffn);
  const take = (limit: number) => {
    const { rows, mark } = server.queue.take(limit, published);
    return { ids: rows.map(([id]) => id), mark };
  };
  expect(take(1)).toEqual({ ids: ['1'], mark: null });
  server.queue.reached(0x100n);
  expect(server.queue.awaiting).toBe(false);
  expect(take(10)).toEqual({ ids: ['2'], mark: { snapshot: '101:101:', lsn: LSN } });
  expect(server.queue.empty).toBe(true);
});
