import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCalm } from '../../../../src/renderer/store/calm.ts';
import { createControlRoom } from '../../../../src/renderer/store/state.ts';
import { quietSnapshot } from '../../../support/quiet-snapshot.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the first snapshot is shown at once, those after it at most once in the pause, the last one always', () => {
  const room = createControlRoom();
  const calm = createCalm(room, 250);
  const seen: (number | undefined)[] = [];
  calm.subscribe((state) => seen.push(state.snapshot?.at));

  for (let at = 1; at <= 10; at += 1) {
    room.setState({ snapshot: quietSnapshot({ at }) });
    vi.advanceTimersByTime(100);
  }
  vi.advanceTimersByTime(1_000);

  // Frames at 0, 100, … 900 ms; shown at 0, 250, 500, 750 and, the last, at 1,000 ms.
  expect(seen).toEqual([1, 3, 5, 8, 10]);
  expect(vi.getTimerCount()).toBe(0);
});

test('what is not the snapshot wakes nobody', () => {
  const room = createControlRoom();
  room.setState({ snapshot: quietSnapshot() });
  const calm = createCalm(room, 250);
  const wake = vi.fn();
  calm.subscribe(wake);
  room.setState({ announcement: 'Writer stopped.' });
  expect(wake).not.toHaveBeenCalled();
});
