// What became of a replay, and what it leaves behind: in the words that its buttons and its place in the list carry. Pure.
import type { ReplayState, ReplayStatus } from '../../../shared/replay.ts';
import { formatCount } from '../../components/format.ts';
import { nounOf } from './words.ts';

export function isActive({ state }: Pick<ReplayStatus, 'state'>): boolean {
  return state === 'running' || state === 'paused';
}

export const STATE_WORDS: Record<ReplayState, string> = {
  running: 'running',
  paused: 'paused',
  done: 'done',
  cancelled: 'cancelled',
  failed: 'failed',
  undone: 'undone',
};

/** Said beside the button before it is pressed. */
export function cancelLeaves(replay: Pick<ReplayStatus, 'target' | 'done' | 'stage'>): string {
  switch (replay.target) {
    case 'branch':
      return 'Cancel ends the branch; the windows it has closed are kept until you drop it.';
    case 'rewind':
      return 'Cancel brings back the state from before the rewind, as if it had not begun.';
    case 'republish':
      return `Cancel stops here: the ${formatCount(replay.done)} ${nounOf(replay, replay.done)} sent so far stay in the topic, marked “replay”.`;
  }
}

export function dropLeaves({ target, kept }: Pick<ReplayStatus, 'target' | 'kept'>): string {
  switch (target) {
    case 'branch':
      return kept
        ? 'Its windows and its comparison are deleted. The live results stay.'
        : 'It leaves the list. The live results stay.';
    case 'rewind':
      return 'It leaves the list, and with it the state from before: it can no longer be undone. The results stay.';
    case 'republish':
      return 'It leaves the list. What was published stays in the topic.';
  }
}

/** What came of it, when the control plane does not say it in a sentence of its own. */
export function outcomeOf(replay: ReplayStatus): string | null {
  if (isActive(replay)) return null;
  if (replay.outcome !== null) return replay.outcome;
  const done = `${formatCount(replay.done)} of ${formatCount(replay.total)} ${nounOf(replay, replay.total)}`;
  return `${STATE_WORDS[replay.state]} at ${done}.`;
}
