// All lines of the processor: the live query's, and one for each query beside it. Makes them as the settings say; what
// happens to one never disturbs another. main.ts makes it.
import { LiveDbError } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { ProcessorConfig, ProcessorReport } from '../../shared/link.ts';
import { lineOf, NEVER_ASKED } from './line.ts';
import type { LiveEngine } from './live-engine.ts';
import { type LineOrder, type LineParts, RunningLine } from './running-line.ts';

export class Lines {
  readonly #parts: LineParts;
  readonly #primary: RunningLine;
  readonly #sides = new Map<string, RunningLine>();
  /** Lines that are no longer asked for, until they have let go. */
  readonly #leaving = new Map<string, Promise<void>>();
  #last: ProcessorReport | null = null;
  /** Results of lines that have left, not told yet. */
  readonly #left: WindowResult[] = [];

  private constructor(config: ProcessorConfig, parts: LineParts) {
    this.#parts = parts;
    this.#primary = new RunningLine(primaryOrder(config), parts);
  }

  /** Ready when the live line is; the others start behind it. Throws what the live line fails of. */
  static async start(config: ProcessorConfig, parts: LineParts): Promise<Lines> {
    const lines = new Lines(config, parts);
    await lines.#primary.start();
    lines.#followSides(config);
    return lines;
  }

  configure(config: ProcessorConfig): void {
    this.#primary.follow(primaryOrder(config));
    this.#followSides(config);
  }

  /** Of the live line, with what every line tells. The last one again while the live line starts anew. */
  report(): ProcessorReport | null {
    const sides = [...this.#sides.values()];
    const live = this.#primary.engine?.report() ?? null;
    if (live !== null) this.#last = { ...live, latency: [], published: [], marks: [] };
    const told = live ?? this.#last;
    if (told === null) return null;
    return {
      ...told,
      published: [
        ...told.published,
        ...this.#left.splice(0),
        ...sides.flatMap((side) => side.takePublished()),
      ],
      lines: [this.#primary, ...sides].map((line) => line.report()),
    };
  }

  /** The engine of the live line. Throws while it starts anew. */
  get live(): LiveEngine {
    return running(this.#primary);
  }

  /** The line of a query. Throws a LiveDbError when there is none. */
  line(query: string): RunningLine {
    const found = query === this.#primary.query ? this.#primary : this.#sides.get(query);
    if (found !== undefined) return found;
    throw new LiveDbError({
      code: 'query.unknown',
      message: `The processor runs no query "${query}".`,
      remedy: 'query.list names those there are.',
    });
  }

  /** The running engine of a query. Throws a LiveDbError when there is none, or it is paused. */
  engine(query: string): LiveEngine {
    return running(this.line(query));
  }

  /** Deletes the states of a query that is no longer asked for, or all but its savepoints. */
  async forget(config: ProcessorConfig, query: string, savepoints: 'keep' | 'forget'): Promise<void> {
    await this.#leaving.get(query);
    if (this.#sides.has(query)) return;
    const order = { config, line: lineOf(config, query), paused: true };
    await new RunningLine(order, this.#parts).forget(savepoints);
  }

  async drain(): Promise<void> {
    const sides = [...this.#sides.values()];
    await Promise.all([this.#primary, ...sides].map((line) => line.close()));
    await Promise.all(this.#leaving.values());
  }

  #followSides(config: ProcessorConfig): void {
    const asked = new Map(config.settings.queries.map((side) => [side.spec.name, side]));
    for (const [name, line] of this.#sides) {
      if (asked.has(name)) continue;
      this.#sides.delete(name);
      this.#leave(name, line);
    }
    for (const [name, side] of asked) {
      const order = {
        config: { ...config, settings: { ...config.settings, query: side.spec } },
        line: lineOf(config, name, side),
        paused: side.paused,
      };
      const known = this.#sides.get(name);
      if (known !== undefined) {
        known.follow(order);
        continue;
      }
      const line = new RunningLine(order, this.#parts);
      this.#sides.set(name, line);
      // One of the same name may still be letting go.
      const left = this.#leaving.get(name) ?? Promise.resolve();
      void left.then(() => {
        if (this.#sides.get(name) === line) line.follow(order);
      });
    }
    this.#parts.hooks.changed();
  }

  #leave(name: string, line: RunningLine): void {
    const left = line
      .close()
      .then(() => void this.#left.push(...line.takePublished()))
      .catch((error: unknown) => this.#parts.log?.warn({ error, query: name }, 'a line did not end well'))
      .finally(() => {
        if (this.#leaving.get(name) === left) this.#leaving.delete(name);
      });
    this.#leaving.set(name, left);
  }
}

function primaryOrder(config: ProcessorConfig): LineOrder {
  const asked = { ...NEVER_ASKED, fresh: config.settings.fresh ?? 0 };
  return { config, line: lineOf(config, null, asked), paused: false };
}

function running(line: RunningLine): LiveEngine {
  const { engine } = line;
  if (engine !== null) return engine;
  throw new LiveDbError({
    code: 'query.not-running',
    message: `The query "${line.query}" does not run at the moment.`,
    remedy: 'Resume it, or wait until it has started.',
  });
}
