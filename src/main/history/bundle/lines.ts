// What was recorded in a stretch of time as the lines of a bundle, a page at a time so that no page is felt. Called by
// store.ts for an export.
import type { Records } from '../records.ts';
import type { BundleLine } from './format.ts';

/** Points and results of one page, ms of time; moments of one page. */
const PAGE_MS = 300_000;
const PAGE_MOMENTS = 25;
const INCIDENTS = 2_000;

/** Everything in [from, to). The file may grow and be thinned meanwhile: each page is read as it stands then. */
export function* linesOf(records: () => Records, from: number, to: number): Generator<BundleLine[]> {
  yield records()
    .journal.runs(from, to)
    .map((run) => ({ kind: 'run', run }));
  // With those before `from` that the first moment still shows.
  const earlier = records().journal.incidentsUntil(from, 200);
  const incidents = new Map(
    [...earlier.reverse(), ...records().journal.incidents(from, to)].map((one) => [one.id, one]),
  );
  yield [...incidents.values()].slice(-INCIDENTS).map((incident) => ({ kind: 'incident', incident }));
  yield records()
    .annotations.range(from, to)
    .map((annotation) => ({ kind: 'annotation', annotation }));
  // From one recorded time to the next: the stretch may reach back to where nothing was recorded.
  for (let start = nextOf(records(), from); start < to; ) {
    const end = Math.min(to, start + PAGE_MS);
    yield records()
      .points.all(start, end)
      .map((point) => ({ kind: 'point', point }));
    yield records()
      .results.range(start, end, Number.POSITIVE_INFINITY)
      .map((result) => ({ kind: 'result', result }));
    start = nextOf(records(), end);
  }
  for (let start = from; ; ) {
    const moments = records().moments.range(start, to, PAGE_MOMENTS);
    const last = moments.at(-1);
    if (last === undefined) return;
    yield moments.map(({ at, written }) => ({ kind: 'moment', at, snapshot: written }));
    start = last.at + 1;
  }
}

/** The first moment at or after `from` of which points or results are stored; Infinity when there is none. */
function nextOf({ points, results }: Records, from: number): number {
  return Math.min(
    points.next(from) ?? Number.POSITIVE_INFINITY,
    results.next(from) ?? Number.POSITIVE_INFINITY,
  );
}
