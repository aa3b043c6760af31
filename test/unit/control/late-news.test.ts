import { expect, it } from 'vitest';
import { createIncidents } from '../../../src/main/control/incidents.ts';
import { LateCounts } from '../../../src/main/control/late-counts.ts';
import { LATE_QUIET_MS, LateNews } from '../../../src/main/control/late-news.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const line = (query: string, dropped: number, { begun = true, overflow = 0 } = {}) => ({
  query,
  dropped,
  overflow,
  offsets: Object.fromEntries(begun ? [['0', '1']] : []),
});
const plain = (more: ReadonlyMap<string, number>) => Object.fromEntries(more);

it('counts what came since the report before, whatever a line goes through', () => {
  const counts = new LateCounts();
  expect(plain(counts.take([line('live', 7), line('side', 0, { begun: false })]))).toEqual({});
  // What it counted before it was stopped is nothing new.
  expect(plain(counts.take([line('live', 9), line('side', 40)]))).toEqual({ live: 2 });
  expect(plain(counts.take([line('live', 9), line('side', 41)]))).toEqual({ side: 1 });
  // No room for a group is not late.
  expect(plain(counts.take([line('live', 14, { overflow: 4 }), line('side', 41)]))).toEqual({ live: 1 });
  // It starts anew, or goes back to a state from before.
  expect(plain(counts.take([line('live', 0, { begun: false }), line('side', 30)]))).toEqual({});
  expect(plain(counts.take([line('live', 11), line('side', 32)]))).toEqual({ live: 1, side: 2 });
  // Dropped, and made again under the same name.
  counts.take([line('live', 11)]);
  expect(plain(counts.take([line('live', 11), line('side', 5)]))).toEqual({});
});

it('tells of each query how many came too late, and ends by itself', async () => {
  let next = 0;
  const clock = new FakeClock();
  const incidents = createIncidents({
    clock,
    newId: () => `i${next++}`,
    record: () => undefined,
    earlier: [],
    onChange: () => undefined,
  });
  const news = new LateNews(clock, incidents);
  const take = (live: number, strict: number) =>
    news.take(
      new Map([['live', live] as const, ['strict', strict] as const].filter(([, more]) => more > 0)),
      ['live', 'strict'],
    );
  const shown = () => incidents.list().map(({ title, endedAt }) => [title, endedAt !== null]);
  take(0, 1);
  expect(shown()).toEqual([['Query "strict": 1 event came too late', false]]);
  expect(incidents.list()[0]?.cause).toContain(
    'It came after the allowed lateness: no window of this query counts it.',
  );
  await clock.advance(LATE_QUIET_MS - 1_000);
  take(2, 1);
  await clock.advance(5_000);
  expect(shown()).toEqual([
    ['Query "live": 2 events came too late', false],
    ['Query "strict": 2 events came too late', false],
  ]);
  await clock.advance(LATE_QUIET_MS);
  expect(shown().map(([, ended]) => ended)).toEqual([true, true]);
  expect(clock.armed).toBe(0);
  // Another burst is another incident; it ends with its query, and with the processor.
  take(1, 1);
  expect(incidents.list()).toHaveLength(4);
  news.take(new Map(), ['live']);
  expect(shown().filter(([, ended]) => !ended)).toEqual([['Query "live": 1 event came too late', false]]);
  news.stop();
  expect(shown().every(([, ended]) => ended)).toBe(true);
  expect(clock.armed).toBe(0);
});
