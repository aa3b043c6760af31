// One run of a line: reads the events topic from a state on, keeps windows by event time, publishes results once,
// checkpoints. Started by the live engine; lives until it is parked, drained, fails, or its topic is made anew.
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';
import { type FetchedPartition, type KafkaAdmin, kafkaPassesByItself } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { IdBlockDigest, ProcessorConfig } from '../../shared/link.ts';
import type { QuerySpec } from '../../shared/query.ts';
import type { ProcessorSettings } from '../../shared/settings.ts';
import type { LineReport, RewindProgress } from '../../shared/states.ts';
import { Checkpointer } from './checkpoint/checkpointer.ts';
import type { CheckpointStore } from './checkpoint/store.ts';
import type { EngineHooks } from './engine.ts';
import { EventSource } from './event-source.ts';
import { eventsLetGo } from './events-let-go.ts';
import type { Intake } from './intake.ts';
import type { Line } from './line.ts';
import { LineFigures } from './line-figures.ts';
import { type Recovered, recover } from './recovery.ts';
import { WaitingReasons } from './waiting-reasons.ts';
import type { WindowCore } from './windows/window-core.ts';

/** Events are taken in for this long before timers, sockets and checkpoints get a turn, ms. */
const SLICE_MS = 8;
const TICK_MS = 100;
/** Late records are gathered this long before their windows are published again, ms. */
const CORRECTION_MS = 200;
const TAKE = 1_000;
/** New partitions are looked for this often, ms. */
const PARTITIONS_MS = 10_000;
/** Pause while the publisher cannot take more, ms. */
const PATIENCE_MS = 5;
const DRAIN_MS = 3_500;

export class LineRun {
  readonly #hooks: EngineHooks;
  readonly #log: Logger | null;
  readonly #recovered: Recovered;
  readonly #intake: Intake;
  readonly #checkpointer: Checkpointer;
  readonly #stopping: AbortController;
  readonly #timer: NodeJS.Timeout;
  readonly #source: EventSource;
  readonly #figures: LineFigures;
  #settings: ProcessorSettings;
  #changed = false;
  #draining = false;
  #checkpointAt = Date.now();
  #correctionAt = 0;
  #partitionsAt = Date.now();
  #finished: Promise<void> | null = null;
  /** The last rewind of the line; part of its state. */
  rewind: RewindProgress | null;

  private constructor(
    config: ProcessorConfig,
    line: Line,
    hooks: EngineHooks,
    log: Logger | null,
    admin: KafkaAdmin,
    recovered: Recovered,
    waiting: WaitingReasons,
    stopping: AbortController,
  ) {
    this.#settings = config.settings;
    this.#hooks = hooks;
    this.#log = log;
    this.#stopping = stopping;
    this.#recovered = recovered;
    this.#intake = recovered.intake;
    this.rewind = recovered.rewind;
    recovered.publisher.onPublished = (results) => this.#published(results);
    this.#ask(config.settings.query, line);
    this.#intake.core.onPurge = (slot) => {
      const held = recovered.known.purge(this.#intake.core, slot);
      recovered.publisher.submit(held.map((emission) => emission.result));
    };
    this.#checkpointer = new Checkpointer({
      ...recovered,
      hooks,
      waiting: waiting.of('checkpoint'),
      log,
      signal: this.#stopping.signal,
      pinned: () => (recovered.known.size === 0 ? null : recovered.place),
      extras: () => ({
        query: this.#intake.core.query.name,
        wentBack: this.#recovered.again.length > 0 || recovered.known.leaves,
        backAt: Object.fromEntries(recovered.backAt),
        rewind: this.rewind,
        lateCounted: recovered.lateCounted,
      }),
      commit: (offsets) => admin.commitGroupOffsets(line.group, config.kafka.topic, offsets),
    });
    this.#source = new EventSource({
      kafka: config.kafka,
      admin,
      log,
      places: recovered.intake.places,
      waiting: waiting.of('events'),
      incident: (note) => hooks.incident(note),
    });
    this.#figures = new LineFigures(recovered, this.#source, () => hooks.changed());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
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
  ): Promise<LineRun> {
    const stopping = new AbortController();
    const waiting = new WaitingReasons((reason) => hooks.waiting(reason));
    const recovered = await recover(config, line, hooks, log, admin, {
      fresh: options.fresh,
      signal: stopping.signal,
      waiting,
    });
    return new LineRun(config, line, hooks, log, admin, recovered, waiting, stopping);
  }

  /** Works until `drain`; rejects with TopicMadeAnew (event-source.ts), or with what it failed of. */
  run(): Promise<void> {
    this.#finished ??= this.#loop();
    return this.#finished;
  }

  get core(): WindowCore {
    return this.#intake.core;
  }

  get store(): CheckpointStore {
    return this.#recovered.store;
  }

  get checkpointer(): Checkpointer {
    return this.#checkpointer;
  }

  get intake(): Intake {
    return this.#intake;
  }

  get figures(): LineFigures {
    return this.#figures;
  }

  line(): LineReport {
    return this.#figures.line(this.#checkpointer.last, this.rewind);
  }

  configure(settings: ProcessorSettings, line: Line): void {
    this.#settings = settings;
    this.#ask(settings.query, line);
    this.#changed = true;
  }

  /** Makes the query so, and what else was asked of the line since its state was written down. */
  #ask(query: QuerySpec, { asked }: Line): void {
    const { core } = this.#intake;
    const letGo = core.configure(query, core.asked.fresh !== asked.fresh);
    if (letGo > 0) this.#hooks.incident(eventsLetGo(query.name, letGo));
    core.asked = { ...core.asked, ...asked };
  }

  digests(blocks: readonly string[]): IdBlockDigest[] {
    return blocks.map((block) => ({ block, ...this.#intake.ids.digest(Number(block)) }));
  }

  block(block: string): number[] {
    return this.#intake.ids.lows(Number(block));
  }

  /** Stops where it is, with everything published and a last checkpoint taken. Rejects when that cannot be done. */
  async park(): Promise<void> {
    await this.#finish();
    await this.#close();
  }

  async drain(): Promise<void> {
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, DRAIN_MS).unref());
    try {
      // What is not acknowledged in time is published after the next start.
      await Promise.race([this.#finish(), deadline]);
    } catch (error) {
      this.#log?.warn({ error }, 'the last checkpoint was not taken');
    }
    await this.#close();
  }

  /** Stops the loop after the slice in hand, and finishes what is in hand. */
  async #finish(): Promise<void> {
    clearInterval(this.#timer);
    this.#draining = true;
    void this.#source.close();
    await this.#finished;
    this.#intake.core.fireCorrections();
    while (this.#dues > 0) {
      this.#pump();
      await pause(PATIENCE_MS, undefined, { signal: this.#stopping.signal });
    }
    await this.#checkpointer.take();
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort(new LiveDbError({ code: 'closed', message: 'The processor is stopping.' }));
    await this.#source.close();
    await this.#recovered.publisher.close();
    await this.#checkpointer.settled();
  }

  async #loop(): Promise<void> {
    try {
      // The first checkpoint of a topic that was made anew takes the place of those of the old one.
      if (this.#recovered.fresh) await this.store.clearBefore(await this.#checkpointer.take());
      while (!this.#draining) {
        const fetched = await this.#source.poll();
        // Before and after: a partition with news in this very fetch is not idle while another one is taken in.
        this.#caughtUp();
        for (const one of fetched) await this.#takeIn(one);
        this.#caughtUp();
        if (fetched.length > 0) this.#hooks.changed();
      }
    } catch (error) {
      if (this.#draining) return;
      await this.#close();
      throw error;
    }
  }

  async #takeIn(fetched: FetchedPartition): Promise<void> {
    const cursor = this.#source.open(fetched);
    for (let done = false; !done && !this.#draining; ) {
      const now = Date.now();
      done = this.#intake.takeSome(fetched, cursor, now, SLICE_MS);
      this.#changed = true;
      this.#intake.core.advance(now);
      this.#pump();
      if (!done || this.#recovered.publisher.full) {
        this.#hooks.changed();
        await breathe();
        while (this.#recovered.publisher.full && !this.#draining) await pause(PATIENCE_MS);
      }
    }
  }

  /** Tells the event clock which partitions are read to their end, and settles what was published before a crash. */
  #caughtUp(): void {
    const { core, places } = this.#intake;
    const now = Date.now();
    for (const partition of places.keys())
      core.clock.caughtUp(partition, now, this.#source.caughtUp(partition));
    const { known, endsAtStart, publisher } = this.#recovered;
    if (known.size === 0) return;
    // Results held back are decided once all events of before the start are in again.
    for (const [partition, end] of endsAtStart) if ((places.get(partition)?.next ?? 0) < end) return;
    publisher.submit(known.settleAll(core).map((emission) => emission.result));
    const watermark = core.clock.watermark;
    // What a rewind made due lies as far back as it likes.
    if (watermark !== null && this.#dues === 0) known.forgetBefore(watermark - core.query.allowedLatenessMs);
  }

  #tick(): void {
    const now = Date.now();
    const { core } = this.#intake;
    const before = core.clock.watermark;
    if (!this.#source.away) core.advance(now);
    if (core.corrections > 0 && now - this.#correctionAt >= CORRECTION_MS) {
      this.#correctionAt = now;
      core.fireCorrections();
    }
    this.#pump();
    core.purge();
    if (core.clock.watermark !== before) {
      this.#changed = true;
      this.#hooks.changed();
    }
    if (
      this.#changed &&
      !this.#checkpointer.running &&
      now - this.#checkpointAt >= this.#settings.checkpointIntervalMs
    ) {
      this.#checkpointAt = now;
      this.#changed = false;
      this.#checkpointer.take().catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) this.#log?.warn({ error }, 'a checkpoint was given up');
      });
    }
    if (now - this.#partitionsAt >= PARTITIONS_MS) {
      this.#partitionsAt = now;
      this.#findPartitions().catch((error: unknown) => {
        if (!kafkaPassesByItself(error)) this.#log?.warn({ error }, 'could not look for new partitions');
      });
    }
  }

  async #findPartitions(): Promise<void> {
    for (const partition of await this.#source.findPartitions()) {
      this.#intake.core.clock.track(partition, Date.now());
    }
  }

  /** Results that are due. */
  get #dues(): number {
    return this.#intake.core.waiting + this.#recovered.again.length;
  }

  /** Publishes what is due, as far as the publisher takes it. */
  #pump(): void {
    const { publisher, known } = this.#recovered;
    const { core } = this.#intake;
    const { again } = this.#recovered;
    while (again.length > 0 && !publisher.full) publisher.submit(again.splice(0, TAKE));
    while (core.waiting > 0 && !publisher.full) {
      const emissions = known.filter(core, core.take(TAKE));
      if (emissions.length > 0) publisher.submit(emissions.map((emission) => emission.result));
    }
  }

  #published(results: readonly WindowResult[]): void {
    this.#figures.published(results);
    this.#changed = true;
    this.#hooks.changed(results.some(({ revision }) => revision === 0));
    this.#pump();
  }
}
