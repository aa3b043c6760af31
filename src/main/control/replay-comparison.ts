// What of a branch can be compared with the live line: windows are the same by their span and group, so both must make
// the same ones; what else their questions differ in is said. Pure; replay-previews.ts and replays.ts ask.
import { isDeepStrictEqual } from 'node:util';
import { AGGREGATES, type QuerySpec, type WindowSpec, windowLength } from '../../shared/query.ts';
import type { LiveWindows } from '../history/comparisons.ts';

/** Their windows have spans and groups in common. */
export function isComparable(branch: QuerySpec, live: QuerySpec): boolean {
  return isDeepStrictEqual(branch.window, live.window) && sameGroups(branch, live);
}

const sameGroups = (one: QuerySpec, other: QuerySpec) =>
  [...one.groupBy].sort().join() === [...other.groupBy].sort().join();

/** In one or two sentences; null when both ask the same. */
export function comparisonSays(branch: QuerySpec, live: QuerySpec): string | null {
  const name = `"${live.name}"`;
  if (!isDeepStrictEqual(branch.window, live.window))
    return `It has ${windowWords(branch.window)}, ${name} ${windowWords(live.window)}: no window of the one is a window of the other, so none is compared.`;
  if (!sameGroups(branch, live))
    return `It groups by ${groupWords(branch)}, ${name} by ${groupWords(live)}: no group of the one is a group of the other, so none is compared.`;
  const says: string[] = [];
  if (!isDeepStrictEqual(branch.filter, live.filter))
    says.push(
      `It filters otherwise than ${name}: what differs, and windows that only one of them has, may be due to that.`,
    );
  const late = ({ outOfOrdernessMs, allowedLatenessMs, idleTimeoutMs }: QuerySpec) =>
    [outOfOrdernessMs, allowedLatenessMs, idleTimeoutMs].join();
  if (late(branch) !== late(live))
    says.push(`It waits for late events otherwise than ${name}: what differs may be due to that.`);
  const both = AGGREGATES.filter((one) => branch.aggregates.includes(one) && live.aggregates.includes(one));
  if (both.length < new Set([...branch.aggregates, ...live.aggregates]).size)
    says.push(`Only what both compute is compared: ${[...new Set(['count', ...both])].join(', ')}.`);
  return says.length === 0 ? null : says.join(' ');
}

/** Which live results are held against a branch over events of these times (epoch ms). */
export function liveWindows(live: QuerySpec, times: { from: number; to: number }): LiveWindows {
  const { window, groupBy } = live;
  const length = windowLength(window);
  return {
    kind: window.kind,
    lengthMs: window.kind === 'session' ? null : length,
    org: groupBy.includes('org'),
    region: groupBy.includes('region'),
    from: times.from - length,
    to: times.to + length,
  };
}

function windowWords(window: WindowSpec): string {
  const seconds = (ms: number) => `${ms / 1_000} s`;
  switch (window.kind) {
    case 'tumbling':
      return `tumbling windows of ${seconds(window.sizeMs)}`;
    case 'hopping':
      return `hopping windows of ${seconds(window.sizeMs)} every ${seconds(window.slideMs)}`;
    case 'session':
      return `sessions with gaps of ${seconds(window.gapMs)}`;
  }
}

const groupWords = ({ groupBy }: QuerySpec) => (groupBy.length === 0 ? 'nothing' : groupBy.join(' and '));
