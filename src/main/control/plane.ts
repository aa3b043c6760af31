// The control plane put together: settings, services, stages, ledger, replays and frames, wired to each other. app.ts
// calls it with the real neighbours, tests with their own.
import { randomUUID } from 'node:crypto';
import { LiveDbError } from '../../shared/errors.ts';
import { PRODUCER_CALLS } from '../../shared/link.ts';
import { EVENTS_TOPIC, OUTPUT_TOPICS, STAGES } from '../../shared/names.ts';
import type { App } from '../app-api.ts';
import type { Host } from '../hosts/host.ts';
import { createBuiltInEngine } from '../services/engine-service.ts';
import { bringUp, tellSettingsFault } from './bring-up.ts';
import type { Chaos } from './chaos/chaos.ts';
import { createDetours } from './chaos/detours.ts';
import { viewOf } from './chaos/scorecard.ts';
import { wireChaos } from './chaos/wiring.ts';
import { type Clock, every, systemClock } from './clock.ts';
import { drainAll } from './closing.ts';
import { createDoor } from './commands.ts';
import { createDatabaseDoor } from './database-door.ts';
import { Figures } from './figures.ts';
import { createFrames } from './frames.ts';
import { createHandlers } from './handlers.ts';
import { createIncidents } from './incidents.ts';
import { createPipelineTopics } from './kafka-topics.ts';
import { createLedger } from './ledger.ts';
import { createLineCommands } from './line-commands.ts';
import type { AppOptions } from './options.ts';
import { createParts } from './parts.ts';
import { createPast } from './past.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import type { Neighbours } from './ports.ts';
import { createProof } from './proof.ts';
import { wireReplays } from './replay-wiring.ts';
import { wireReset } from './reset-wiring.ts';
import { createScreen } from './screen.ts';
import { createServices } from './services.ts';
import { createSettingsChange } from './settings-change.ts';
import { openSettings } from './settings-store.ts';
import { countedBefore, createSideRecords } from './side-records.ts';
import { createStages } from './stages.ts';

const TICK_MS = 1_000;
const EARLIER_INCIDENTS = 200;
const CLOSING = { code: 'closing', message: 'LiveDB is closing.', remedy: 'Start it again.' };

/** Throws LiveDbError when the environment or the named seed is bad; everything later is told as an incident. */
export async function createControlPlane(
  host: Host,
  options: AppOptions,
  neighbours: Neighbours,
  clock: Clock = systemClock,
): Promise<App> {
  const { dataDir, history, log } = options;
  const connections = neighbours.readConnections(options.env, dataDir);
  const seedFile = options.seedFile ?? null;
  if (seedFile !== null) await neighbours.checkSeed(seedFile);
  const { store: settings, fault: settingsFault } = await openSettings(dataDir, clock.now);
  settings.override({
    writer: seedFile === null ? undefined : { seedFile },
    producer:
      connections.pollIntervalMs === null ? undefined : { pollIntervalMs: connections.pollIntervalMs },
  });
  history.configure(settings.current().history);

  const figures = new Figures();
  const changed = (urgent: boolean) => frames.changed(urgent);
  const fault = (error: unknown) => log.warn({ error: LiveDbError.dataOf(error) }, 'control plane');
  const incidents = createIncidents({
    clock,
    newId: randomUUID,
    record: (incident) => history.recordIncident(incident),
    earlier: history.recentIncidents(EARLIER_INCIDENTS),
    onChange: () => changed(true),
  });
  const frames = createFrames({
    clock,
    snapshot: () => screen.snapshot(),
    onFrame: (now) => figures.frame(now),
    onFault: fault,
  });
  const parts = createParts({ host, clock, incidents, log, dataDir, onChange: () => changed(true) });

  // Services and stages know each other through the pipeline, which is made of both.
  const late: { pipeline: Pipeline | null } = { pipeline: null };
  const services = createServices({
    clock,
    parts,
    incidents,
    neighbours,
    connections,
    topicAdmin: () => topics.admin(),
    needed: (service) => late.pipeline?.needed(service) ?? false,
    onMoved: (service) => late.pipeline?.refreshStagesOf(service),
    onReport: (report) => figures.takeBroker(report),
    onChange: () => changed(true),
    onFault: fault,
  });
  const topics = createPipelineTopics(
    (endpoint) => neighbours.openTopicAdmin(endpoint),
    services.kafka.endpoint,
    () => changed(false),
  );
  const database = createDatabaseDoor(services, neighbours);
  const detours = createDetours({
    parts,
    stateOf: (stage) => stages[stage].state(),
    async restart(stage) {
      await pipeline.stopStage(stage);
      await pipeline.startStage(stage);
    },
    onFault: fault,
  });
  const stages = createStages({
    clock,
    parts,
    incidents,
    figures,
    services,
    settings: settings.current,
    shippedSeed: host.shippedSeed,
    detours,
    onPublished: (at, position) => ledger.published(at, position),
    onProcessorStarting: () => ledger.processorStarted(),
    onWriterEnded: () => ledger.hurry(),
    onResults(results) {
      history.recordResults(results);
      frames.addResults(results);
    },
    changed,
  });
  const ledger = createLedger({
    clock,
    incidents,
    open: () => database.open('livedb-ledger'),
    awake: () => services.postgres.state() === 'running' && services.worthLooking(),
    ask: (method, args) => stages.processor.call(method, args, 5_000),
    held: () => figures.held(),
    progress: () => (stages.processor.state() === 'running' ? figures.progress() : null),
    onChange: () => changed(false),
    onFault: fault,
  });
  const pipeline = createPipeline({
    clock,
    incidents,
    stages,
    services,
    ensureTopics: topics.ensure,
    check: async (stage) => {
      if (stage !== 'processor') await services.foreign?.check();
    },
    drained: (stage) => figures.drained(stage),
    onFault: fault,
  });
  late.pipeline = pipeline;
  const engine = createBuiltInEngine({
    status: stages.processor.status,
    start: () => pipeline.startStage('processor'),
    stop: () => pipeline.stopStage('processor'),
    kill: () => pipeline.killStage('processor'),
  });

  const endpoints = {
    kafka: () => services.kafka.ensure().then(services.requireKafka),
    postgres: () => services.postgres.ensure().then(services.requirePostgres),
  };
  const replays = wireReplays({
    clock,
    host,
    dataDir,
    history,
    incidents,
    ...endpoints,
    topics,
    settings: settings.current,
    figures,
    processor: stages.processor,
    onChange: () => changed(false),
    onFault: fault,
  });
  const proof = createProof({
    clock,
    host,
    dataDir,
    incidents,
    history,
    passages: figures.passages,
    ...endpoints,
    topics: topics.admin,
    withDatabase: database.with,
    processor: () => settings.current().processor,
    byLog: () => settings.current().producer.capture !== 'polling',
    onChange: () => changed(false),
    onFault: fault,
  });
  const past = createPast({ clock, dataDir, version: host.version, newId: randomUUID, history });
  const aside = createSideRecords({
    clock,
    kafka: endpoints.kafka,
    open: neighbours.openSideTopics,
    outcomes: history.outcomes,
    counted: countedBefore((method, args) => stages.processor.call(method, args, 5_000)),
    queries: proof.queries,
  });
  const reset = wireReset({
    dataDir,
    history,
    services,
    database,
    topics,
    pipeline,
    endOthers: () => Promise.all([replays.cancelAll(), proof.close()]),
    resetSettings: settings.reset,
    forget() {
      ledger.clear();
      figures.clear();
      replays.clear();
      incidents.clear();
      changed(true);
    },
  });

  const chaos: Chaos = wireChaos({
    clock,
    incidents,
    detours,
    pipeline,
    services,
    stages,
    aside,
    view: () => viewOf(screen.snapshot(), figures),
    audit: proof.beginAudit,
    onChange: () => changed(true),
    onFault: fault,
  });

  const changeSettings = createSettingsChange({
    store: settings,
    stages,
    history,
    checkSeed: (file) => neighbours.checkSeed(file),
    lines: () => figures.processor?.lines ?? [],
    changed,
  });
  const execute = createDoor(
    createHandlers({
      pipeline,
      engine,
      replays,
      proof: proof.handlers,
      aside: aside.handlers,
      past: past.handlers,
      ...createLineCommands({
        clock,
        dataDir,
        settings: settings.current,
        changeSettings,
        figures,
        services,
        processor: stages.processor,
      }),
      chaos,
      reset,
      resnapshot: () => stages.producer.call(PRODUCER_CALLS.resnapshot, null, 30_000),
      topics,
      settings: settings.current,
      connections: connections.sources,
      changeSettings,
      foreign: services.foreign,
      topicsInUse: () =>
        pipeline.needed('kafka') ? [services.kafka.endpoint()?.topic ?? EVENTS_TOPIC, ...OUTPUT_TOPICS] : [],
    }),
  );

  const screen = createScreen({
    clock,
    host,
    dataDir,
    services,
    stages,
    engine,
    topics,
    figures,
    ledger,
    incidents,
    replays,
    audit: proof.audit,
    chaos: chaos.status,
    settings: settings.current,
    connections: connections.sources,
  });
  const stopTicking = every(clock, TICK_MS, () => {
    parts.watch();
    chaos.tick();
    const { point, snapshot } = screen.second();
    history.recordPoint(point);
    history.recordMoment(snapshot);
    history.recordPassages(figures.passages.take());
    frames.addPoint(point);
    changed(false);
  });

  if (settingsFault !== null) tellSettingsFault(settingsFault, incidents);
  let closing: Promise<void> | null = null;
  const broughtUp = bringUp({
    services,
    topics,
    pipeline,
    replays,
    incidents,
    run: options.run ?? services.external().length === 0,
    replayMode: connections.replayMode,
    closing: () => closing !== null,
  });

  const close = async () => {
    stopTicking();
    await drainAll({
      clock,
      parts,
      workers: [
        ledger.close,
        replays.close,
        proof.close,
        aside.close,
        past.close,
        chaos.close,
        topics.close,
        ...STAGES.map((stage) => () => pipeline.stopStage(stage)),
      ],
      services: [detours.close, services.postgres.close, services.kafka.close, () => broughtUp],
    });
    incidents.endAll();
    frames.close();
  };

  return {
    snapshot: screen.snapshot,
    subscribe: frames.subscribe,
    bundles: past.files,
    execute(command, input) {
      if (closing !== null) return Promise.reject(new LiveDbError(CLOSING));
      return execute(command, input);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
