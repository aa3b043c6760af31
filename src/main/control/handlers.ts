// What each command does, in one table. plane.ts passes the parts it works on; commands.ts is the door in front of it.
import type { z } from 'zod';
import { LiveDbError } from '../../shared/errors.ts';
import type { Service } from '../../shared/names.ts';
import {
  type ConnectionSource,
  type Settings,
  type SettingsChange,
  WRITER_PRESETS,
  type WriterChange,
} from '../../shared/settings.ts';
import type { EngineService } from '../services/engine-service.ts';
import type { Chaos } from './chaos/chaos.ts';
import { DONE, type Handlers } from './commands.ts';
import type { ForeignDatabase } from './foreign.ts';
import type { PipelineTopics } from './kafka-topics.ts';
import type { Past } from './past.ts';
import type { Pipeline } from './pipeline.ts';
import type { ProofHandlers } from './proof.ts';
import type { QueryHandlers } from './queries.ts';
import { createReplayHandlers } from './replay-commands.ts';
import type { Replays } from './replays.ts';
import type { Reset } from './reset.ts';
import type { SideRecords } from './side-records.ts';
import type { StateHandlers } from './states.ts';

export interface HandlersOptions {
  pipeline: Pipeline;
  engine: EngineService;
  replays: Replays;
  reset: Reset;
  /** Has the producer begin anew with a slot of the database's log. */
  resnapshot(): Promise<unknown>;
  topics: PipelineTopics;
  chaos: Pick<Chaos, 'inject' | 'run' | 'stop' | 'status'>;
  settings(): Settings;
  connections: readonly ConnectionSource[];
  /** Checks, saves and puts into force; throws and changes nothing when anything of it is refused. */
  changeSettings(change: z.infer<typeof SettingsChange>): Promise<Settings>;
  foreign: ForeignDatabase | null;
  proof: ProofHandlers;
  aside: SideRecords['handlers'];
  past: Past['handlers'];
  queries: QueryHandlers;
  states: StateHandlers;
  /** Topics that running stages work on. */
  topicsInUse(): readonly string[];
}

type ServiceVerb = 'start' | 'stop' | 'kill';

export function createHandlers(options: HandlersOptions): Handlers {
  const { pipeline, engine, replays, reset, topics } = options;

  const onService = async (verb: ServiceVerb, service: Service) => {
    if (service === 'engine') await engine[verb]();
    else if (verb === 'start') await pipeline.startService(service);
    else if (verb === 'stop') await pipeline.stopService(service);
    else await pipeline.killService(service);
    return DONE;
  };

  return {
    'pipeline.start': async () => {
      await pipeline.startAll();
      return DONE;
    },
    'pipeline.stop': async () => {
      await pipeline.stopAll();
      return DONE;
    },
    'stage.start': async ({ stage }) => {
      await pipeline.startStage(stage);
      return DONE;
    },
    'stage.stop': async ({ stage }) => {
      await pipeline.stopStage(stage);
      return DONE;
    },
    'stage.kill': async ({ stage }) => {
      await pipeline.killStage(stage);
      return DONE;
    },
    'service.start': ({ service }) => onService('start', service),
    'service.stop': ({ service }) => onService('stop', service),
    'service.kill': ({ service }) => onService('kill', service),
    'chaos.inject': (request) => options.chaos.inject(request),
    'chaos.list': async () => options.chaos.status(),
    'chaos.run': (request) => options.chaos.run(request),
    'chaos.stop': async () => {
      await options.chaos.stop();
      return DONE;
    },
    'writer.configure': async (change) =>
      (await options.changeSettings({ writer: withPreset(change) })).writer,
    'producer.configure': async (change) => (await options.changeSettings({ producer: change })).producer,
    'producer.resnapshot': async () => {
      await options.resnapshot();
      return DONE;
    },
    'processor.configure': async (change) => (await options.changeSettings({ processor: change })).processor,
    ...createReplayHandlers(replays),
    ...options.proof,
    ...options.aside,
    ...options.past,
    ...options.queries,
    ...options.states,
    'topics.list': () => topics.admin().list(),
    'topics.create': async (topic) => {
      await topics.admin().create(topic);
      return DONE;
    },
    'topics.delete': async ({ name, confirm }) => {
      if (confirm !== name) {
        throw new LiveDbError({
          code: 'topics.not-confirmed',
          message: `Deleting the topic "${name}" is confirmed with its name.`,
          remedy: 'Send the name as `confirm`; nothing was deleted.',
        });
      }
      if (options.topicsInUse().includes(name)) {
        throw new LiveDbError({
          code: 'topics.in-use',
          message: `The topic "${name}" is in use: producer or processor runs on it.`,
          remedy: 'Stop the pipeline first; it makes its topics again when it starts.',
        });
      }
      const admin = topics.admin();
      if (!(await admin.list()).some((topic) => topic.name === name)) {
        throw new LiveDbError({
          code: 'topics.unknown',
          message: `There is no topic "${name}".`,
          remedy: 'topics.list names those there are; nothing was deleted.',
        });
      }
      await admin.delete(name);
      topics.forget();
      return DONE;
    },
    'topics.read': (request) => topics.admin().read(request),
    'settings.get': async () => ({ settings: options.settings(), connections: [...options.connections] }),
    'settings.set': (change) => options.changeSettings(change),
    'database.prepare': async () => {
      if (options.foreign === null) {
        throw new LiveDbError({
          code: 'database.embedded',
          message: 'The embedded database has all it needs; there is nothing to prepare.',
        });
      }
      await options.foreign.prepare();
      // Stages that run on the tables as they were look at them anew.
      pipeline.refreshStagesOf('postgres');
      return DONE;
    },
    'reset.preview': ({ scope }) => reset.preview(scope),
    'reset.apply': async ({ scope, confirm }) => {
      await reset.apply(scope, confirm);
      return DONE;
    },
  };
}

/** A preset stands for its burst and interval; fields named beside it win. */
function withPreset(change: z.infer<typeof WriterChange>): z.infer<typeof SettingsChange>['writer'] {
  const { preset, ...fields } = change;
  const found = WRITER_PRESETS.find(({ id }) => id === preset);
  if (found === undefined) return fields;
  return { rowsPerBurst: found.rowsPerBurst, intervalMs: found.intervalMs, ...fields };
}
