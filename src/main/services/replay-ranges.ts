// Which offsets a processor replay reads, from what a person asked for and what the topic holds. Pure; called by
// kafka-admin.ts for the preview.
import { LiveDbError } from '../../shared/errors.ts';
import type { ProcessorFrom, ProcessorTo } from '../../shared/replay.ts';

export interface OffsetRange {
  partition: number;
  low: number;
  high: number;
}

export interface PlannedRange {
  partition: number;
  from: number;
  to: number;
}

export interface RangeQuestion {
  from: ProcessorFrom;
  to: ProcessorTo | null;
  partitions: readonly OffsetRange[];
  /** First offset published at or after the moment that `from` (or `to`) means. */
  fromByTime: ReadonlyMap<number, number>;
  toByTime: ReadonlyMap<number, number>;
  /** Where the line stands: what a shift counts from. */
  place: ReadonlyMap<number, number>;
}

export interface RangePlan {
  ranges: PlannedRange[];
  /** Sentences about asked offsets that the topic no longer has. */
  gone: string[];
}

/** A field of the request that cannot be meant so. */
export function refuse(path: string, message: string): LiveDbError {
  return new LiveDbError({
    code: 'bad-request',
    message: `Field "${path}" was refused: ${message}.`,
    remedy: 'Correct the named fields and send the request again; nothing was changed.',
    details: { fields: [{ path, message }] },
  });
}

/** The last `count` records, shared out evenly; what a short partition cannot give is asked of the others. */
function lastOf(partitions: readonly OffsetRange[], count: number): Map<number, number> {
  const shares = new Map(partitions.map(({ partition }) => [partition, 0]));
  let left = count;
  for (;;) {
    const open = partitions.filter(({ partition, low, high }) => high - low > (shares.get(partition) ?? 0));
    if (left === 0 || open.length === 0) break;
    const each = Math.max(1, Math.floor(left / open.length));
    for (const { partition, low, high } of open) {
      const share = shares.get(partition) ?? 0;
      const more = Math.min(each, high - low - share, left);
      shares.set(partition, share + more);
      left -= more;
    }
  }
  return new Map(partitions.map(({ partition, high }) => [partition, high - (shares.get(partition) ?? 0)]));
}

function clamp(offset: number, { low, high }: OffsetRange): number {
  return Math.min(high, Math.max(low, offset));
}

/** Offsets as a person named them; throws for a partition that does not exist or an offset beyond the end. */
function named(
  path: string,
  offsets: Readonly<Record<string, string>>,
  partitions: readonly OffsetRange[],
): Map<number, number> {
  return new Map(
    Object.entries(offsets).map(([name, text]) => {
      const found = partitions.find(({ partition }) => partition === Number(name));
      if (found === undefined) throw refuse(`${path}.${name}`, `the topic has no partition ${name}`);
      if (Number(text) > found.high)
        throw refuse(`${path}.${name}`, `partition ${name} ends at offset ${found.high}`);
      return [found.partition, Number(text)];
    }),
  );
}

function shifted({ from, partitions, place }: RangeQuestion): Map<number, number> {
  if (from.kind !== 'shift') return new Map();
  const { by } = from;
  if (typeof by !== 'number') {
    for (const name of Object.keys(by)) {
      if (partitions.every(({ partition }) => String(partition) !== name))
        throw refuse(`from.by.${name}`, `the topic has no partition ${name}`);
    }
  }
  return new Map(
    partitions.map(({ partition, high }) => {
      const steps = typeof by === 'number' ? by : (by[String(partition)] ?? 0);
      return [partition, (place.get(partition) ?? high) + steps];
    }),
  );
}

/** Ranges [from, to) per partition. Throws `bad-request` for what the topic never had. */
export function planRanges(question: RangeQuestion): RangePlan {
  const { from, to, partitions, fromByTime, toByTime } = question;
  const ends = to?.kind === 'offsets' ? named('to.offsets', to.offsets, partitions) : toByTime;
  const parts = partitions.map((one) => ({
    ...one,
    to: clamp(to === null || to.kind === 'now' ? one.high : (ends.get(one.partition) ?? one.high), one),
  }));
  const bounded = parts.map(({ partition, low, to: high }) => ({ partition, low, high }));
  const starts = ((): ReadonlyMap<number, number> => {
    switch (from.kind) {
      case 'beginning':
        return new Map(parts.map(({ partition, low }) => [partition, low]));
      case 'time':
      case 'duration':
        return new Map(parts.map(({ partition, high }) => [partition, fromByTime.get(partition) ?? high]));
      case 'last':
        return lastOf(bounded, from.count);
      case 'shift':
        return shifted(question);
      case 'offsets':
        return named('from.offsets', from.offsets, partitions);
    }
  })();
  const ranges: PlannedRange[] = [];
  const gone: string[] = [];
  for (const part of parts) {
    const start = starts.get(part.partition);
    if (start === undefined) continue;
    if (start < part.low) {
      gone.push(`Partition ${part.partition} starts at offset ${part.low}: what was before it is gone.`);
    }
    ranges.push({ partition: part.partition, from: Math.min(clamp(start, part), part.to), to: part.to });
  }
  return { ranges, gone };
}
