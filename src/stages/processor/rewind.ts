// Going back: the windows that the events from some offsets on fall into are computed again, whole, from the log, while the
// line goes on; then they take the place of what the line holds of them and are published again, each as the revision
// after the one that stands published. The live engine starts one, parks the line and merges.
import { isDeepStrictEqual } from 'node:util';
import type { KafkaAdmin } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { QuerySpec, windowLength } from '../../shared/query.ts';
import type { RewindBounds, RewindPreview, RewindProgress } from '../../shared/states.ts';
import type { CheckpointMeta, LoadedCheckpoint } from './checkpoint/state-file.ts';
import { EventScan } from './event-scan.ts';
import { Intake } from './intake.ts';
import { countedAfterAll } from './late-events.ts';
import type { LineRun } from './line-run.ts';
import type { Pace } from './pace.ts';
import { resultIn } from './publish/known-results.ts';
import { readTail } from './publish/topic-tail.ts';
import { RareIncidents } from './rare-incidents.ts';
import { RecomputedWindows } from './recomputed-windows.ts';
import {
  asText,
  byPartition,
  count,
  fixedFrom,
  queryChanged,
  rangeGone,
  refuseDeleted,
} from './rewind-bounds.ts';
import { FUTURE_LEAD_MS } from './windows/event-clock.ts';
import { WindowCore } from './windows/window-core.ts';

/** Rounds of catching up with the line before it is parked, and events left that are read while it is. */
const MAX_ROUNDS = 20;
const FEW_EVENTS = 5_000;

export interface RewindParts {
  id: string;
  /** First offsets of the events to go back to; partitions that are not named are not gone back in. */
  offsets: ReadonlyMap<number, number>;
  /** What a preview fixed; null: fixed when it begins. */
  bounds: RewindBounds | null;
  /** How fast the windows are read again, and the pause button. */
  pace: Pace;
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
  #caughtUp = false;
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
      paused: parts.pace.paused,
      at: null,
      error: null,
    };
    this.#touching = this.#scan(parts.offsets, { weigh: false, bySpeed: false });
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

  /** The reading beside the line rests, or goes on. */
  pause(paused: boolean): void {
    const { pace } = this.#parts;
    if (paused) pace.pause();
    else pace.resume();
    this.progress.paused = pace.paused;
    this.#parts.changed();
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
      await this.#parts.pace.whilePaused(this.#cancel.signal);
      await this.#readOn(this.#places());
      if ((this.#whole?.behind(this.#places()) ?? 0) < FEW_EVENTS && !this.#parts.pace.paused) break;
    }
    this.#checkRoom();
    await this.#readResults();
  }

  /** Reads what it would read now and changes nothing. Ends with the events below `upTo`, or where the line stands. */
  async preview(upTo: ReadonlyMap<number, number> | null): Promise<RewindPreview> {
    const begun = performance.now();
    this.#touching = this.#scan(this.#parts.offsets, { weigh: true, bySpeed: false });
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
      span: this.#whole?.span ?? null,
      everything: this.#everything,
      firstTime: times?.first ?? null,
      lastTime: times?.last ?? null,
    };
  }

  /** The windows touched, whole but for what came after these offsets. */
  async #read(upTo: ReadonlyMap<number, number> | null, weigh: boolean): Promise<void> {
    const { offsets, admin, kafka, bounds } = this.#parts;
    const { signal } = this.#cancel;
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
    this.#whole = this.#scan(from, { weigh, bySpeed: true });
    this.#windows = new RecomputedWindows(this.#touching.intake.core, this.#whole.intake.core);
    await this.#readOn(this.#upTo);
    // What has come since is caught up with as fast as it goes.
    this.#caughtUp = true;
    this.#checkRoom();
    const first = this.#windowsFrom();
    if (first !== null) {
      const { window } = this.#query;
      const reach = this.#lead() + (window.kind === 'session' ? windowLength(window) : 0);
      await refuseDeleted({ kafka, log: this.#parts.log, signal }, log, this.#whole.from, first - reach);
    }
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
    const { events, runs, partly } = counted;
    if (events > 0) lateCounted.push({ rewind: this.#parts.id, at: Date.now(), runs, partly });
    const change = { core: { ...newest.meta.core, states }, rewind, lateCounted };
    return { state: newest, change, bodies: [body] };
  }

  /** The late events that the windows touched count. */
  async #readLate(windows: RecomputedWindows, live: WindowCore): ReturnType<typeof countedAfterAll> {
    const { kafka, admin, log, born } = this.#parts;
    const first = this.#windowsFrom();
    if (first === null || this.#whole === null) return { events: 0, runs: {}, partly: {} };
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

  #scan(from: ReadonlyMap<number, number>, how: { weigh: boolean; bySpeed: boolean }): EventScan {
    const core = new WindowCore(this.#query, Date.now());
    const { kafka, log } = this.#parts;
    const intake = new Intake(core, kafka.topic, new RareIncidents(() => undefined));
    const { signal } = this.#cancel;
    const mayRead = (at: number) => this.#mayRead(at, how.bySpeed);
    return new EventScan({ kafka, log, intake, from, signal, mayRead, weigh: how.weigh });
  }

  /** Waits while it is paused, and until events published then (epoch ms) are due by its speed. */
  async #mayRead(at: number, bySpeed: boolean): Promise<void> {
    // The line is parked: it waits.
    if (this.#committed) return;
    const { pace } = this.#parts;
    if (!bySpeed || this.#caughtUp) return pace.whilePaused(this.#cancel.signal);
    await pace.due(at, this.#cancel.signal);
    this.progress.at = at;
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

  /** Learns which revisions stand published of the windows. */
  async #readResults(): Promise<void> {
    const { kafka, admin, log } = this.#parts;
    const first = this.#windowsFrom();
    const windows = this.#windows;
    if (first === null || windows === null) return;
    const from =
      this.#resultsRead ?? (await admin.offsetsByTime(kafka.resultsTopic, Math.max(0, first - this.#lead())));
    windows.index();
    const options = {
      topic: kafka.resultsTopic,
      from,
      signal: this.#cancel.signal,
      log,
      onWaiting: () => undefined,
      besideLive: true,
    };
    this.#resultsRead = await readTail(kafka, admin, options, (record) => {
      const value = record.value();
      if (value === null || !value.includes(`"query":"${this.#query.name}"`)) return;
      const result = resultIn(value);
      if (result !== null) windows.published(result);
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
