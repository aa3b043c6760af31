// Writes down the state of windows and ids for a checkpoint, a slice at a time while events go on, and puts it back.
// Each checkpoint holds what changed since the one before, and a share of the rest (the sweep): once a sweep has gone
// round, older files are no longer needed. A small state is whole in every checkpoint. Used by the live engine.
import { z } from 'zod';
import type { IdSet } from '../../../shared/ids.ts';
import { QuerySpec } from '../../../shared/query.ts';
import { LIVE } from '../windows/group-table.ts';
import { QueryState } from '../windows/query-state.ts';
import type { WindowCore } from '../windows/window-core.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { readGroup, writeGroup } from './group-bytes.ts';

/** Bytes of unchanged state that each checkpoint takes along at least. */
const SWEEP_BYTES = 64 * 1024;
/** A sweep goes round in about this many checkpoints, however large the state. */
const SWEEP_FILES = 64;

export const CoreMeta = z.object({
  clock: z.object({
    watermark: z.number().nullable(),
    lead: z.number(),
    partitions: z.array(z.tuple([z.number(), z.number().nullable()])),
  }),
  /** `from`, `until`, `floor`: null stands for minus or plus infinity. */
  states: z.array(
    z.object({
      id: z.number(),
      spec: QuerySpec,
      from: z.number().nullable(),
      until: z.number().nullable(),
      floor: z.number().nullable(),
      /** Absent: plus infinity. */
      endBy: z.number().nullable().optional(),
    }),
  ),
  asked: z
    .object({ born: z.number(), fresh: z.number(), now: z.number(), skippedAt: z.number().default(0) })
    .optional(),
  late: z.number(),
  dropped: z.number(),
  overflow: z.number(),
});
export type CoreMeta = z.infer<typeof CoreMeta>;

interface Sweep {
  since: number;
  groups: Iterator<number>;
  ids: Iterator<number>;
  bytes: number;
}

export interface FrozenState {
  core: CoreMeta;
  /** Number of the oldest checkpoint that is needed together with this one. */
  chainFrom: number;
  /** Writes down groups for up to `budgetMs`; true when all is written. */
  writeSome(budgetMs: number): boolean;
  /** What was written down since the last `take`. */
  take(): Buffer;
  /** Everything that was not taken yet; writes the rest first. */
  finish(): Buffer;
}

export class StateSnapshots {
  readonly #core: WindowCore;
  readonly #ids: IdSet;
  #sweep: Sweep | null = null;
  #chainFrom: number | null;
  #lastSweepBytes = 0;

  /** `chainFrom`: of the checkpoint that the state was restored from; null when it starts empty. */
  constructor(core: WindowCore, ids: IdSet, chainFrom: number | null) {
    this.#core = core;
    this.#ids = ids;
    this.#chainFrom = chainFrom;
  }

  /**
   * Freezes the state as it is now for checkpoint number `sequence`. Events may go on: a group that is about to change
   * is written down first. One freeze at a time.
   */
  freeze(sequence: number): FrozenState {
    const core = this.#core;
    const meta = coreMeta(core);
    const round = core.round;
    const { table } = core;
    // Those that changed in this round are known by it, those of the sweep are marked: a large state costs nothing here.
    const changed = core.nextRound();
    const swept: number[] = [];
    const ids = this.#ids.takeChanged();
    this.#sweepInto(swept, ids, sequence, round);
    const chainFrom = this.#chainFrom ?? sequence;
    this.#chainFrom = chainFrom;

    // Few bytes, and the set changes with every event: ids are written at once.
    const out = new ByteWriter();
    writeIds(out, this.#ids, ids);
    let at = 0;
    const write = (slot: number) => {
      if (table.written[slot] === round || !table.has(slot, LIVE)) return;
      // Given back and taken again since: it was written then, or never was part of this state.
      if (table.round[slot] !== round && table.frozen[slot] !== round) return;
      table.written[slot] = round;
      writeGroup(out, core, slot);
    };
    core.onTouch = write;
    const length = changed.length + swept.length;
    const writeSome = (budgetMs: number) => {
      const until = performance.now() + budgetMs;
      while (at < length) {
        for (const end = Math.min(length, at + 100); at < end; at++) {
          write(changed[at] ?? swept[at - changed.length] ?? 0);
        }
        if (performance.now() >= until) break;
      }
      if (at < length) return false;
      core.onTouch = null;
      return true;
    };
    return {
      core: meta,
      chainFrom,
      writeSome,
      take: () => out.take(),
      finish() {
        while (!writeSome(Number.POSITIVE_INFINITY));
        return out.take();
      },
    };
  }

  #sweepInto(swept: number[], ids: number[], sequence: number, round: number): void {
    this.#sweep ??= {
      since: sequence,
      groups: this.#core.slots(),
      ids: this.#ids.indexes(),
      bytes: 0,
    };
    const sweep = this.#sweep;
    const budget = sweep.bytes + Math.max(SWEEP_BYTES, this.#lastSweepBytes / SWEEP_FILES);
    const changed = new Set(ids);
    while (sweep.bytes < budget) {
      const group = sweep.groups.next();
      if (!group.done) {
        sweep.bytes += roughBytes(this.#core, group.value);
        if (this.#core.table.round[group.value] === round) continue;
        this.#core.table.frozen[group.value] = round;
        swept.push(group.value);
        continue;
      }
      const block = sweep.ids.next();
      if (!block.done) {
        sweep.bytes += 100;
        if (!changed.has(block.value)) ids.push(block.value);
        continue;
      }
      this.#chainFrom = sweep.since;
      this.#lastSweepBytes = sweep.bytes;
      this.#sweep = null;
      return;
    }
  }
}

function writeIds(out: ByteWriter, set: IdSet, blocks: readonly number[]): void {
  out.unsigned(blocks.length);
  for (const block of blocks) {
    out.signed(block);
    out.raw(set.bytesOf(block));
  }
}

/** All ids as a body of their own: put behind others, they take the place of theirs. */
export function idsBody(ids: IdSet): Buffer {
  const out = new ByteWriter();
  writeIds(out, ids, [...ids.indexes()]);
  return out.take();
}

/** Puts the state of a chain of checkpoints (oldest first) into an empty core and id set. Throws on bytes that do not parse. */
export function restoreState(
  core: WindowCore,
  ids: IdSet,
  meta: CoreMeta,
  bodies: readonly Buffer[],
  now: number,
): void {
  core.clock.restore(meta.clock, now);
  if (meta.asked !== undefined) core.asked = meta.asked;
  core.late = meta.late;
  core.dropped = meta.dropped;
  core.overflow = meta.overflow;
  const states = meta.states.map((saved) => {
    const span = {
      from: saved.from ?? Number.NEGATIVE_INFINITY,
      until: saved.until ?? Number.POSITIVE_INFINITY,
      endBy: saved.endBy ?? Number.POSITIVE_INFINITY,
    };
    const state = new QueryState(saved.id, saved.spec, span, core.table);
    state.windows.floor = saved.floor ?? Number.NEGATIVE_INFINITY;
    return state;
  });
  core.restoreStates(states);
  const owners = new Map(states.map((state) => [state.id, state]));
  for (const [index, body] of bodies.entries()) {
    const input = new ByteReader(body);
    const blocks = input.unsigned();
    for (let at = 0; at < blocks; at++) {
      const block = input.signed();
      ids.restore(block, input.raw());
    }
    while (!input.done) readGroup(input, core, owners, index);
  }
  ids.takeChanged();
  core.restored();
}

function coreMeta(core: WindowCore): CoreMeta {
  return {
    clock: core.clock.state(),
    states: core.states.map((state) => ({
      id: state.id,
      spec: state.spec,
      from: finite(state.from),
      until: finite(state.until),
      floor: finite(state.windows.floor),
      endBy: finite(state.endBy),
    })),
    asked: { ...core.asked },
    late: core.late,
    dropped: core.dropped,
    overflow: core.overflow,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function roughBytes({ table }: WindowCore, slot: number): number {
  return 50 + (table.sketch(slot) === null ? 3 * (table.values(slot)?.length ?? 0) : 1_200);
}
