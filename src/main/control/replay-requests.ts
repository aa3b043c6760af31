// What a request for a replay means, and what of it cannot be: rows, and conflicts of a rewind. Pure; replay-previews.ts
// calls it.
import type {
  ProcessorReplayRequest,
  ProducerReplayRequest,
  ReplayConflict,
  ReplayRequest,
} from '../../shared/replay.ts';
import type { RowRange } from '../../shared/replay-link.ts';
import { refuse } from '../services/replay-ranges.ts';

export const EMPTY: ReplayConflict = {
  code: 'empty',
  message: 'There is nothing to replay in this range.',
  blocking: true,
};

export function rewindConflicts(
  request: ProcessorReplayRequest,
  running: boolean,
  line: { name: string; paused: boolean },
): ReplayConflict[] {
  const conflicts: ReplayConflict[] = [];
  const block = (code: string, message: string) => conflicts.push({ code, message, blocking: true });
  if (!running) block('processor-stopped', 'The processor does not run: start it, then take it back.');
  else if (line.paused) block('paused', `The query "${line.name}" is paused: resume it first.`);
  if (request.to !== null) block('rewind-to', 'A rewind goes on to the live end: it has no end of its own.');
  if (request.query !== null)
    block('rewind-query', 'A rewind keeps the query of its line: branch to ask another question.');
  return conflicts;
}

/** Throws `bad-request` for a range that ends before it begins, or ends where it does not read. */
export function refuseBackwards({ from, to }: Pick<ReplayRequest, 'from' | 'to'>): void {
  if (from.kind === 'time' && to?.kind === 'time' && Date.parse(to.at) <= Date.parse(from.at))
    throw refuse('to.at', 'the range ends before it begins');
  if (from.kind === 'id' && to?.kind === 'id' && BigInt(to.id) < BigInt(from.id))
    throw refuse('to.id', 'the range ends before it begins');
  if (from.kind !== 'offsets') return;
  if (Object.keys(from.offsets).length === 0) throw refuse('from.offsets', 'name at least one partition');
  if (to?.kind !== 'offsets') return;
  for (const [partition, end] of Object.entries(to.offsets)) {
    const first = from.offsets[partition];
    if (first === undefined)
      throw refuse(`to.offsets.${partition}`, 'from.offsets leaves this partition out');
    if (BigInt(end) < BigInt(first))
      throw refuse(`to.offsets.${partition}`, 'the range ends before it begins');
  }
}

/** The rows that a request means. */
export function rowRange({ from, to }: ProducerReplayRequest, now: number): RowRange {
  return {
    ids: { from: from.kind === 'id' ? from.id : null, to: to?.kind === 'id' ? to.id : null },
    created: {
      from:
        from.kind === 'time'
          ? from.at
          : from.kind === 'duration'
            ? new Date(now - from.ms).toISOString()
            : null,
      to: to?.kind === 'time' ? to.at : null,
    },
    last: from.kind === 'last' ? from.count : null,
  };
}
