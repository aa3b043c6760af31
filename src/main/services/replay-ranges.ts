// Which offsets a processor replay reads, from what a person asked for and what the topic holds. Pure; called by
// kafka-admin.ts for the preview.
import { LiveDbError } from '../../shared/errors.ts';
import type { ProcessorFrom } from '../../shared/replay.ts';

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

function refuse(path: string, message: string): LiveDbError {
  return new LiveDbError({
    code: 'bad-request',
    message: `Field "${path}" was refused: ${message}.`,
    remedy: 'Correct the named fields and send the request again; nothing was changed.',
    details: { fields: [{ path, message }] },
  });
}

/** The last `count` records, shared out evenly; what a short partition cannot give is asked of the others. */
function lastOf(partitions: readonly OffsetRange[], count: number): PlannedRange[] {
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
  return partitions.map(({ partition, high }) => ({
    partition,
    from: high - (shares.get(partition) ?? 0),
    to: high,
  }));
}

/**
 * Ranges [from, to) per partition and the sentences a person should read. `byTime` holds the first offset at or after
 * the asked time. Throws `bad-request` for a partition that does not exist or an offset beyond the end.
 */
export function planRanges(
  from: ProcessorFrom,
  partitions: readonly OffsetRange[],
  byTime: ReadonlyMap<number, number>,
): { ranges: PlannedRange[]; notes: string[] } {
  switch (from.kind) {
    case 'beginning':
      return {
        ranges: partitions.map(({ partition, low, high }) => ({ partition, from: low, to: high })),
        notes: [],
      };
    case 'time':
      return {
        ranges: partitions.map(({ partition, low, high }) => ({
          partition,
          from: Math.min(high, Math.max(low, byTime.get(partition) ?? high)),
          to: high,
        })),
        notes: [],
      };
    case 'last':
      return { ranges: lastOf(partitions, from.count), notes: [] };
    case 'duration':
    case 'shift':
      throw refuse('from.kind', `"${from.kind}" is not known here yet`);
    case 'offsets': {
      const ranges: PlannedRange[] = [];
      const notes: string[] = [];
      for (const [name, text] of Object.entries(from.offsets)) {
        const path = `from.offsets.${name}`;
        const found = partitions.find(({ partition }) => partition === Number(name));
        if (found === undefined) throw refuse(path, `the topic has no partition ${name}`);
        const offset = Number(text);
        if (offset > found.high) throw refuse(path, `partition ${name} ends at offset ${found.high}`);
        if (offset < found.low) {
          notes.push(`Partition ${name} starts at offset ${found.low}: what was before it is gone.`);
        }
        ranges.push({ partition: found.partition, from: Math.max(offset, found.low), to: found.high });
      }
      return { ranges: ranges.sort((a, b) => a.partition - b.partition), notes };
    }
  }
}
