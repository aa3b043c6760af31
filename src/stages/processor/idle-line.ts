// A line that does not run: how it stands, as its newest checkpoint says, and its states on disk. Opened by the running
// line when it is paused and nothing is known of it yet, or when its states are asked for.
import type { KafkaAdmin } from '../../clients/kafka.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { LineReport, StateInfo } from '../../shared/states.ts';
import type { LoadedCheckpoint } from './checkpoint/state-file.ts';
import { CheckpointStore } from './checkpoint/store.ts';
import type { EngineHooks } from './engine.ts';
import { Intake } from './intake.ts';
import { lineReport } from './line-figures.ts';
import { goBack, type LineStates, listStates, refuseTaken, resultsEnd, stamp } from './line-states.ts';
import { RareIncidents } from './rare-incidents.ts';
import { restoreIntake } from './recovery.ts';
import type { LineOrder, LineParts } from './running-line.ts';
import { WindowCore } from './windows/window-core.ts';

export class IdleLine implements LineStates {
  readonly #order: LineOrder;
  readonly #hooks: EngineHooks;
  readonly #admin: KafkaAdmin;
  readonly #store: CheckpointStore;
  /** Where it stands; null: it has not run. */
  #newest: LoadedCheckpoint | null;

  private constructor(
    order: LineOrder,
    hooks: EngineHooks,
    admin: KafkaAdmin,
    store: CheckpointStore,
    newest: LoadedCheckpoint | null,
  ) {
    this.#order = order;
    this.#hooks = hooks;
    this.#admin = admin;
    this.#store = store;
    this.#newest = newest;
  }

  static async open(order: LineOrder, { hooks, admin }: LineParts): Promise<IdleLine> {
    const { line } = order;
    const store = await CheckpointStore.open(line.folder);
    const { loaded } = await store.load();
    // A query of this name that is no more left states behind.
    const own = (loaded?.meta.core.asked?.born ?? 0) === line.asked.born;
    return new IdleLine(order, hooks, admin, store, own ? loaded : null);
  }

  /** As it stood when it stopped; `lag` is that of now. Null: it has not run. */
  async report(): Promise<LineReport | null> {
    const newest = this.#newest;
    if (newest === null) return null;
    const intake = this.#intake(newest);
    // What waits is not known while Kafka is away; all else is.
    const offsets = await this.#admin.offsets(this.#order.config.kafka.topic).catch(() => []);
    const ends = new Map(offsets.map(({ partition, high }) => [partition, high]));
    let lag = 0;
    for (const [partition, { next }] of intake.places)
      lag += Math.max(0, (ends.get(partition) ?? next) - next);
    const { at, durationMs, parts, counters, rewind } = newest.meta;
    const own = newest.bodies.slice(-Math.max(1, parts.length));
    return lineReport(intake, {
      results: counters.results,
      lag,
      ends: { endOf: (partition) => ends.get(partition) ?? null },
      checkpoint: { at, bytes: own.reduce((sum, body) => sum + body.length, 0), durationMs },
      rewind,
    });
  }

  states(): Promise<StateInfo[]> {
    return listStates(this.#store, this.#hooks);
  }

  async save(name: string): Promise<StateInfo> {
    refuseTaken(this.#store, name);
    const { meta } = this.#present();
    return this.#store.keep(meta.sequence, name);
  }

  deleteState(id: string): Promise<void> {
    return this.#store.delete(id);
  }

  async restore(id: string): Promise<{ before: string }> {
    const present = this.#present();
    const state = await this.#store.read(id);
    const before = `before-restore-${stamp()}`;
    await this.#store.keep(present.meta.sequence, before);
    const backAt = await resultsEnd(this.#admin, this.#order.config.kafka);
    await goBack(this.#store, state, this.#order.line, this.#intake(present), backAt);
    this.#newest = await this.#store.read(this.#store.newest);
    return { before: `savepoint-${before}` };
  }

  #present(): LoadedCheckpoint {
    if (this.#newest !== null) return this.#newest;
    throw new LiveDbError({
      code: 'state.none',
      message: `The query "${this.#order.config.settings.query.name}" has not run yet: it has no state.`,
      remedy: 'Resume it; or drop it and add it again from the state that is meant (query.put, from).',
    });
  }

  #intake(checkpoint: LoadedCheckpoint): Intake {
    const { config, line } = this.#order;
    const core = new WindowCore(
      checkpoint.meta.core.states.at(-1)?.spec ?? config.settings.query,
      Date.now(),
    );
    const incidents = new RareIncidents(() => undefined);
    const intake = new Intake(core, config.kafka.topic, incidents, { keepsIds: line.primary });
    restoreIntake(intake, checkpoint, checkpoint);
    return intake;
  }
}
