// Breaks a running LiveDB as often as is asked, under load and with writers from outside, and then has foreign clients
// compare table, topic and windows. Used by main.ts (`npm run chaos`) and by test/e2e/chaos.test.ts.
import { seededRandom } from '../src/main/control/chaos/plan.ts';
import type { ChaosRun, ChaosTarget, Fault } from '../src/shared/chaos.ts';
import type { CaptureSetting } from '../src/shared/settings.ts';
import type { Snapshot } from '../src/shared/snapshot.ts';
import type { ControlRoom } from '../test/support/control-room.ts';
import { compareTableAndTopic, compareWindows } from '../test/support/witness.ts';
import { startOutsideWriters } from './outside-writers.ts';

export interface Trial {
  kills: number;
  /** Rows/s of LiveDB's own writer. */
  rate: number;
  seed: number;
  faults: Fault[];
  targets: ChaosTarget[];
  outsideWriters: number;
  /** Ends the run after this long, however many faults it has made; null for no bound. */
  minutes: number | null;
  pauseMs: number;
  /** How rows are captured; `changing`: another way again and again, in the midst of it. */
  capture: CaptureSetting | 'changing';
  /** Pause between two changes of the capture, s. */
  changeSeconds: number;
}

export interface Verdict {
  run: ChaosRun;
  outside: { transactions: number; rolledBack: number; broken: number };
  rows: number;
  events: number;
  lost: string[];
  doubled: string[];
  /** Ids in the topic that the table does not hold. */
  strange: number;
  windows: { compared: number; different: string[]; publishedTwice: string[] };
  ledger: Snapshot['ledger'];
}

export const WINDOW_MS = 2_000;
const BURSTS_PER_S = 20;
const LONGEST_TRANSACTION_MS = 3_000;
/** A fault and its recovery take seconds at most; the bound is only there so that a hung run ends. */
const BOUND_PER_FAULT_MS = 30_000;
/** Bound of the audit that ends a run; some million rows take half a minute. */
const AUDIT_MS = 300_000;
const TOPIC = 'db_live_events';
const RESULTS = 'db_live_results';

/** The room must not have run its pipeline yet: all windows are then of one size. */
export async function prove(room: ControlRoom, trial: Trial, say: (text: string) => void): Promise<Verdict> {
  await room.execute('processor.configure', { query: { window: { kind: 'tumbling', sizeMs: WINDOW_MS } } });
  const rowsPerBurst = Math.max(1, Math.round(trial.rate / BURSTS_PER_S));
  await room.execute('writer.configure', { rowsPerBurst, intervalMs: 1_000 / BURSTS_PER_S });
  await room.execute('producer.configure', {
    capture: trial.capture === 'changing' ? 'auto' : trial.capture,
  });
  await room.execute('pipeline.start', {});
  const started = await room.until('events flow', (s) => s.ledger.processed > trial.rate / 2, 60_000);
  const url = started.services.postgres.url ?? '';
  const bootstrap = started.services.kafka.bootstrap ?? '';

  const outside = startOutsideWriters(url, {
    connections: trial.outsideWriters,
    longestMs: LONGEST_TRANSACTION_MS,
    random: seededRandom(trial.seed),
  });
  const captures = trial.capture === 'changing' ? changeCapture(room, trial.changeSeconds) : null;
  let counts: Verdict['outside'];
  let run: ChaosRun;
  try {
    run = await breakIt(room, trial, say);
  } finally {
    captures?.stop();
    counts = await outside.stop();
  }
  say('settling');
  await room.execute('stage.stop', { stage: 'writer' });
  const settled = await room.until('every row counted and every window closed', settledDown, 90_000);

  say('comparing table, topic and windows with foreign clients');
  const topic = await compareTableAndTopic(url, bootstrap, TOPIC);
  const before = Math.floor(Date.parse(settled.stages.processor.watermark ?? '') / WINDOW_MS) * WINDOW_MS;
  const windows = await compareWindows(url, bootstrap, RESULTS, WINDOW_MS, before);
  const found = new Set(windows.found);
  const expected = new Set(windows.expected);
  return {
    run: await audited(room, run),
    outside: counts,
    ...topic,
    windows: {
      compared: windows.expected.length,
      different: [
        ...windows.expected.filter((row) => !found.has(row)).map((row) => `SQL ${row}`),
        ...windows.found.filter((row) => !expected.has(row)).map((row) => `published ${row}`),
      ],
      publishedTwice: windows.publishedTwice,
    },
    ledger: settled.ledger,
  };
}

/** The run once its audit has ended; a run that was stopped has none. */
async function audited(room: ControlRoom, run: ChaosRun): Promise<ChaosRun> {
  const over = await room.until(
    'the audit of the run has ended',
    ({ chaos }) =>
      chaos.run?.state === 'stopped' || !['running', undefined].includes(chaos.run?.audit?.state),
    AUDIT_MS,
  );
  return over.chaos.run ?? run;
}

/** True when table, topic and windows agree in everything. */
export function holds(verdict: Verdict): boolean {
  const { run, lost, doubled, strange, windows, rows, events } = verdict;
  return (
    rows > 0 &&
    run.audit?.state !== 'differs' &&
    rows === events &&
    lost.length + doubled.length + strange === 0 &&
    windows.compared > 0 &&
    windows.different.length + windows.publishedTwice.length === 0
  );
}

/** Changes the way of capturing in turns until it is stopped; a refusal is an unhandled rejection, which ends the program. */
function changeCapture(room: ControlRoom, seconds: number): { stop(): void } {
  const ways = ['polling', 'logical'] as const;
  let turn = 0;
  const timer = setInterval(() => {
    const capture = ways[turn++ % ways.length] ?? 'polling';
    void room.execute('producer.configure', { capture });
  }, seconds * 1_000);
  return { stop: () => clearInterval(timer) };
}

async function breakIt(room: ControlRoom, trial: Trial, say: (text: string) => void): Promise<ChaosRun> {
  const { kills, seed, faults, targets, pauseMs, minutes } = trial;
  await room.execute('chaos.run', { kills, seed, faults, targets, pauseMs });
  const deadline = minutes === null ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000;
  let told = 0;
  const ended = await room.until(
    'the chaos run is over',
    ({ chaos: { run }, ledger, services, stages }) => {
      if (run === null) return false;
      for (const [name, part] of Object.entries({ ...services, ...stages })) {
        if (part.state !== 'failed') continue;
        throw new Error(
          `After ${run.done} faults ${name} was given up: ${part.error?.message ?? 'no reason'}`,
        );
      }
      if (run.done >= told + 25) {
        told = run.done;
        say(
          `${run.done} faults, ${ledger.written} rows, missing ${ledger.missing}, doubled ${ledger.duplicates}`,
        );
      }
      return run.state !== 'running' || Date.now() > deadline;
    },
    Math.min(kills * BOUND_PER_FAULT_MS, (minutes ?? 24 * 60) * 60_000 + BOUND_PER_FAULT_MS),
  );
  if (ended.chaos.run?.state === 'running') await room.execute('chaos.stop', {});
  const { run } = await room.execute('chaos.list', {});
  if (run === null) throw new Error('The chaos run was forgotten.');
  return run;
}

function settledDown({ ledger, stages, services }: Snapshot): boolean {
  // A run that was stopped leaves its last fault to be recovered from.
  const up = [services.postgres, services.kafka, stages.producer, stages.processor].every(
    ({ state, waiting }) => state === 'running' && waiting === null,
  );
  if (!up) return false;
  const even =
    ledger.written > 0 && ledger.written === ledger.published && ledger.published === ledger.processed;
  const watermark = Date.parse(stages.processor.watermark ?? '');
  // The clock has closed the last windows: none is open, or the watermark has passed the newest row by far.
  return even && (stages.processor.openWindows === 0 || Date.now() - watermark < 6 * WINDOW_MS);
}
