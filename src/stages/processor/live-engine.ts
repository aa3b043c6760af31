// LiveDB's own engine for one line: runs it, and takes it to another state and on from there, to a savepoint, back and
// again. Started by main.ts through the port in engine.ts.
import type { KafkaAdmin } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { IdBlockDigest, ProcessorConfig, ProcessorReport } from '../../shared/link.ts';
import type { ProcessorSettings } from '../../shared/settings.ts';
import type { LineReport, RewindBounds, RewindPreview, StateInfo, UndoPreview } from '../../shared/states.ts';
import type { CheckpointStore } from './checkpoint/store.ts';
import type { EngineHooks, QueryEngine } from './engine.ts';
import type { Line } from './line.ts';
import { LineRun } from './line-run.ts';
import {
  askedOf,
  goBack,
  type LineStates,
  listStates,
  refuseTaken,
  resultsEnd,
  stamp,
} from './line-states.ts';
import { Pace } from './pace.ts';
import { Rewind } from './rewind.ts';
import { previewUndo } from './undo-preview.ts';

type Places = ReadonlyMap<number, number>;

export class LiveEngine implements QueryEngine, LineStates {
  #line: Line;
  readonly #hooks: EngineHooks;
  readonly #log: Logger | null;
  readonly #admin: KafkaAdmin;
  #config: ProcessorConfig;
  #run: LineRun;
  #rewind: Rewind | null = null;
  /** What was asked for states, one after the other. */
  #operation: Promise<unknown> = Promise.resolve();
  #life = 0;
  #draining = false;
  readonly #stopped = new AbortController();
  readonly #ended = Promise.withResolvers<void>();

  private constructor(
    config: ProcessorConfig,
    line: Line,
    hooks: EngineHooks,
    log: Logger | null,
    admin: KafkaAdmin,
    run: LineRun,
  ) {
    this.#config = config;
    this.#line = line;
    this.#hooks = hooks;
    this.#log = log;
    this.#admin = admin;
    this.#run = run;
  }

  /**
   * Restores the line's last checkpoint, takes over from a predecessor and is ready to `run`. The query is
   * `config.settings.query`, also that of a line beside the live one.
   */
  static async start(
    config: ProcessorConfig,
    line: Line,
    hooks: EngineHooks,
    log: Logger | null,
    admin: KafkaAdmin,
    options: { fresh: boolean },
  ): Promise<LiveEngine> {
    const run = await LineRun.start(config, line, hooks, log, admin, options);
    return new LiveEngine(config, line, hooks, log, admin, run);
  }

  /** Works until `drain`; rejects with TopicMadeAnew (event-source.ts), or with what it failed of. */
  run(): Promise<void> {
    this.#watch();
    return this.#ended.promise;
  }

  report(): ProcessorReport {
    const line = this.line();
    return { ...this.#run.figures.report(line), lines: [line], life: this.#life };
  }

  /** What a line beside the live one tells; `takePublished` goes with it. */
  line(): LineReport {
    const report = this.#run.line();
    return this.#rewind === null ? report : { ...report, rewind: { ...this.#rewind.progress } };
  }

  /** Results published since the last call. */
  takePublished(): WindowResult[] {
    return this.#run.figures.takePublished();
  }

  configure(settings: ProcessorSettings, line: Line): void {
    this.#config = { ...this.#config, settings };
    this.#line = line;
    this.#run.configure(settings, line);
  }

  digests(blocks: readonly string[]): IdBlockDigest[] {
    return this.#run.digests(blocks);
  }

  block(block: string): number[] {
    return this.#run.block(block);
  }

  async drain(): Promise<void> {
    this.#draining = true;
    this.#stopped.abort(stopping());
    this.#rewind?.cancel();
    await this.#run.drain();
    this.#ended.resolve();
  }

  states(): Promise<StateInfo[]> {
    return listStates(this.#store, this.#hooks);
  }

  save(name: string): Promise<StateInfo> {
    return this.#alone(async () => {
      refuseTaken(this.#store, name);
      const info = await this.#run.checkpointer.save(name);
      this.#hooks.changed();
      return info;
    });
  }

  deleteState(id: string): Promise<void> {
    return this.#alone(() => this.#store.delete(id));
  }

  restore(id: string): Promise<{ before: string }> {
    return this.#alone(async () => {
      const state = await this.#run.checkpointer.alone(() => this.#store.read(id));
      const before = `before-restore-${stamp()}`;
      await this.#run.checkpointer.save(before);
      await this.#moveTo(async (store) =>
        goBack(store, state, this.#line, this.#run.intake, await this.#resultsEnd()),
      );
      return { before: `savepoint-${before}` };
    });
  }

  /** What a rewind to these offsets would touch; null: of the events up to where the line stands. */
  async previewRewind(offsets: Places, upTo: Places | null): Promise<RewindPreview> {
    return this.#newRewind('preview', offsets, null, new Pace({ kind: 'max' })).preview(upTo);
  }

  /** Goes back to these offsets; resolves once the savepoint from before stands. Throws `rewind.running`. */
  async startRewind(
    id: string,
    offsets: Places,
    bounds: RewindBounds | null,
    pace: Pace,
  ): Promise<{ savepoint: string }> {
    const name = `before-rewind-${id}`;
    const savepoint = `savepoint-${name}`;
    if (
      this.#rewind?.progress.id === id ||
      (this.#run.rewind?.id === id && this.#run.rewind.state === 'done')
    )
      return { savepoint };
    if (this.#rewind !== null) {
      throw new LiveDbError({
        code: 'rewind.running',
        message: 'Another rewind of this query is running.',
        remedy: 'Wait until it is done, or cancel it.',
      });
    }
    const rewind = this.#newRewind(id, offsets, bounds, pace);
    this.#rewind = rewind;
    try {
      await this.#alone(() => this.#run.checkpointer.save(name));
    } catch (error) {
      this.#rewind = null;
      throw error;
    }
    this.#runRewind(rewind).catch((error: unknown) => this.#ended.reject(error));
    return { savepoint };
  }

  /** The reading rests, or goes on; nothing when its windows are being changed, or there is no such rewind. */
  pauseRewind(id: string, paused: boolean): void {
    if (this.#rewind?.progress.id === id) this.#rewind.pause(paused);
  }

  /** Not cancelled when its windows have been changed already, or when it is not known here. */
  cancelRewind(id: string): { cancelled: boolean; known: boolean } {
    const under = this.#rewind?.progress.id === id ? this.#rewind : null;
    const known = under !== null || this.#run.rewind?.id === id;
    return { cancelled: under?.cancel() ?? false, known };
  }

  /** What `undo` would do. Throws `state.unknown`, `state.faulty`. */
  async previewUndo(id: string): Promise<UndoPreview> {
    const state = await this.#store.read(`savepoint-before-rewind-${id}`);
    const { places } = this.#run.intake;
    const signal = this.#stopped.signal;
    return previewUndo(state, { config: this.#config, admin: this.#admin, log: this.#log, places, signal });
  }

  /** Goes back to the state from before a rewind, byte for byte. Throws `state.unknown`, `state.faulty`. */
  undo(id: string): Promise<{ before: string }> {
    return this.#alone(async () => {
      const state = await this.#store.read(`savepoint-before-rewind-${id}`);
      const before = `before-undo-${stamp()}`;
      const rewind = this.#run.rewind;
      await this.#run.checkpointer.save(before);
      await this.#moveTo(async (store) =>
        store.adopt(state, {
          core: askedOf(state, this.#line),
          wentBack: true,
          backAt: await this.#resultsEnd(),
          rewind: rewind?.id === id ? { ...rewind, state: 'undone' } : state.meta.rewind,
        }),
      );
      return { before: `savepoint-${before}` };
    });
  }

  #resultsEnd(): Promise<Record<string, number>> {
    return resultsEnd(this.#admin, this.#config.kafka);
  }

  get #store(): CheckpointStore {
    return this.#run.store;
  }

  #watch(): void {
    this.#run.run().catch((error: unknown) => {
      if (!this.#draining) this.#ended.reject(error);
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#operation.then(() => {
      if (this.#draining) throw stopping();
      return work();
    });
    this.#operation = mine.catch(() => undefined);
    return mine;
  }

  /** Parks the line, lets `prepare` put another newest checkpoint in place, and goes on from what is newest then. */
  async #moveTo(prepare: (store: CheckpointStore) => Promise<void>): Promise<void> {
    await this.#run.park();
    let failure: unknown = null;
    try {
      await prepare(this.#store);
    } catch (error) {
      // The line goes on from where it was.
      failure = error;
    }
    if (this.#draining) throw stopping();
    const { rewind } = this.#run;
    this.#run = await LineRun.start(this.#config, this.#line, this.#hooks, this.#log, this.#admin, {
      fresh: false,
    });
    this.#run.configure(this.#config.settings, this.#line);
    if (failure !== null) {
      this.#run.rewind = rewind;
      this.#watch();
      throw failure;
    }
    this.#life++;
    this.#watch();
    this.#hooks.changed();
  }

  #newRewind(id: string, offsets: Places, bounds: RewindBounds | null, pace: Pace): Rewind {
    return new Rewind({
      id,
      offsets,
      bounds,
      pace,
      kafka: this.#config.kafka,
      admin: this.#admin,
      log: this.#log,
      run: () => this.#run,
      born: this.#line.asked.born,
      changed: () => this.#hooks.changed(),
    });
  }

  async #runRewind(rewind: Rewind): Promise<void> {
    try {
      await rewind.prepare();
      await this.#alone(async () => {
        rewind.commit();
        await this.#moveTo(async (store) => {
          const merged = await rewind.merge(await store.read(store.newest));
          await store.adopt(merged.state, merged.change, merged.bodies);
        });
      });
    } catch (error) {
      if (this.#draining) return;
      this.#log?.warn({ error }, 'a rewind ended early');
      this.#run.rewind = rewind.failed(error);
    } finally {
      this.#rewind = null;
      this.#hooks.changed();
    }
  }
}

function stopping(): LiveDbError {
  return new LiveDbError({ code: 'closed', message: 'The processor is stopping.' });
}
