// How long a replay will take: what it reads, at the rate measured here, and what comes beside the reading (its process
// starts, it connects, it is compared), as long as that took the last times. replay-previews.ts asks.
import type { ReplayTarget, Speed } from '../../shared/replay.ts';
import type { FoundEvents } from '../../shared/replay-link.ts';

/** What a forecast reckons with, apart from what it learns. */
export interface Work {
  target: ReplayTarget;
  /** Reading (of a re-publish: publishing) as fast as it can, ms. */
  atFullMs: number;
  /** The same by the speed asked for, ms. */
  atSpeedMs: number;
  /** Looking through what lies around the range of a branch, ms. */
  aroundMs: number;
  rows: number;
}

export interface Forecasts {
  branch(found: Pick<FoundEvents, 'read' | 'span' | 'around' | 'events' | 'windows'>, speed: Speed): Work;
  rewind(tookMs: number, span: FoundEvents['span'], speed: Speed): Work;
  republish(rows: number, span: FoundEvents['span'], speed: Speed): Work;
  seconds(work: Work): number;
  /** A process of replays came up so long after its fork. */
  started(ms: number): void;
  /** It runs: when it is done in one go, its time is learned from. */
  begun(id: string, work: Work): void;
  /** It was paused, killed, or waited: its time says nothing. */
  broken(id: string): void;
  done(id: string, ms: number): void;
}

/** Of fewer events the first of a process tells the rate of its compiler. */
const SAMPLE_EVENTS = 20_000;
/** The channel between processes takes 20 reports a second of 2,000 results each. */
const RESULTS_PER_MS = 40;
/** First guesses, on a quiet machine of two cores. */
const READ_PER_MS = 150;
const PUBLISH_PER_MS = 20;
const START_MS = 500;
/** Beside start and work: a branch waits for the live line's corrections; a rewind changes the line's state. */
const BESIDE_MS: Record<ReplayTarget, number> = { branch: 2_000, rewind: 400, republish: 500 };
const BESIDE_AT_MOST_MS = 15_000;

const between = (old: number, measured: number) => (old + measured) / 2;

export function createForecasts(): Forecasts {
  const under = new Map<string, Work>();
  const besideMs = { ...BESIDE_MS };
  let startMs = START_MS;
  let readPerMs = READ_PER_MS;
  let publishPerMs = PUBLISH_PER_MS;

  const paced = (fullMs: number, span: FoundEvents['span'], speed: Speed) =>
    speed.kind === 'max' || span === null ? fullMs : Math.max(fullMs, (span.to - span.from) / speed.factor);
  /** A rewind runs in a process that is there. */
  const start = (target: ReplayTarget) => (target === 'rewind' ? 0 : startMs);
  const workMs = ({ atSpeedMs, aroundMs }: Work) => atSpeedMs + aroundMs;

  const learn = (work: Work, ms: number) => {
    const { target } = work;
    const full = work.atSpeedMs === work.atFullMs;
    if (target === 'republish' && full && work.rows >= SAMPLE_EVENTS) {
      const publishingMs = Math.max(1, ms - start(target) - besideMs[target]);
      publishPerMs = between(publishPerMs, work.rows / publishingMs);
      return;
    }
    const beside = ms - start(target) - workMs(work);
    besideMs[target] = between(besideMs[target], Math.min(BESIDE_AT_MOST_MS, Math.max(0, beside)));
  };

  return {
    branch({ read, span, around, events, windows }, speed) {
      const readingMs = Math.max(1, read.tookMs - read.openedMs);
      if (read.events >= SAMPLE_EVENTS) readPerMs = between(readPerMs, read.events / readingMs);
      const whole = read.events >= events;
      const atFullMs = Math.max(
        whole ? read.tookMs : read.openedMs + events / readPerMs,
        windows / RESULTS_PER_MS,
      );
      return {
        target: 'branch',
        atFullMs,
        atSpeedMs: paced(atFullMs, span, speed),
        aroundMs: around === 0 ? 0 : read.openedMs + around / readPerMs,
        rows: events,
      };
    },
    rewind: (tookMs, span, speed) => ({
      target: 'rewind',
      atFullMs: tookMs,
      atSpeedMs: paced(tookMs, span, speed),
      aroundMs: 0,
      rows: 0,
    }),
    republish(rows, span, speed) {
      const atFullMs = rows / publishPerMs;
      return {
        target: 'republish',
        atFullMs,
        atSpeedMs: paced(atFullMs, span, speed),
        aroundMs: 0,
        rows,
      };
    },
    seconds: (work) => (start(work.target) + besideMs[work.target] + workMs(work)) / 1_000,
    started(ms) {
      startMs = between(startMs, ms);
    },
    begun: (id, work) => void under.set(id, work),
    broken: (id) => void under.delete(id),
    done(id, ms) {
      const work = under.get(id);
      if (under.delete(id) && work !== undefined) learn(work, ms);
    },
  };
}
