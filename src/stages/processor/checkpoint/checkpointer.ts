// One checkpoint after the other: freeze the state, wait until what it calls published is acknowledged, make it durable,
// then commit the place to the consumer group. Savepoints are kept from one. Used by the live engine.
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../../clients/log.ts';
import type { CheckpointMark, StateInfo } from '../../../shared/states.ts';
import type { EngineHooks } from '../engine.ts';
import type { Intake } from '../intake.ts';
import type { PublishedPlace, ResultPublisher } from '../publish/publisher.ts';
import type { CheckpointMeta } from './state-file.ts';
import type { StateSnapshots } from './state-snapshot.ts';
import type { CheckpointStore } from './store.ts';

/** Time given to writing down state before events get a turn again, ms. */
const SLICE_MS = 4;
const RETRY_MS = 1_000;

export interface CheckpointInfo {
  at: number;
  bytes: number;
  durationMs: number;
}

/** What belongs to a state beside windows, ids and places. */
export type CheckpointExtras = Pick<
  CheckpointMeta,
  'query' | 'wentBack' | 'backAt' | 'rewind' | 'lateCounted'
>;

export interface CheckpointerParts {
  intake: Intake;
  publisher: ResultPublisher;
  snapshots: StateSnapshots;
  store: CheckpointStore;
  hooks: EngineHooks;
  waiting(reason: string | null): void;
  log: Logger | null;
  signal: AbortSignal;
  /** The place of the results up to which everything is decided; null: it may move to the newest. */
  pinned(): Pick<PublishedPlace, 'results' | 'published'> | null;
  extras(): CheckpointExtras;
  /** Commits the place to the consumer group. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
}

export class Checkpointer {
  last: CheckpointInfo | null = null;
  readonly #parts: CheckpointerParts;
  #running: Promise<unknown> | null = null;
  #commit: Promise<void> | null = null;

  constructor(parts: CheckpointerParts) {
    this.#parts = parts;
  }

  get running(): boolean {
    return this.#running !== null;
  }

  /** Waits until nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#running, this.#commit]);
  }

  /** Makes one checkpoint of the state as it is now; waits for one under way first. Rejects when that is given up. */
  take(): Promise<number> {
    return this.alone(() => this.#take());
  }

  /** A checkpoint of now, kept under that name; one of that name is replaced. */
  save(name: string): Promise<StateInfo> {
    return this.alone(async () => {
      const began = performance.now();
      const at = Date.now();
      const info = await this.#parts.store.keep(await this.#take(), name);
      await this.#mark({
        at,
        bytes: info.bytes,
        durationMs: Math.round(performance.now() - began),
        stallMs: 0,
        kind: 'savepoint',
        name,
        failed: null,
      });
      return info;
    });
  }

  /** Does something with the states on disk while no checkpoint is under way. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running !== null) await this.#running.catch(() => undefined);
    const running = work().finally(() => {
      this.#running = null;
    });
    this.#running = running;
    return running;
  }

  /** Returns the number of the checkpoint. */
  async #take(): Promise<number> {
    const { intake, publisher, snapshots, store, pinned, hooks } = this.#parts;
    const began = performance.now();
    const at = Date.now();
    const sequence = store.next;
    // From here to the mark nothing may come between: state, places and what is published belong together.
    const frozen = snapshots.freeze(sequence);
    const input = [...intake.places].map(([partition, place]) => [String(partition), { ...place }] as const);
    const counted = offsetsOf(intake.counted);
    const future = offsetsOf(intake.future);
    const counters = { ...intake.counters };
    const extras = this.#parts.extras();
    const pin = pinned();
    const marked = publisher.mark();
    // Looked at below; until then a failure is not unhandled.
    marked.catch(() => undefined);
    let stallMs = performance.now() - began;
    const pieces: Buffer[] = [];
    for (let done = false; !done; ) {
      const sliceAt = performance.now();
      done = frozen.writeSome(SLICE_MS);
      pieces.push(frozen.take());
      stallMs = Math.max(stallMs, performance.now() - sliceAt);
      if (!done) await breathe();
    }
    const place = await marked;
    const { results, published } = pin ?? place;
    const meta = (): CheckpointMeta => ({
      sequence,
      chainFrom: frozen.chainFrom,
      name: null,
      ...extras,
      at,
      durationMs: Math.round(performance.now() - began),
      parts: [],
      input: Object.fromEntries(input),
      counted,
      results: offsetsOf(results),
      late: place.late === null ? null : offsetsOf(place.late),
      dead: place.dead === null ? null : offsetsOf(place.dead),
      counters: { ...counters, results: published },
      future,
      core: frozen.core,
    });
    const bytes = await this.#write(meta, pieces);
    this.last = { at, bytes, durationMs: Math.round(performance.now() - began) };
    await this.#mark({
      ...this.last,
      stallMs: Math.round(stallMs * 10) / 10,
      kind: 'checkpoint',
      name: null,
      failed: null,
    });
    hooks.changed();
    this.#commitPlace(new Map(input.map(([partition, { next }]) => [Number(partition), next])));
    return sequence;
  }

  /** The timeline is for people: a failure to note it is only worth a line. */
  async #mark(mark: CheckpointMark): Promise<void> {
    await this.#parts.store.mark(mark).catch((error: unknown) => {
      this.#parts.log?.warn({ error }, 'the list of states was not written');
    });
  }

  /** Tries until it succeeds: a state that was frozen must be written, later checkpoints build on it. */
  async #write(meta: () => CheckpointMeta, pieces: readonly Buffer[]): Promise<number> {
    const { store, hooks, waiting, log, signal } = this.#parts;
    for (let failures = 0; ; failures++) {
      try {
        const bytes = await store.write(meta(), pieces);
        if (failures > 0) waiting(null);
        return bytes;
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        log?.error({ error }, 'a checkpoint could not be written');
        waiting(`A checkpoint could not be written: ${reason}.`);
        if (failures === 0) {
          const { at, durationMs } = meta();
          await this.#mark({
            at,
            bytes: 0,
            durationMs,
            stallMs: 0,
            kind: 'checkpoint',
            name: null,
            failed: reason,
          });
          hooks.incident({
            severity: 'error',
            code: 'checkpoint',
            title: 'A checkpoint could not be written',
            cause: `${reason}. Events go on; after a crash more of them would be read again.`,
            remedy: 'Free space on the disk of the data folder; LiveDB tries again by itself.',
          });
        }
        await pause(RETRY_MS, undefined, { signal });
      }
    }
  }

  #commitPlace(offsets: ReadonlyMap<number, number>): void {
    // The group's place is for other people's tools: the checkpoint counts, so a failure is only worth a line.
    this.#commit ??= this.#parts
      .commit(offsets)
      .catch((error: unknown) => this.#parts.log?.warn({ error }, 'the group place was not committed'))
      .finally(() => {
        this.#commit = null;
      });
  }
}

function offsetsOf(places: ReadonlyMap<number, number>): Record<string, number> {
  return Object.fromEntries([...places].map(([partition, offset]) => [String(partition), offset]));
}
