// The control plane put together: settings, services, stages, ledger, replays and frames, wired to each other. app.ts
// calls it with the real neighbours, tests with their own.
import { randomUUID } from 'node:crypto';
import { LiveDbError } from '../../shared/errors.ts';
import { EVENTS_TOPIC, RESULTS_TOPIC, type Stage } from '../../shared/names.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { App } from '../app-api.ts';
import type { History } from '../history/port.ts';
import type { Host } from '../hosts/host.ts';
import { createBuiltInEngine } from '../services/engine-service.ts';
import { type Clock, every, systemClock, until } from './clock.ts';
import { createDoor } from './commands.ts';
import { Figures } from './figures.ts';
import { createFrames } from './frames.ts';
import { createHandlers } from './handlers.ts';
import { createIncidents } from './incidents.ts';
import { createPipelineTopics } from './kafka-topics.ts';
import { createLedger } from './ledger.ts';
import { createUsageMeter, metricPoint } from './metrics.ts';
import { type ControlLog, createParts } from './parts.ts';
import { createPipeline, type Pipeline } from './pipeline.ts';
import type { Database, Neighbours } from './ports.ts';
import { rowsFrom } from './replay.sql.ts';
import { createReplays } from './replays.ts';
import { createReset } from './reset.ts';
import { createServices } from './services.ts';
import { createSettingsChange } from './settings-change.ts';
import { openSettings } from './settings-store.ts';
import { buildSnapshot, ratesOf } from './snapshot.ts';
import { createStages } from './stages.ts';

export interface AppOptions {
  dataDir: string;
  history: History;
  /** Start the pipeline at once; null: only when both services are embedded. */
  run: boolean | null;
  env: Readonly<Record<string, string | undefined>>;
  /** Seed named on the command line; becomes the writer's setting. */
  seedFile?: string | null;
  log: ControlLog;
}

const TICK_MS = 1_000;
const EARLIER_INCIDENTS = 200;
/** All of a close: draining, then killing what is left. */
const CLOSE_BOUND_MS = 7_500;
const KILLED_GONE_MS = 1_000;

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
    snapshot: () => snapshot(),
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
  const openDatabase = async (applicationName: string): Promise<Database> => {
    const endpoint = services.postgres.endpoint();
    if (endpoint === null || services.postgres.state() !== 'running') await services.postgres.ensure();
    return neighbours.openDatabase(services.requirePostgres(), applicationName);
  };
  const withDatabase = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
    const database = await openDatabase('livedb-control');
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  };

  const stages = createStages({
    parts,
    incidents,
    figures,
    services,
    settings: settings.current,
    shippedSeed: host.shippedSeed,
    onPublished: (at, position) => ledger.published(at, position),
    onProcessorStarting: () => ledger.processorStarted(),
    onResults(results) {
      history.recordResults(results);
      frames.addResults(results);
    },
    changed,
  });
  const ledger = createLedger({
    clock,
    incidents,
    open: () => openDatabase('livedb-ledger'),
    awake: () => services.postgres.state() === 'running' && services.worthLooking(),
    ask: (method, args) => stages.processor.call(method, args, 5_000),
    distinct: () => figures.processor?.distinct ?? 0,
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
    drained: (stage) => isDrained(stage, figures),
    onFault: fault,
  });
  late.pipeline = pipeline;
  const engine = createBuiltInEngine({
    status: stages.processor.status,
    start: () => pipeline.startStage('processor'),
    stop: () => pipeline.stopStage('processor'),
    kill: () => pipeline.killStage('processor'),
  });

  const ensureBoth = async () => {
    await Promise.all([services.postgres.ensure(), services.kafka.ensure()]);
    await topics.ensure();
  };
  const replays = createReplays({
    clock,
    dataDir,
    history,
    incidents,
    fork: () => host.fork('replay'),
    query: () => settings.current().processor.query,
    async kafka() {
      await services.kafka.ensure();
      return services.requireKafka();
    },
    async postgres() {
      await services.postgres.ensure();
      return services.requirePostgres();
    },
    async previewProcessor(from) {
      await services.kafka.ensure();
      await topics.ensure();
      return topics.admin().replayPreview(from);
    },
    previewProducer: (from) => withDatabase((database) => rowsFrom(database, from)),
    onChange: () => changed(false),
    onFault: fault,
  });
  const reset = createReset({
    dataDir,
    topic: EVENTS_TOPIC,
    history,
    external: services.external,
    ensureServices: ensureBoth,
    withDatabase,
    topics: topics.admin,
    async stopPipeline() {
      await Promise.all([pipeline.stopAll(), replays.close()]);
    },
    resetSettings: settings.reset,
    forget() {
      topics.forget();
      ledger.clear();
      figures.clear();
      replays.clear();
      incidents.clear();
      changed(true);
    },
  });

  const execute = createDoor(
    createHandlers({
      pipeline,
      engine,
      replays,
      reset,
      topics,
      history,
      settings: settings.current,
      connections: connections.sources,
      changeSettings: createSettingsChange({
        store: settings,
        stages,
        history,
        checkSeed: (file) => neighbours.checkSeed(file),
        changed,
      }),
      foreign: services.foreign,
      topicsInUse: () =>
        pipeline.needed('kafka') ? [services.kafka.endpoint()?.topic ?? EVENTS_TOPIC, RESULTS_TOPIC] : [],
    }),
  );

  const snapshot = (): Snapshot =>
    buildSnapshot({
      now: clock.now(),
      version: host.version,
      edition: host.edition,
      dataDir,
      postgres: {
        kind: services.postgres.kind,
        status: services.postgres.status(),
        endpoint: services.postgres.endpoint(),
        version: services.postgres.version(),
      },
      kafka: {
        kind: services.kafka.kind,
        status: services.kafka.status(),
        endpoint: services.kafka.endpoint(),
        topic: services.kafka.endpoint()?.topic ?? EVENTS_TOPIC,
      },
      partitions: topics.partitions(),
      engine: { kind: engine.kind, status: engine.status() },
      stages: stageStatuses(),
      figures,
      ledger: {
        rows: ledger.rows(),
        missing: ledger.missing(),
        checkedAt: ledger.checkedAt(),
        distinct: ledger.distinct(),
      },
      incidents: incidents.list(),
      replays: replays.list(),
      settings: settings.current(),
      connections: connections.sources,
      schemaProposal: services.foreign?.proposal() ?? null,
    });
  const stageStatuses = () => ({
    writer: stages.writer.status(),
    producer: stages.producer.status(),
    processor: stages.processor.status(),
  });

  const usage = createUsageMeter();
  const tick = () => {
    parts.watch();
    const now = clock.now();
    const point = metricPoint(
      snapshot(),
      ratesOf(stageStatuses(), figures, now),
      usage(now),
      Math.floor(now / TICK_MS) * TICK_MS - TICK_MS,
    );
    history.recordPoint(point);
    frames.addPoint(point);
    changed(false);
  };
  const stopTicking = every(clock, TICK_MS, tick);

  if (settingsFault !== null) {
    incidents.add({
      severity: 'warning',
      subject: null,
      code: 'settings.refused',
      title: 'The saved settings were not usable; the defaults are in force',
      cause: settingsFault.cause,
      remedy: `The old file is kept as ${settingsFault.movedTo}.`,
    });
  }
  const bringUp = async () => {
    const run = options.run ?? services.external().length === 0;
    // Each stage waits for its own needs alone, so both may begin at once.
    await Promise.all([services.startOwn(), run ? pipeline.startAll() : null]);
    if (!run) return;
    if (connections.replayMode) await replays.start({ stage: 'producer', from: { kind: 'beginning' } });
  };
  let closing: Promise<void> | null = null;
  const broughtUp = bringUp().catch((error: unknown) => {
    if (closing !== null) return;
    // What failed has told so itself as a part; what else can go wrong (a refused replay, a database without tables) has not.
    const data = LiveDbError.dataOf(error);
    incidents.add({
      severity: 'warning',
      subject: null,
      code: data.code,
      title: 'The pipeline did not start completely',
      cause: data.message,
      remedy: data.remedy ?? null,
    });
  });

  const close = async () => {
    stopTicking();
    const drained = (async () => {
      await Promise.allSettled([
        ledger.close(),
        replays.close(),
        topics.close(),
        ...(['writer', 'producer', 'processor'] as const).map(pipeline.stopStage),
      ]);
      await Promise.allSettled([services.postgres.close(), services.kafka.close()]);
      await broughtUp;
    })();
    let done = false;
    void drained.then(() => {
      done = true;
    });
    await until(clock, CLOSE_BOUND_MS, () => done);
    if (!parts.allGone()) {
      parts.killAll();
      await until(clock, KILLED_GONE_MS, parts.allGone);
    }
    frames.close();
  };

  return {
    snapshot,
    subscribe: frames.subscribe,
    execute,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Whether what the stage before had finished has gone through this one, by what both said last. */
function isDrained(stage: Exclude<Stage, 'writer'>, figures: Figures): boolean {
  const { writer, producer, processor } = figures;
  if (stage === 'producer') {
    return producer !== null && producer.lag.rows === 0 && producer.at >= (writer?.at ?? 0);
  }
  return processor !== null && processor.lag.events === 0 && processor.at >= (producer?.at ?? 0);
}
