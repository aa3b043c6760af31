// One line of the processor as it runs: starts its engine, starts it anew when the topic was made anew or it failed, pauses
// it and goes on. Made by lines.ts, one for the live query and one for each beside it.
import { rm } from 'node:fs/promises';
import type { KafkaAdmin } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { ProcessorConfig } from '../../shared/link.ts';
import type { LineReport } from '../../shared/states.ts';
import type { EngineHooks } from './engine.ts';
import { TopicMadeAnew } from './event-source.ts';
import { IdleLine } from './idle-line.ts';
import type { Line } from './line.ts';
import { forgetCheckpoints, type LineStates } from './line-states.ts';
import { LiveEngine } from './live-engine.ts';

/** A line beside the live one that failed is started again after so long, ms. */
const AGAIN_MS = 5_000;

/** What a line is to do. `config.settings.query` is its own query. */
export interface LineOrder {
  config: ProcessorConfig;
  line: Line;
  paused: boolean;
}

export interface LineParts {
  hooks: EngineHooks;
  log: Logger | null;
  admin: KafkaAdmin;
}

export class RunningLine {
  #order: LineOrder;
  readonly #parts: LineParts;
  #engine: LiveEngine | null = null;
  #error: LiveDbErrorData | null = null;
  #last: LineReport | null = null;
  /** Results of an engine that is gone, not told yet. */
  readonly #left: WindowResult[] = [];
  #again: NodeJS.Timeout | null = null;
  #closed = false;
  /** One start or stop after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(order: LineOrder, parts: LineParts) {
    this.#order = order;
    this.#parts = parts;
  }

  get query(): string {
    return this.#order.config.settings.query.name;
  }

  /** Null while it is paused, starts or waits to be started again. */
  get engine(): LiveEngine | null {
    return this.#engine;
  }

  /** Throws what the first start of the live line fails of. */
  async start(): Promise<void> {
    if (!this.#order.paused) await this.#begin(false);
  }

  follow(order: LineOrder): void {
    this.#order = order;
    this.#then(async () => {
      const { paused, config, line } = this.#order;
      if (paused) await this.#pause();
      else if (this.#engine === null) await this.#begin(false);
      else this.#engine.configure(config.settings, line);
    });
  }

  report(): LineReport {
    const { paused, config } = this.#order;
    this.#last = this.#engine?.line() ?? this.#last;
    const told = this.#last ?? NOTHING;
    return { ...told, query: config.settings.query.name, paused, error: this.#error?.message ?? null };
  }

  /** Does something with the states of the line, which may be paused. */
  withStates<T>(work: (states: LineStates) => Promise<T>): Promise<T> {
    // What is to pause is on its way to it.
    if (this.#engine !== null && !this.#order.paused) return work(this.#engine);
    return new Promise((resolve, reject) => {
      this.#work = this.#work.then(async () => {
        try {
          if (this.#closed) throw new LiveDbError({ code: 'closed', message: 'The line is stopping.' });
          resolve(await (this.#engine === null ? this.#idle(work) : work(this.#engine)));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Finishes what is in hand and makes it durable. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#work;
    if (this.#again !== null) clearTimeout(this.#again);
    await this.#engine?.drain();
  }

  /** Results published since the last call. */
  takePublished(): WindowResult[] {
    return [...this.#left.splice(0), ...(this.#engine?.takePublished() ?? [])];
  }

  /** Forgets its states, or all but the savepoints; after `close`. */
  async forget(savepoints: 'keep' | 'forget'): Promise<void> {
    const { folder } = this.#order.line;
    if (savepoints === 'forget') await rm(folder, { recursive: true, force: true });
    else await forgetCheckpoints(folder);
  }

  async #begin(fresh: boolean): Promise<void> {
    if (this.#again !== null) clearTimeout(this.#again);
    const { config, line } = this.#order;
    const { hooks, log, admin } = this.#parts;
    const own: EngineHooks = { ...hooks, fatal: (error, retry) => this.#failed(error, retry) };
    const engine = await LiveEngine.start(config, line, own, log, admin, { fresh });
    this.#engine = engine;
    this.#error = null;
    // Settings may have come while it started.
    if (this.#order.line !== line) engine.configure(this.#order.config.settings, this.#order.line);
    engine.run().catch((error: unknown) => {
      if (this.#engine === engine) this.#ended(error);
    });
    hooks.changed();
  }

  async #pause(): Promise<void> {
    if (this.#again !== null) clearTimeout(this.#again);
    const engine = this.#engine;
    if (engine === null) {
      // Paused before the process began: how it stands is only known on disk.
      if (this.#last === null) await this.#idle(() => Promise.resolve());
      return;
    }
    await engine.drain();
    this.#left.push(...engine.takePublished());
    this.report();
    this.#engine = null;
    this.#parts.hooks.changed();
  }

  /** Works on the states of a line that does not run, and looks how it stands afterwards. */
  async #idle<T>(work: (states: LineStates) => Promise<T>): Promise<T> {
    const idle = await IdleLine.open(this.#order, this.#parts);
    const done = await work(idle);
    this.#last = await idle.report();
    this.#parts.hooks.changed();
    return done;
  }

  #then(step: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#closed) return;
      try {
        await step();
      } catch (error) {
        this.#ended(error);
      }
    });
  }

  /** The engine has ended by itself. */
  #ended(error: unknown): void {
    if (this.#closed) return;
    this.#engine = null;
    if (!(error instanceof TopicMadeAnew)) {
      this.#parts.log?.error({ error, query: this.query }, 'a line failed');
      this.#failed(LiveDbError.dataOf(error), true);
      return;
    }
    const { config, line } = this.#order;
    if (line.primary) {
      this.#parts.hooks.incident({
        severity: 'warning',
        code: 'topic-made-anew',
        title: `Topic ${config.kafka.topic} was made anew`,
        cause: 'It no longer holds the events that were read from it: it was deleted and created again.',
        remedy: 'Nothing to do: the processor reads the new topic from its beginning.',
      });
    }
    this.#then(() => this.#begin(true));
  }

  /** The live line takes its process along; one beside it waits and begins again. */
  #failed(error: LiveDbErrorData, retry: boolean): void {
    if (this.#closed) return;
    if (this.#order.line.primary) {
      this.#parts.hooks.fatal(error, retry);
      return;
    }
    this.#error = error;
    const engine = this.#engine;
    this.#engine = null;
    if (engine !== null) this.#then(() => engine.drain());
    this.#parts.hooks.changed();
    if (!retry) return;
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      this.#then(async () => {
        if (!this.#order.paused && this.#engine === null) await this.#begin(false);
      });
    }, AGAIN_MS);
  }
}

const NOTHING: LineReport = {
  query: '',
  paused: false,
  events: 0,
  results: 0,
  late: 0,
  dropped: 0,
  overflow: 0,
  unreadable: 0,
  future: 0,
  lag: { events: 0, seconds: 0 },
  watermark: null,
  openWindows: 0,
  groups: 0,
  questions: 1,
  offsets: {},
  checkpoint: null,
  partitions: [],
  error: null,
  rewind: null,
};
