// What a run of a line tells of itself: its figures, the results it has published since it was asked last, the picture of
// the amounts. Made by the run.
import type { WindowResult } from '../../shared/event.ts';
import type { ProcessorReport } from '../../shared/link.ts';
import type { LineReport, RewindProgress } from '../../shared/states.ts';
import type { CheckpointInfo } from './checkpoint/checkpointer.ts';
import type { EventSource } from './event-source.ts';
import type { Intake } from './intake.ts';
import { partitionTimes } from './partition-times.ts';
import type { Recovered } from './recovery.ts';
import { amountsOf } from './windows/amounts.ts';
import type { ClosedGroups } from './windows/window-core.ts';

/** The picture of the amounts is made anew at most this often, ms. */
const AMOUNTS_MS = 1_000;
/** Results told at once, and kept for later. */
const MAX_TOLD = 5_000;
const MAX_UNTOLD = 50_000;

export class LineFigures {
  readonly #recovered: Recovered;
  readonly #source: Pick<EventSource, 'lag' | 'endOf'>;
  /** There is more to tell. */
  readonly #more: () => void;
  readonly #untold: WindowResult[];
  #shown: ClosedGroups | null = null;
  #amountsAt = Number.NEGATIVE_INFINITY;
  #amounts: ProcessorReport['amounts'] = null;

  constructor(recovered: Recovered, source: Pick<EventSource, 'lag' | 'endOf'>, more: () => void) {
    this.#recovered = recovered;
    this.#source = source;
    this.#more = more;
    this.#untold = recovered.published;
  }

  published(results: readonly WindowResult[]): void {
    for (const result of results) this.#untold.push(result);
    if (this.#untold.length > MAX_UNTOLD) this.#untold.splice(0, this.#untold.length - MAX_UNTOLD);
  }

  takePublished(): WindowResult[] {
    const told = this.#untold.splice(0, MAX_TOLD);
    if (this.#untold.length > 0) this.#more();
    return told;
  }

  /** Figures of the live query, those of its line first. */
  report(line: LineReport): Omit<ProcessorReport, 'lines' | 'life'> {
    const { intake, store } = this.#recovered;
    const { core, counters } = intake;
    const now = performance.now();
    if (core.lastClosed !== this.#shown && now - this.#amountsAt >= AMOUNTS_MS) {
      this.#shown = core.lastClosed;
      this.#amountsAt = now;
      this.#amounts = this.#shown === null ? null : amountsOf(core.table, this.#shown);
    }
    return {
      at: Date.now(),
      events: line.events,
      distinct: intake.ids.size,
      duplicates: counters.duplicates,
      replayed: counters.replayed,
      results: line.results,
      late: line.late,
      dropped: line.dropped,
      unreadable: line.unreadable,
      lag: line.lag,
      watermark: line.watermark,
      offsets: line.offsets,
      checkpoint: line.checkpoint,
      openWindows: line.openWindows,
      latency: intake.latency.take(),
      published: this.takePublished(),
      marks: store.takeMarks(),
      amounts: this.#amounts,
    };
  }

  line(checkpoint: CheckpointInfo | null, rewind: RewindProgress | null): LineReport {
    const { intake, publisher } = this.#recovered;
    return lineReport(intake, {
      results: publisher.published,
      lag: this.#source.lag,
      ends: this.#source,
      checkpoint,
      rewind,
    });
  }
}

/** How a line stands whose state is in this intake. `lag`: events that are there and not taken in. */
export function lineReport(
  intake: Intake,
  told: {
    results: number;
    lag: number;
    ends: Pick<EventSource, 'endOf'>;
    checkpoint: CheckpointInfo | null;
    rewind: RewindProgress | null;
  },
): LineReport {
  const { core, counters, places } = intake;
  const { results, lag: events, ends, checkpoint, rewind } = told;
  const seconds =
    events === 0 || intake.lastTime === null ? 0 : Math.max(0, (Date.now() - intake.lastTime) / 1000);
  return {
    query: core.query.name,
    paused: false,
    events: counters.events,
    results,
    late: core.late,
    dropped: core.dropped,
    overflow: core.overflow,
    unreadable: counters.unreadable,
    future: counters.future,
    lag: { events, seconds },
    watermark: core.clock.watermark,
    openWindows: core.openWindows,
    groups: core.groups,
    questions: core.states.length,
    offsets: Object.fromEntries([...places].map(([one, { next }]) => [String(one), String(next)])),
    checkpoint,
    partitions: partitionTimes(intake, ends, Date.now()),
    error: null,
    rewind,
  };
}
