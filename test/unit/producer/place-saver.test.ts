// The place is stored beside the line: newest wins, one at a time, nothing offered is forgotten, failures come out.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PlaceSaver } from '../../../src/stages/producer/place-saver.ts';
import {
  type CapturePosition,
  type LastRow,
  NOWHERE,
  type PositionStore,
  type StoredPosition,
} from '../../../src/stages/producer/position.ts';

class SlowStore implements PositionStore {
  readonly asked: { tx: string | null; last: string | null }[] = [];
  #answer = Promise.withResolvers<void>();

  load(): Promise<null> {
    return Promise.resolve(null);
  }

  save({ capture }: StoredPosition, last: LastRow | null): Promise<void> {
    this.asked.push({ tx: capture.tx, last: last?.id ?? null });
    return this.#answer.promise;
  }

  async answer(error?: Error): Promise<void> {
    const { resolve, reject } = this.#answer;
    this.#answer = Promise.withResolvers();
    if (error === undefined) resolve();
    else reject(error);
    await vi.advanceTimersByTimeAsync(0);
  }
}

const at = (tx: number): StoredPosition => ({
  capture: { ...NOWHERE, tx: String(tx) },
  offsets: { 0: tx },
  published: tx,
});
const row = (id: string): LastRow => ({ id, createdAt: null });

let store: SlowStore;
let saved: (string | null)[];
let saver: PlaceSaver;
beforeEach(() => {
  vi.useFakeTimers();
  store = new SlowStore();
  saved = [];
  saver = new PlaceSaver(store, (place: CapturePosition) => saved.push(place.tx));
});
afterEach(() => {
  vi.useRealTimers();
});

test('the newest place is stored after the one under way, with the highest id of all that came between', async () => {
  await saver.offer(at(1), row('5'), 1);
  await saver.offer(at(2), row('100'), 1);
  await saver.offer(at(3), row('20'), 1);
  await saver.offer(at(4), null, 0);
  expect(store.asked).toEqual([{ tx: '1', last: '5' }]);
  await store.answer();
  expect(saved).toEqual(['1']);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(store.asked.slice(1)).toEqual([{ tx: '4', last: '100' }]);
  await store.answer();
  expect(saved).toEqual(['1', '4']);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(store.asked).toHaveLength(2);
});

test('a flush stores at once what waits', async () => {
  await saver.offer(at(1), null, 1);
  await store.answer();
  await saver.offer(at(2), null, 1);
  expect(store.asked).toHaveLength(1);
  const flushed = saver.flush();
  expect(store.asked).toHaveLength(2);
  await store.answer();
  await flushed;
  expect(saved).toEqual(['1', '2']);
});

test('too much that is not stored holds the line', async () => {
  await saver.offer(at(1), null, 1);
  let went = false;
  const offered = saver.offer(at(2), null, 1_000_000).then(() => {
    went = true;
  });
  await store.answer();
  expect(went).toBe(false);
  await store.answer();
  await offered;
  expect(saved).toEqual(['1', '2']);
});

test('a failure comes out at the next offer and at the flush', async () => {
  await saver.offer(at(1), null, 1);
  await store.answer(new Error('no disk'));
  await expect(saver.offer(at(2), null, 1)).rejects.toThrow('no disk');
  await expect(saver.flush()).rejects.toThrow('no disk');
});

test('after a stop nothing is stored any more', async () => {
  await saver.offer(at(1), null, 1);
  await saver.offer(at(2), null, 1);
  saver.stop();
  await store.answer();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(store.asked).toHaveLength(1);
});
