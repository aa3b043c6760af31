// One group of one window as bytes in a checkpoint, and back. Used by the state snapshots.
import { FixedWindows } from '../windows/fixed-windows.ts';
import { DUE, type GroupFigures, PUBLISHED, WITHDRAWN } from '../windows/group-table.ts';
import type { QueryState } from '../windows/query-state.ts';
import { restoreGroup } from '../windows/restoring.ts';
import { type Side, Sketch } from '../windows/sketch.ts';
import type { WindowCore } from '../windows/window-core.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

// Bits of the flags. The first two are of the first form, which had fixed windows of one field with values alone.
const IS_DUE = 1;
const IS_SKETCHED = 2;
/** The end follows the start. */
const HAS_END = 4;
const IS_PUBLISHED = 8;
const IS_WITHDRAWN = 16;
/** Neither values nor a sketch follow. */
const NO_VALUES = 32;
const HAS_ORGS = 64;
/** A second text follows: of a group by org and region. */
const HAS_REGION = 128;

export function writeGroup(out: ByteWriter, core: WindowCore, slot: number): void {
  const { table } = core;
  const state = core.stateOf(slot);
  const { org, region } = core.groupOf(slot);
  const values = table.values(slot);
  const sketch = table.sketch(slot);
  const orgs = table.orgs(slot);
  const fixed = state.windows instanceof FixedWindows;
  const both = org !== undefined && region !== undefined;
  out.unsigned(state.id);
  out.signed(table.start[slot] ?? 0);
  out.text(org ?? region ?? '');
  out.unsigned(
    (table.has(slot, DUE) ? IS_DUE : 0) |
      (sketch === null ? 0 : IS_SKETCHED) |
      (fixed ? 0 : HAS_END) |
      (table.has(slot, PUBLISHED) ? IS_PUBLISHED : 0) |
      (table.has(slot, WITHDRAWN) ? IS_WITHDRAWN : 0) |
      (values === null && sketch === null ? NO_VALUES : 0) |
      (orgs === undefined ? 0 : HAS_ORGS) |
      (both ? HAS_REGION : 0),
  );
  if (!fixed) out.signed(table.end[slot] ?? 0);
  if (both) out.text(region);
  out.signed(table.revision[slot] ?? -1);
  out.unsigned(table.count[slot] ?? 0);
  out.signed(table.high[slot] ?? 0);
  out.signed(table.low[slot] ?? 0);
  out.signed(table.min[slot] ?? 0);
  out.signed(table.max[slot] ?? 0);
  if (sketch !== null) {
    out.unsigned(sketch.zeros);
    writeBuckets(out, sketch, 1);
    writeBuckets(out, sketch, -1);
  } else if (values !== null) {
    out.unsigned(values.length);
    for (const value of values) out.signed(value);
  }
  if (orgs === undefined) return;
  out.unsigned(orgs.size);
  for (const number of orgs) out.text(core.org.text(number));
}

/** Reads one group and puts it back, in place of an older state of it; only read past when its window is gone. */
export function readGroup(
  input: ByteReader,
  core: WindowCore,
  owners: ReadonlyMap<number, QueryState>,
  body: number,
): void {
  const owner = owners.get(input.unsigned());
  const start = input.signed();
  const first = input.text();
  const flags = input.unsigned();
  const has = (flag: number) => (flags & flag) !== 0;
  const length = owner?.windows instanceof FixedWindows ? owner.windows.sizeMs : 0;
  const end = has(HAS_END) ? input.signed() : start + length;
  const second = has(HAS_REGION) ? input.text() : undefined;
  const figures: GroupFigures = {
    revision: input.signed(),
    count: input.unsigned(),
    high: input.signed(),
    low: input.signed(),
    min: input.signed(),
    max: input.signed(),
    values: null,
    sketch: null,
    orgs: null,
  };
  if (has(IS_SKETCHED)) {
    figures.sketch = new Sketch();
    figures.sketch.addZeros(input.unsigned());
    readBuckets(input, figures.sketch, 1);
    readBuckets(input, figures.sketch, -1);
  } else if (!has(NO_VALUES)) {
    figures.values = Array.from({ length: input.unsigned() }, () => input.signed());
  }
  if (has(HAS_ORGS)) {
    figures.orgs = new Set(Array.from({ length: input.unsigned() }, () => core.org.ofText(input.text())));
  }
  if (owner === undefined) return;
  const { grouping } = owner;
  const group = core.names.numberOf(
    grouping,
    grouping === 'region' ? { region: first } : { org: first, region: second },
  );
  restoreGroup(core, owner, {
    start,
    end,
    group,
    due: has(IS_DUE),
    // The first form knew it by the revision.
    published: has(IS_PUBLISHED) || (!has(HAS_END) && figures.revision >= 0),
    withdrawn: has(IS_WITHDRAWN),
    figures,
    body,
  });
}

function writeBuckets(out: ByteWriter, sketch: Sketch, side: Side): void {
  const filled = sketch.buckets(side);
  out.unsigned(filled.length);
  let last = 0;
  for (const [bucket, count] of filled) {
    out.unsigned(bucket - last);
    out.unsigned(count);
    last = bucket;
  }
}

function readBuckets(input: ByteReader, sketch: Sketch, side: Side): void {
  const filled = input.unsigned();
  let bucket = 0;
  for (let at = 0; at < filled; at++) {
    bucket += input.unsigned();
    sketch.addBucket(side, bucket, input.unsigned());
  }
}
