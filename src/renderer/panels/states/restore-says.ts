// What going back to a state will do, in sentences. Pure.
import type { StateInfo } from '../../../shared/states.ts';
import { formatCount, formatDateTime } from '../../components/format.ts';

/** `now`: the places of the query in the topic; undefined while it does not run. */
export function restoreSays(state: StateInfo, now: Readonly<Record<string, string>> | undefined): string[] {
  const back = now === undefined ? null : eventsBack(state.offsets, now);
  return [
    `The query goes on from how it stood at ${formatDateTime(state.at)}: open windows, counters and its place in the topic.`,
    back === null
      ? 'It reads what came since then once more.'
      : back === 0
        ? 'It has read nothing since then.'
        : `It reads ${formatCount(back)} events once more, then goes on live.`,
    'Results that stand published are not published twice; a window whose result differs is published again with a higher revision.',
    'The present state is kept as a savepoint first, so that you can come back.',
  ];
}

/** How many events lie between the places of a state and those of now. */
export function eventsBack(
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): number {
  return Object.entries(now).reduce((sum, [partition, offset]) => {
    const behind = BigInt(offset) - BigInt(then[partition] ?? '0');
    return sum + (behind > 0n ? Number(behind) : 0);
  }, 0);
}
