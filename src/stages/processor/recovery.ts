// What the live engine starts from: the newest whole checkpoint, the results its predecessor published after it, and the
// places to read on from. Everything here waits for Kafka as long as it takes, and says so.
import { type KafkaAdmin, kafkaPassesByItself } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { retrying } from '../../clients/retrying.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { ProcessorConfig } from '../../shared/link.ts';
import { restoreState, StateSnapshots } from './checkpoint/state-snapshot.ts';
import { CheckpointStore, type LoadedCheckpoint } from './checkpoint/store.ts';
import type { EngineHooks } from './engine.ts';
import { Intake } from './intake.ts';
import { type Line, NEVER_ASKED } from './line.ts';
import { KnownResults } from './publish/known-results.ts';
import { type PublishedPlace, ResultPublisher } from './publish/publisher.ts';
import { readTail } from './publish/topic-tail.ts';
import { RareIncidents } from './rare-incidents.ts';
import type { WaitingReasons } from './waiting-reasons.ts';
import { WindowCore } from './windows/window-core.ts';

/** Results found in the topic's tail that are told to the control plane again (it may not have heard of them). */
const TOLD_AGAIN = 5_000;

export interface Recovered {
  intake: Intake;
  publisher: ResultPublisher;
  known: KnownResults;
  snapshots: StateSnapshots;
  store: CheckpointStore;
  /** Place of the results at the restored checkpoint. */
  place: PublishedPlace;
  /** Where the events ended at the start, per partition. */
  endsAtStart: ReadonlyMap<number, number>;
  /** Results that the predecessor published after its last checkpoint. */
  published: WindowResult[];
}

/** `fresh`: the events topic was made anew, so older checkpoints mean nothing. */
export async function recover(
  config: ProcessorConfig,
  line: Line,
  hooks: EngineHooks,
  log: Logger | null,
  admin: KafkaAdmin,
  options: { fresh: boolean; signal: AbortSignal; waiting: WaitingReasons },
): Promise<Recovered> {
  const { kafka, settings } = config;
  const { signal, waiting } = options;
  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    retrying(work, { signal, passes: kafkaPassesByItself, onWaiting: waiting.of('start') });

  const store = await CheckpointStore.open(line.folder);
  const { loaded, faulty } = await store.load();
  if (faulty.length > 0) {
    hooks.incident({
      severity: 'warning',
      code: 'checkpoint-faulty',
      title: faulty.length === 1 ? 'A checkpoint was faulty' : `${faulty.length} checkpoints were faulty`,
      cause: `${faulty.join(', ')}: the checksum does not fit. ${loaded === null ? 'No whole one is left: events are read from the beginning.' : `Checkpoint ${loaded.meta.sequence} was taken instead.`}`,
      remedy:
        'Look at the disk. Nothing is lost or doubled: events are read again from the checkpoint taken.',
    });
  }
  // A query of this name that is no more left states behind.
  const others = (loaded?.meta.core.asked ?? NEVER_ASKED).born !== line.asked.born;
  const fresh = options.fresh || others;
  if (fresh) await store.clear();
  const checkpoint = fresh ? null : loaded;

  const core = new WindowCore(checkpoint?.meta.core.states.at(-1)?.spec ?? settings.query, Date.now());
  const intake = new Intake(core, kafka.topic, new RareIncidents((note) => hooks.incident(note)), {
    keepsIds: line.primary,
  });
  restoreIntake(intake, checkpoint, others ? null : loaded);
  const skips = !options.fresh && core.asked.now !== line.asked.now;

  const publisher = new ResultPublisher({
    endpoint: kafka,
    transactionalId: line.transactionalId,
    admin,
    log,
    signal,
    onWaiting: waiting.of('results'),
    onFailed: (error) => onPublishFailed(error, hooks),
  });
  const known = new KnownResults();
  const from = checkpoint === null ? null : offsetsOf(checkpoint.meta.results);
  const published: WindowResult[] = [];
  let found = 0;
  const endsAtStart = new Map<number, number>();
  const resultEnds = await patiently(async () => {
    if (kafka.kind === 'embedded') {
      await admin.ensureTopics([kafka.topic, kafka.resultsTopic].map((name) => ({ name, partitions: 3 })));
    }
    for (const { partition, low, high } of await admin.offsets(kafka.topic)) {
      if (skips) intake.places.set(partition, { next: high, last: null });
      if (!intake.places.has(partition)) intake.places.set(partition, { next: low, last: null });
      core.clock.track(partition, Date.now());
      endsAtStart.set(partition, high);
    }
    await publisher.open();
    found = 0;
    published.length = 0;
    return readTail(kafka, admin, from, { signal, log, onWaiting: waiting.of('tail') }, (record) => {
      const value = record.value();
      const result = value === null ? null : known.learn(value);
      if (result === null) return;
      found++;
      published.push(result);
      if (published.length > 2 * TOLD_AGAIN) published.splice(0, TOLD_AGAIN);
    });
  });
  known.reconcile(core);
  const results = checkpoint?.meta.counters.results ?? 0;
  publisher.startAt(resultEnds, results + found);
  return {
    intake,
    publisher,
    known,
    snapshots: new StateSnapshots(core, intake.ids, checkpoint?.meta.chainFrom ?? null),
    store,
    place: { offsets: from ?? new Map(), results },
    endsAtStart,
    published: published.slice(-TOLD_AGAIN),
  };
}

function restoreIntake(
  intake: Intake,
  checkpoint: LoadedCheckpoint | null,
  loaded: LoadedCheckpoint | null,
): void {
  if (loaded !== null) {
    // The counters tell what was ever taken in, also of a topic that is gone.
    const { events, duplicates, replayed, unreadable } = loaded.meta.counters;
    intake.counters = { events, duplicates, replayed, unreadable };
  }
  if (checkpoint === null) return;
  restoreState(intake.core, intake.ids, checkpoint.meta.core, checkpoint.bodies, Date.now());
  for (const [partition, place] of Object.entries(checkpoint.meta.input)) {
    intake.places.set(Number(partition), { ...place });
  }
}

function onPublishFailed(error: unknown, hooks: EngineHooks): void {
  const failure = error instanceof Error && 'data' in error ? (error.data as { code?: string }) : {};
  if (failure.code === 'kafka.fenced') {
    hooks.fatal(
      {
        code: 'processor.fenced',
        message: 'Another LiveDB processor has taken over the results of this topic.',
        remedy: 'Stop one of the two, then start this one again.',
      },
      false,
    );
    return;
  }
  hooks.fatal(
    { code: failure.code ?? 'unexpected', message: error instanceof Error ? error.message : String(error) },
    true,
  );
}

function offsetsOf(places: Record<string, number>): Map<number, number> {
  return new Map(Object.entries(places).map(([partition, offset]) => [Number(partition), offset]));
}
