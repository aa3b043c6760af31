// What a rewind would do, as the processor finds it by reading what the rewind would read. replay-previews.ts asks.
import { LiveDbError } from '../../shared/errors.ts';
import { PROCESSOR_CALLS } from '../../shared/link.ts';
import type { PartitionPreview, ReplayConflict, Speed } from '../../shared/replay.ts';
import { RewindBounds, RewindPreview } from '../../shared/states.ts';
import type { ReplayRanges } from '../services/kafka-admin.ts';

/** All of a large topic may have to be read for it. */
const ASK_TIMEOUT_MS = 120_000;

/** Null when the processor cannot say: what it answers is then among the conflicts. */
export async function askRewind(
  processor: { running(): boolean; ask(method: string, args: unknown, timeoutMs: number): Promise<unknown> },
  query: string,
  { ranges }: ReplayRanges,
  conflicts: ReplayConflict[],
): Promise<RewindPreview | null> {
  if (!processor.running()) return null;
  const by = (of: (range: ReplayRanges['ranges'][number]) => string) =>
    Object.fromEntries(ranges.map((range) => [String(range.partition), of(range)]));
  const args = { query, offsets: by(({ from }) => from), upTo: by(({ to }) => to) };
  try {
    return RewindPreview.parse(await processor.ask(PROCESSOR_CALLS.rewindPreview, args, ASK_TIMEOUT_MS));
  } catch (error) {
    const { code, message } = LiveDbError.dataOf(error);
    conflicts.push({ code, message, blocking: true });
    return null;
  }
}

/** What the rewind is started with, so that it does what its preview said. */
export function boundsOf(touched: RewindPreview | null): RewindBounds | null {
  return touched === null ? null : RewindBounds.parse(touched);
}

/** With the offsets that the reading begins at, also of partitions that are only read to make windows whole. */
export function rewindPartitions(
  found: readonly PartitionPreview[],
  touched: RewindPreview | null,
): PartitionPreview[] {
  if (touched === null) return [...found];
  const asked = new Set(found.map(({ partition }) => String(partition)));
  const others = Object.entries(touched.from).filter(([partition]) => !asked.has(partition));
  return [
    ...found.map((one) => ({ ...one, new: touched.from[String(one.partition)] ?? one.new })),
    ...others.map(([partition, from]) => ({
      partition: Number(partition),
      events: 0,
      from: null,
      to: null,
      old: touched.upTo[partition] ?? null,
      new: from,
      firstAt: null,
      lastAt: null,
    })),
  ].sort((one, other) => one.partition - other.partition);
}

const GOES_ON =
  'The line reads on meanwhile: events that come until it is done are read too and told apart (live); they touch no further window.';
const EVERYTHING = {
  session: 'All of the topic is read: a session may reach back as far as there are events.',
  future:
    'All of the topic is read: events dated in the future were seen, and their windows may begin anywhere in it.',
};

const BY_SPEED =
  'Its speed is that of the reading: the windows are published again all at once, when all of it is read.';

export function rewindNotes(touched: RewindPreview | null, speed: Speed): string[] {
  return [
    ...(touched?.everything ? [EVERYTHING[touched.everything]] : []),
    ...(speed.kind === 'max' ? [] : [BY_SPEED]),
    GOES_ON,
  ];
}
