// One accumulator as bytes in a checkpoint, and back. Used by the state snapshots.
import { Accumulator } from '../windows/accumulator.ts';
import type { QueryState } from '../windows/query-state.ts';
import { type Buckets, Sketch } from '../windows/sketch.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

const DUE = 1;
const SKETCHED = 2;

export function writeAccumulator(out: ByteWriter, accumulator: Accumulator): void {
  const { sketch } = accumulator;
  out.unsigned(accumulator.owner.id);
  out.signed(accumulator.start);
  out.text(accumulator.group);
  out.unsigned((accumulator.due ? DUE : 0) | (sketch === null ? 0 : SKETCHED));
  out.signed(accumulator.revision);
  out.unsigned(accumulator.count);
  out.signed(accumulator.high);
  out.signed(accumulator.low);
  out.signed(accumulator.min);
  out.signed(accumulator.max);
  if (sketch === null) {
    const values = accumulator.values ?? [];
    out.unsigned(values.length);
    for (const value of values) out.signed(value);
    return;
  }
  out.unsigned(sketch.zeros);
  writeBuckets(out, sketch.positive);
  writeBuckets(out, sketch.negative);
}

/** Reads one accumulator; null (but read past) when its query is no longer known. */
export function readAccumulator(
  input: ByteReader,
  owners: ReadonlyMap<number, QueryState>,
): Accumulator | null {
  const owner = owners.get(input.unsigned());
  const start = input.signed();
  const group = input.text();
  const flags = input.unsigned();
  const revision = input.signed();
  const count = input.unsigned();
  const high = input.signed();
  const low = input.signed();
  const min = input.signed();
  const max = input.signed();
  let values: number[] | null = null;
  let sketch: Sketch | null = null;
  if ((flags & SKETCHED) === 0) {
    const length = input.unsigned();
    values = [];
    for (let at = 0; at < length; at++) values.push(input.signed());
  } else {
    sketch = new Sketch();
    sketch.zeros = input.unsigned();
    readBuckets(input, sketch.positive);
    readBuckets(input, sketch.negative);
  }
  if (owner === undefined) return null;
  const accumulator = new Accumulator(owner, group, start);
  accumulator.due = (flags & DUE) !== 0;
  return Object.assign(accumulator, { revision, count, high, low, min, max, values, sketch });
}

function writeBuckets(out: ByteWriter, buckets: Buckets): void {
  let filled = 0;
  for (const count of buckets.counts) if (count > 0) filled++;
  out.unsigned(filled);
  let last = 0;
  buckets.counts.forEach((count, at) => {
    if (count === 0) return;
    out.unsigned(buckets.offset + at - last);
    out.unsigned(count);
    last = buckets.offset + at;
  });
}

function readBuckets(input: ByteReader, buckets: Buckets): void {
  const filled = input.unsigned();
  let bucket = 0;
  for (let at = 0; at < filled; at++) {
    bucket += input.unsigned();
    buckets.add(bucket, input.unsigned());
  }
}
