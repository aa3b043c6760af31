// Going back: the windows that the events from some offsets on fall into are computed again, whole, from the log, while the
// line goes on; then they take the place of what the line holds of them and are published again, each as the revision
// after the one that stands published. The live engine starts one, parks the line and merges.
import { setImmediate as breathe } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type KafkaAdmin, openReader } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { WindowResult } from '../../shared/event.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { QuerySpec, windowLength } from '../../shared/query.ts';
import type { RewindBounds, RewindPreview, RewindProgress } from '../../shared/states.ts';
import type { CheckpointMeta, LoadedCheckpoint } from './checkpoint/state-file.ts';
import { EventScan } from './event-scan.ts';
import { Intake } from './intake.ts';
import { countedAfterAll } from './late-events.ts';
import type { LineRun } from './line-run.ts';
import { readTail } from './publish/topic-tail.ts';
import { RareIncidents } from './rare-incidents.ts';
import { RecomputedWindows } from './recomputed-windows.ts';
import { asText, byPartition, count, fixedFrom, queryChanged, rangeGone } from './rewind-bounds.ts';
import { FUTURE_LEAD_MS } from './windows/event-clock.ts';
import { WindowCore } from './windows/window-core.ts';

/** Rounds of catching up with the line before it is parked, and events left that are read while it is. */
const MAX_ROUNDS = 20;
const FEW_EVENTS = 5_000;
const TALLY_EVERY = 1_024;

export interface RewindParts {
  id: string;
  /** First offsets of the events to go back to; partitions that are not named are not gone back in. */
  offsets: ReadonlyMap<number, number>;
  /** What a preview fixed; null: fixed when it begins. */
  bounds: RewindBounds | null;
  kafka: KafkaEndpoint;
  admin: KafkaAdmin;
  log: Logger | null;
  run(): LineRun;
  /** When the query was made, epoch ms. */
  born: number;
  changed(): void;
}

export interface Merged {
  state: LoadedCheckpoint;
  change: Partial<CheckpointMeta>;
  bodies: Buffer[];
}

export class Rewind {
  readonly progress: RewindProgress;
  readonly #parts: RewindParts;
  readonly #query: QuerySpec;
  /** Events from the offsets on: the windows they fall into are the ones touched. */
  #touching: EventScan;
  /** End of these: what comes after touches no window, and is only read to make the others whole. */
  #upTo: ReadonlyMap<number, number> = new Map();
  #everything: RewindPreview['everything'] = null;
  /** Events that make these windows whole. */
  #whole: EventScan | null = null;
  #windows: RecomputedWindows | null = null;
  #resultsRead: ReadonlyMap<number, number> | null = null;
  #committed = false;
  readonly #cancel = new AbortController();

  constructor(parts: RewindParts) {
    this.#parts = parts;
    this.#query = parts.run().core.query;
    this.progress = {
      id: parts.id,
      state: 'running',
      done: 0,
      total: parts.bounds?.total ?? 0,
      live: 0,
      windows: 0,
      results: 0,
      late: 0,
      error: null,
    };
    this.#touching = this.#scan(parts.offsets, false);
    const { bounds } = parts;
    if (bounds !== null && !isDeepStrictEqual(QuerySpec.parse(this.#query), bounds.query))
      throw queryChanged();
  }

  /** False when it is too late: the windows are being changed. */
  cancel(): boolean {
    if (this.#committed) return false;
    this.#cancel.abort(new LiveDbError({ code: 'rewind.cancelled', message: 'The rewind was cancelled.' }));
    return true;
  }

  /** From here on it is not cancelled any more. Throws when it was. */
  commit(): void {
    this.#cancel.signal.throwIfAborted();
    this.#committed = true;
  }

  /** What it is told of as when it ended with this failure. */
  failed(error: unknown): RewindProgress {
    const state = this.#cancel.signal.aborted ? 'cancelled' : 'failed';
    return { ...this.progress, state, error: state === 'failed' ? LiveDbError.dataOf(error) : null };
  }

  /** Reads all but the last events and results, beside the line. */
  async prepare(): Promise<void> {
    const { bounds } = this.#parts;
    await this.#read(bounds === null ? null : byPartition(bounds.upTo), false);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      await this.#readOn(this.#places());
      if ((this.#whole?.behind(this.#places()) ?? 0) < FEW_EVENTS) break;
    }
    this.#checkRoom();
    await this.#readResults();
  }

  /** Reads what it would read now and changes nothing. Ends with the events below `upTo`, or where the line stands. */
  async preview(upTo: ReadonlyMap<number, number> | null): Promise<RewindPreview> {
    const begun = performance.now();
    this.#touching = this.#scan(this.#parts.offsets, true);
    await this.#read(upTo, true);
    await this.#readResults();
    const { times } = this.#touching.intake;
    return {
      events: this.#touching.records,
      windows: this.progress.windows,
      results: this.progress.results,
      total: this.progress.total,
      upTo: asText(this.#upTo),
      from: asText(this.#whole?.from ?? new Map()),
      query: QuerySpec.parse(this.#query),
      bytes: this.#touching.bytes + (this.#whole?.bytes ?? 0),
      tookMs: performance.now() - begun,
      everything: this.#everything,
      firstTime: times?.first ?? null,
      lastTime: times?.last ?? null,
    };
  }

  /** The windows touched, whole but for what came after these offsets. */
  async #read(upTo: ReadonlyMap<number, number> | null, weigh: boolean): Promise<void> {
    const { offsets, admin, kafka, bounds } = this.#parts;
    const log = await admin.offsets(kafka.topic);
    for (const { partition, low } of log) {
      const from = offsets.get(partition);
      if (from !== undefined && from < low) throw rangeGone(partition, from, low);
    }
    const places = this.#places();
    this.#upTo = new Map(
      [...places].map(([partition, at]) => [partition, Math.min(at, upTo?.get(partition) ?? at)]),
    );
    if (bounds === null) this.progress.total = count(offsets, this.#upTo);
    await this.#touching.readTo(this.#upTo, () => this.#tally());
    const from = bounds === null ? await this.#wholeFrom(log) : fixedFrom(bounds, log);
    if (bounds === null) this.progress.total += count(from, this.#upTo);
    this.#whole = this.#scan(from, weigh);
    this.#windows = new RecomputedWindows(this.#touching.intake.core, this.#whole.intake.core);
    await this.#readOn(this.#upTo);
    this.#checkRoom();
    await this.#checkDeleted(log);
    Object.assign(this.progress, this.#windows.size());
    this.#tally();
  }

  /** With the line parked: reads the rest, and puts the windows into its last checkpoint. */
  async merge(newest: LoadedCheckpoint): Promise<Merged> {
    const core = this.#parts.run().core;
    if (JSON.stringify(core.query) !== JSON.stringify(this.#query)) throw queryChanged();
    await this.#readOn(this.#places());
    this.#checkRoom();
    await this.#readResults();
    const windows = this.#windows;
    if (windows === null) throw new Error('A rewind is merged before it is prepared.');
    const counted = await this.#readLate(windows, core);
    this.progress.late = counted.events;
    const { states, body } = await windows.over(core, newest.meta.core.states);
    const rewind: RewindProgress = { ...this.progress, state: 'done', done: this.progress.total };
    const lateCounted = [...newest.meta.lateCounted];
    if (counted.events > 0) lateCounted.push({ rewind: this.#parts.id, at: Date.now(), runs: counted.runs });
    const change = { core: { ...newest.meta.core, states }, rewind, lateCounted };
    return { state: newest, change, bodies: [body] };
  }

  /** The late events that the windows touched count. */
  async #readLate(windows: RecomputedWindows, live: WindowCore): ReturnType<typeof countedAfterAll> {
    const { kafka, admin, log, born } = this.#parts;
    const first = this.#windowsFrom();
    if (first === null || this.#whole === null) return { events: 0, runs: {} };
    const names = [this.#query.name, ...live.states.map(({ spec }) => spec.name)];
    return countedAfterAll({
      kafka,
      admin,
      log,
      own: { queries: new Set(names), since: born },
      from: first - this.#lead(),
      windows,
      core: this.#whole.intake.core,
      signal: this.#cancel.signal,
    });
  }

  async #readOn(upTo: ReadonlyMap<number, number>): Promise<void> {
    await this.#whole?.readTo(upTo, () => this.#tally());
  }

  #scan(from: ReadonlyMap<number, number>, weigh: boolean): EventScan {
    const core = new WindowCore(this.#query, Date.now());
    const { kafka, log } = this.#parts;
    const intake = new Intake(core, kafka.topic, new RareIncidents(() => undefined));
    return new EventScan({ kafka, log, intake, from, signal: this.#cancel.signal, weigh });
  }

  /** Where the line stands, in the partitions that it reads. */
  #places(): Map<number, number> {
    return new Map([...this.#parts.run().intake.places].map(([partition, { next }]) => [partition, next]));
  }

  /** Offsets from which on every event of the windows touched is read. */
  async #wholeFrom(log: readonly { partition: number; low: number }[]): Promise<Map<number, number>> {
    const { admin, kafka } = this.#parts;
    const lows = new Map(log.map(({ partition, low }) => [partition, low]));
    const first = this.#windowsFrom();
    if (first === null) return this.#places();
    // A session may reach back as far as there are events; events dated in the future may stand anywhere before.
    const { counters } = this.#parts.run().intake;
    if (this.#query.window.kind === 'session') this.#everything = 'session';
    else if (counters.future > 0) this.#everything = 'future';
    if (this.#everything !== null) return lows;
    const found = await admin.offsetsByTime(kafka.topic, Math.max(0, first - this.#lead()));
    return new Map(
      [...lows].map(([partition, low]) => [partition, Math.max(low, found.get(partition) ?? low)]),
    );
  }

  /** Start of the earliest window touched; null when none is. */
  #windowsFrom(): number | null {
    const { table } = this.#touching.intake.core;
    let first: number | null = null;
    for (const slot of this.#touching.intake.core.slots()) {
      const start = table.start[slot] ?? 0;
      if (first === null || start < first) first = start;
    }
    return first;
  }

  /** An event is at most this much ahead of the time at which it came into the log, unless it is dated in the future. */
  #lead(): number {
    return Math.max(FUTURE_LEAD_MS, this.#parts.run().core.clock.state().lead);
  }

  #checkRoom(): void {
    if ((this.#whole?.intake.core.overflow ?? 0) === 0) return;
    throw new LiveDbError({
      code: 'rewind.too-large',
      message: 'There are more groups and windows in the range than fit into memory.',
      remedy: 'Go back less far.',
    });
  }

  /** Events that retention took may have been part of a window touched: it could not be made whole. */
  async #checkDeleted(log: readonly { partition: number; low: number }[]): Promise<void> {
    const first = this.#windowsFrom();
    if (first === null || this.#whole === null) return;
    const { window } = this.#query;
    const reach = this.#lead() + (window.kind === 'session' ? windowLength(window) : 0);
    for (const { partition, low } of log) {
      if (low === 0 || (this.#whole.from.get(partition) ?? low) > low) continue;
      const oldest = await this.#timeOf(partition, low);
      if (oldest === null || oldest + reach < first) continue;
      throw new LiveDbError({
        code: 'rewind.events-deleted',
        message: `Events of the windows touched were deleted: partition ${partition} begins at offset ${low} now.`,
        remedy: 'Go back less far, to windows of which all events are there.',
        details: { partition, low },
      });
    }
  }

  /** When the record at an offset came into the log, epoch ms; null when there is none. */
  async #timeOf(partition: number, offset: number): Promise<number | null> {
    const { kafka, log } = this.#parts;
    const reader = openReader(kafka, kafka.topic, new Map([[partition, offset]]), {
      clientIdSuffix: 'rewind-first',
      log,
      maxBytesPerPartition: 64 * 1024,
    });
    try {
      for (let tries = 0; tries < 10; tries++) {
        this.#cancel.signal.throwIfAborted();
        for (const fetched of await reader.poll()) {
          const cursor = fetched.records();
          if (cursor.next()) return cursor.timestamp;
        }
      }
      return null;
    } finally {
      await reader.close();
    }
  }

  /** Learns which revisions stand published of the windows. */
  async #readResults(): Promise<void> {
    const { kafka, admin, log } = this.#parts;
    const first = this.#windowsFrom();
    const windows = this.#windows;
    if (first === null || windows === null) return;
    const from =
      this.#resultsRead ?? (await admin.offsetsByTime(kafka.resultsTopic, Math.max(0, first - this.#lead())));
    windows.index();
    let read = 0;
    const options = {
      topic: kafka.resultsTopic,
      from,
      signal: this.#cancel.signal,
      log,
      onWaiting: () => undefined,
      breathe: async () => {
        if (++read % TALLY_EVERY === 0) await breathe();
      },
    };
    this.#resultsRead = await readTail(kafka, admin, options, (record) => {
      const value = record.value();
      if (value === null || !value.includes(`"query":"${this.#query.name}"`)) return;
      const parsed = WindowResult.safeParse(parseJson(value));
      if (parsed.success) windows.published(parsed.data);
    });
    Object.assign(this.progress, windows.size());
  }

  #tally(): void {
    const within = this.#whole?.within(this.#upTo) ?? 0;
    this.progress.done = this.#touching.records + within;
    this.progress.live = (this.#whole?.records ?? 0) - within;
    this.#parts.changed();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else's record in the topic.
    return null;
  }
}
