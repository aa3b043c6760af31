// What the undo of a rewind would do, without doing it: the state from before is put into a core of its own, reads what the
// line has read since, and is held against what stands published, as a line that starts from it is. The live engine asks.
import type { KafkaAdmin } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import type { ProcessorConfig } from '../../shared/link.ts';
import type { UndoPreview } from '../../shared/states.ts';
import type { LoadedCheckpoint } from './checkpoint/state-file.ts';
import { EventScan } from './event-scan.ts';
import { Intake } from './intake.ts';
import { KnownResults } from './publish/known-results.ts';
import { readTail, type TailOptions } from './publish/topic-tail.ts';
import { RareIncidents } from './rare-incidents.ts';
import { offsetsOf, restoreIntake, standingBefore } from './recovery.ts';
import { WindowCore } from './windows/window-core.ts';

const TAKE = 1_000;

export interface UndoPreviewParts {
  /** Its query is the line's. */
  config: ProcessorConfig;
  admin: KafkaAdmin;
  log: Logger | null;
  /** Where the line stands. */
  places: ReadonlyMap<number, { next: number }>;
  signal: AbortSignal;
}

export async function previewUndo(state: LoadedCheckpoint, parts: UndoPreviewParts): Promise<UndoPreview> {
  const { config, admin, log, places, signal } = parts;
  const { kafka, settings } = config;
  const core = new WindowCore(state.meta.core.states.at(-1)?.spec ?? settings.query, Date.now());
  const incidents = new RareIncidents(() => undefined);
  const intake = new Intake(core, kafka.topic, incidents, { keepsIds: false });
  restoreIntake(intake, state, null);
  const known = new KnownResults(new Set([settings.query.name, ...core.states.map(({ spec }) => spec.name)]));
  const tail = (topic: string, from: TailOptions['from']): TailOptions => ({
    topic,
    from,
    signal,
    log,
    onWaiting: () => undefined,
    besideLive: true,
  });
  const from = offsetsOf(state.meta.results);
  await readTail(kafka, admin, tail(kafka.resultsTopic, from), (record) => {
    const value = record.value();
    if (value !== null) known.learn(value, true);
  });
  known.reconcile(core);
  known.expect(core, true);
  const again = await standingBefore(kafka, admin, known, core, from, tail);
  core.configure(settings.query);

  const begin = new Map([...intake.places].map(([partition, { next }]) => [partition, next]));
  const upTo = new Map([...places].map(([partition, { next }]) => [partition, next]));
  const scan = new EventScan({ kafka, log, intake, from: begin, signal, weigh: false });
  const judge = () => {
    core.advance(Date.now());
    while (core.waiting > 0) known.filter(core, core.take(TAKE));
  };
  await scan.readTo(upTo, judge);
  for (const partition of intake.places.keys()) core.clock.caughtUp(partition, Date.now(), true);
  core.fireCorrections();
  judge();
  const results = [...again, ...known.settleAll(core).map(({ result }) => result)];
  const withdrawn = results.filter(({ count }) => count === 0).length;
  return { at: state.meta.at, events: scan.records, putBack: results.length - withdrawn, withdrawn };
}
