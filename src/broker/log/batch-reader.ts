// Reads whole batches from one segment for a fetch: finds the batch that holds an offset and takes as many behind it as
// fit. Used by PartitionLog.
import { baseOffsetAt, batchSizeAt, headerAt } from './batch.ts';
import type { Allocate, Segment } from './segment.ts';

/** Never less is read at once: an index entry lies up to a quarter of it before the batch that is looked for. */
const MIN_READ = 64 * 1024;

/**
 * The batches from the one that holds `offset` on, up to `maxBytes` and below the offset `upTo`; null when there is none
 * that may come. With `atLeastOne` the first comes even when it is bigger than `maxBytes` (KIP-74).
 */
export function readBatches(
  segment: Segment,
  offset: number,
  maxBytes: number,
  upTo: number,
  atLeastOne: boolean,
  allocate?: Allocate,
): Buffer | null {
  let at = segment.index.positionFor(offset);
  while (at < segment.size) {
    const chunk = segment.read(at, Math.max(maxBytes, MIN_READ), allocate);
    let inside = 0;
    let header = headerAt(chunk, inside);
    while (header !== null && header.lastOffset < offset) {
      inside += header.size;
      header = headerAt(chunk, inside);
    }
    if (header === null) {
      if (inside === 0) return null;
      at += inside;
      continue;
    }
    if (header.size > maxBytes || inside + header.size > chunk.length) {
      if (header.size > maxBytes && !atLeastOne) return null;
      return segment.read(at + inside, header.size, allocate);
    }
    let end = inside + header.size;
    for (;;) {
      const size = batchSizeAt(chunk, end);
      if (size === 0 || end + size > chunk.length || end + size - inside > maxBytes) break;
      if (baseOffsetAt(chunk, end) >= upTo) break;
      end += size;
    }
    return chunk.subarray(inside, end);
  }
  return null;
}
