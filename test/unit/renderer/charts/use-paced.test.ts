import { expect, test } from 'vitest';
import { NEWS_PAUSE_MS, waitMs } from '../../../../src/renderer/panels/charts/use-paced.ts';

test('a value waits for the pause after the last one, something new only for its own', () => {
  const last = { at: 1_000, newsAt: 400 };
  expect(waitMs(1_200, last, 500, false)).toBe(300);
  expect(waitMs(1_200, last, 500, true)).toBe(0);
  expect(waitMs(1_030, { at: 1_000, newsAt: 1_000 }, 500, true)).toBe(NEWS_PAUSE_MS - 30);
  expect(waitMs(1_600, last, 500, false)).toBe(0);
  // A pause shorter than that of news is enough for both.
  expect(waitMs(1_030, { at: 1_000, newsAt: 1_000 }, 50, true)).toBe(20);
});
