// What a run of a line starts from: the newest whole checkpoint, what its predecessor published after it, and the places
// to read on from. Everything here waits for Kafka as long as it takes, and says so.
import { type KafkaAdmin, kafkaPassesByItself } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { retrying } from '../../clients/retrying.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { KafkaEndpoint, ProcessorConfig } from '../../shared/link.ts';
import { DEAD_TOPIC, LATE_TOPIC } from '../../shared/names.ts';
import type { LateCounted } from '../../shared/side-records.ts';
import type { RewindProgress } from '../../shared/states.ts';
import type { LoadedCheckpoint } from './checkpoint/state-file.ts';
import { restoreState, StateSnapshots } from './checkpoint/state-snapshot.ts';
import { CheckpointStore } from './checkpoint/store.ts';
import type { EngineHooks } from './engine.ts';
import { Intake } from './intake.ts';
import { type Line, NEVER_ASKED } from './line.ts';
import { beginWith } from './line-beginning.ts';
import { KnownResults } from './publish/known-results.ts';
import { type PublishedPlace, ResultPublisher, type SideTopics } from './publish/publisher.ts';
import { SideRecords } from './publish/side-records.ts';
import { readTail, type TailOptions } from './publish/topic-tail.ts';
import { RareIncidents } from './rare-incidents.ts';
import type { WaitingReasons } from './waiting-reasons.ts';
import { FUTURE_LEAD_MS } from './windows/event-clock.ts';
import { WindowCore } from './windows/window-core.ts';

/** Results found in the topic's tail that are told to the control plane again (it may not have heard of them). */
const TOLD_AGAIN = 5_000;
const SIDE_PARTITIONS = 3;
const DAY_MS = 86_400_000;

export interface Recovered {
  intake: Intake;
  publisher: ResultPublisher;
  known: KnownResults;
  snapshots: StateSnapshots;
  store: CheckpointStore;
  /** Place of the results at the restored checkpoint. */
  place: Pick<PublishedPlace, 'results' | 'published'>;
  /** Where the events ended at the start, per partition. */
  endsAtStart: ReadonlyMap<number, number>;
  /** Results that the predecessor published after its last checkpoint. */
  published: WindowResult[];
  /** Results to be published again, because the state went back to before others took their place. */
  again: WindowResult[];
  /** Where the results topic ended when the state went back, per partition; empty when it did not. */
  backAt: ReadonlyMap<number, number>;
  rewind: RewindProgress | null;
  /** Late records that rewinds counted after all. */
  lateCounted: LateCounted[];
  /** Older checkpoints mean nothing: they are deleted once there is a new one. */
  fresh: boolean;
}

export interface RecoverOptions {
  /** The events topic was made anew, so older checkpoints mean nothing. */
  fresh: boolean;
  signal: AbortSignal;
  waiting: WaitingReasons;
}

export async function recover(
  config: ProcessorConfig,
  line: Line,
  hooks: EngineHooks,
  log: Logger | null,
  admin: KafkaAdmin,
  options: RecoverOptions,
): Promise<Recovered> {
  const { kafka, settings } = config;
  const { signal, waiting } = options;
  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    retrying(work, { signal, passes: kafkaPassesByItself, onWaiting: waiting.of('start') });

  const store = await CheckpointStore.open(line.folder);
  const { loaded, faulty } = await store.load();
  tellFaulty(faulty, loaded, hooks);
  // A query of this name that is no more left states behind.
  const left = (loaded?.meta.core.asked ?? NEVER_ASKED).born !== line.asked.born;
  const begun = left && !options.fresh ? await beginWith(store, line, settings.query.name, hooks) : null;
  const others = left && begun === null;
  const fresh = options.fresh || others;
  const checkpoint = fresh ? null : (begun ?? loaded);

  const core = new WindowCore(checkpoint?.meta.core.states.at(-1)?.spec ?? settings.query, Date.now());
  const intake = new Intake(core, kafka.topic, new RareIncidents((note) => hooks.incident(note)), {
    keepsIds: line.primary,
  });
  restoreIntake(intake, checkpoint, others ? null : (begun ?? loaded));
  const skips = !options.fresh && core.asked.now !== line.asked.now;
  if (skips) core.asked.skippedAt = Date.now();

  const side = await patiently(() => sideTopicsOf(kafka, line, admin, hooks));
  const publisher = new ResultPublisher({
    endpoint: kafka,
    transactionalId: line.transactionalId,
    side,
    admin,
    log,
    signal,
    onWaiting: waiting.of('results'),
    onFailed: (error) => onPublishFailed(error, hooks),
  });
  const names = [settings.query.name, ...core.states.map((state) => state.spec.name)];
  const known = new KnownResults(new Set(names));
  const published: WindowResult[] = [];
  let found = 0;
  const endsAtStart = new Map<number, number>();
  const place = {
    results: offsetsOf(checkpoint?.meta.results),
    published: checkpoint?.meta.counters.results ?? 0,
  };
  const wentBack = checkpoint?.meta.wentBack ?? false;
  const backAt = offsetsOf(wentBack ? checkpoint?.meta.backAt : {});
  const tail = (topic: string, from: TailOptions['from']): TailOptions => ({
    topic,
    from,
    signal,
    log,
    onWaiting: waiting.of('tail'),
  });
  await patiently(async () => {
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
    const resultsFrom = checkpoint === null ? null : place.results;
    const ends = await readTail(kafka, admin, tail(kafka.resultsTopic, resultsFrom), (record, partition) => {
      const value = record.value();
      const undone = record.offset < (backAt.get(partition) ?? 0);
      const result = value === null ? null : known.learn(value, undone);
      if (result === null) return;
      found++;
      published.push(result);
      if (published.length > 2 * TOLD_AGAIN) published.splice(0, TOLD_AGAIN);
    });
    publisher.startAt(kafka.resultsTopic, ends);
  });
  if (side !== null) {
    const own = { queries: new Set(names), since: line.asked.born };
    const aside = new SideRecords(kafka.topic, own, publisher, { takesDead: side.dead !== null });
    intake.side = aside;
    for (const kind of ['late', 'dead'] as const) {
      const topic = side[kind];
      if (topic === null) continue;
      const from = checkpoint?.meta[kind] ?? null;
      const ends = await patiently(async () => {
        const begin = from === null ? await sideBegin(admin, topic, line) : offsetsOf(from);
        return readTail(kafka, admin, tail(topic, begin), (record) => {
          // Records of a log that is gone say nothing about this one.
          if (!options.fresh) aside.learn(kind, record);
        });
      });
      publisher.startAt(topic, ends);
    }
  }
  known.reconcile(core);
  known.expect(core, wentBack);
  publisher.published = place.published + found;
  const again = wentBack
    ? await patiently(() => standingBefore(kafka, admin, known, core, place.results, tail))
    : [];
  return {
    intake,
    publisher,
    known,
    snapshots: new StateSnapshots(core, intake.ids, checkpoint?.meta.chainFrom ?? null),
    store,
    place,
    endsAtStart,
    published: published.slice(-TOLD_AGAIN),
    again,
    fresh,
    backAt,
    rewind: checkpoint?.meta.rewind ?? null,
    lateCounted: checkpoint?.meta.lateCounted ?? [],
  };
}

/** What stood published of windows that the state has let go of and that were changed after it. */
export async function standingBefore(
  kafka: KafkaEndpoint,
  admin: KafkaAdmin,
  known: KnownResults,
  core: WindowCore,
  place: ReadonlyMap<number, number>,
  tail: (topic: string, from: TailOptions['from']) => TailOptions,
): Promise<WindowResult[]> {
  const gone = known.gone(core);
  if (gone.size === 0) return [];
  // A result is published when its window ends or later, as clocks go; windows are at most a day long.
  const from = await admin.offsetsByTime(
    kafka.resultsTopic,
    Math.max(0, gone.endsFrom - DAY_MS - FUTURE_LEAD_MS),
  );
  await readTail(kafka, admin, { ...tail(kafka.resultsTopic, from), until: place }, (record) => {
    const value = record.value();
    if (value !== null) gone.learn(value);
  });
  known.forget(gone.found);
  return gone.again();
}

function tellFaulty(faulty: readonly string[], loaded: LoadedCheckpoint | null, hooks: EngineHooks): void {
  if (faulty.length === 0) return;
  hooks.incident({
    severity: 'warning',
    code: 'checkpoint-faulty',
    title: faulty.length === 1 ? 'A checkpoint was faulty' : `${faulty.length} checkpoints were faulty`,
    cause: `${faulty.join(', ')}: the checksum does not fit. ${loaded === null ? 'No whole one is left: events are read from the beginning.' : `Checkpoint ${loaded.meta.sequence} was taken instead.`}`,
    remedy: 'Look at the disk. Nothing is lost or doubled: events are read again from the checkpoint taken.',
  });
}

/** Fills an intake from a checkpoint; its counters also from one of a log that is gone. */
export function restoreIntake(
  intake: Intake,
  checkpoint: LoadedCheckpoint | null,
  loaded: LoadedCheckpoint | null,
): void {
  if (loaded !== null) {
    // The counters tell what was ever taken in, also of a topic that is gone.
    const { results: _, ...counters } = loaded.meta.counters;
    intake.counters = counters;
  }
  if (checkpoint === null) return;
  const { meta, bodies } = checkpoint;
  restoreState(intake.core, intake.ids, meta.core, bodies, Date.now());
  for (const [partition, place] of Object.entries(meta.input)) {
    intake.places.set(Number(partition), { ...place });
  }
  for (const [partition, offset] of offsetsOf(meta.counted)) intake.counted.set(partition, offset);
  for (const [partition, events] of offsetsOf(meta.future)) intake.future.set(partition, events);
}

/** Where a line without a checkpoint looks for its records aside: from when its query was made, null from the beginning. */
async function sideBegin(
  admin: KafkaAdmin,
  topic: string,
  { asked }: Line,
): Promise<ReadonlyMap<number, number> | null> {
  return asked.born === 0 ? null : admin.offsetsByTime(topic, asked.born);
}

/** Topics for records aside, made when they are missing; null where that may not be. */
async function sideTopicsOf(
  kafka: KafkaEndpoint,
  line: Line,
  admin: KafkaAdmin,
  hooks: EngineHooks,
): Promise<SideTopics | null> {
  const side = { late: kafka.lateTopic ?? LATE_TOPIC, dead: kafka.deadTopic ?? DEAD_TOPIC };
  try {
    await admin.ensureTopics([side.late, side.dead].map((name) => ({ name, partitions: SIDE_PARTITIONS })));
    return line.primary ? side : { ...side, dead: null };
  } catch (error) {
    if (kafkaPassesByItself(error)) throw error;
    if (!line.primary) return null;
    hooks.incident({
      severity: 'warning',
      code: 'side-topics',
      title: 'Late and unreadable records are not put aside',
      cause: `The topics ${side.late} and ${side.dead} could not be made: ${LiveDbError.dataOf(error).message}`,
      remedy:
        'Create both topics on the cluster, then start the processor again. Until then they are only counted.',
    });
    return null;
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

export function offsetsOf(places: Record<string, number> | undefined): Map<number, number> {
  return new Map(Object.entries(places ?? {}).map(([partition, offset]) => [Number(partition), offset]));
}
