// One checkpoint after the other: freeze the state, wait until what it calls published is acknowledged, make it durable,
// then commit the place to the consumer group. Used by the live engine.
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../../clients/log.ts';
import type { EngineHooks } from '../engine.ts';
import type { Intake } from '../intake.ts';
import type { PublishedPlace, ResultPublisher } from '../publish/publisher.ts';
import type { StateSnapshots } from './state-snapshot.ts';
import type { CheckpointMeta, CheckpointStore } from './store.ts';

/** Time given to writing down state before events get a turn again, ms. */
const SLICE_MS = 4;
const RETRY_MS = 1_000;

export interface CheckpointInfo {
  at: number;
  bytes: number;
  durationMs: number;
}

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
  pinned(): PublishedPlace | null;
  /** Commits the place to the consumer group. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
}

export class Checkpointer {
  last: CheckpointInfo | null = null;
  readonly #parts: CheckpointerParts;
  #running: Promise<void> | null = null;
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
  async take(): Promise<void> {
    while (this.#running !== null) await this.#running;
    this.#running = this.#take().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #take(): Promise<void> {
    const { intake, publisher, snapshots, store, pinned, hooks } = this.#parts;
    const began = performance.now();
    const at = Date.now();
    const sequence = store.next;
    // From here to the mark nothing may come between: state, places and what is published belong together.
    const frozen = snapshots.freeze(sequence);
    const input = [...intake.places].map(([partition, place]) => [String(partition), { ...place }] as const);
    const counters = { ...intake.counters };
    const pin = pinned();
    const marked = publisher.mark();
    // Looked at below; until then a failure is not unhandled.
    marked.catch(() => undefined);
    while (!frozen.writeSome(SLICE_MS)) await breathe();
    const body = frozen.finish();
    const place = pin ?? (await marked);
    await marked;
    const meta: CheckpointMeta = {
      sequence,
      chainFrom: frozen.chainFrom,
      at,
      input: Object.fromEntries(input),
      results: Object.fromEntries(
        [...place.offsets].map(([partition, offset]) => [String(partition), offset]),
      ),
      counters: { ...counters, results: place.results },
      core: frozen.core,
    };
    const bytes = await this.#write(meta, body);
    this.last = { at, bytes, durationMs: Math.round(performance.now() - began) };
    hooks.changed();
    this.#commitPlace(new Map(input.map(([partition, { next }]) => [Number(partition), next])));
  }

  /** Tries until it succeeds: a state that was frozen must be written, later checkpoints build on it. */
  async #write(meta: CheckpointMeta, body: Buffer): Promise<number> {
    const { store, hooks, waiting, log, signal } = this.#parts;
    for (let failures = 0; ; failures++) {
      try {
        const bytes = await store.write(meta, body);
        if (failures > 0) waiting(null);
        return bytes;
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        log?.error({ error }, 'a checkpoint could not be written');
        waiting(`A checkpoint could not be written: ${reason}.`);
        if (failures === 0) {
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
