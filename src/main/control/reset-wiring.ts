// The reset with what it stops, empties and forgets. plane.ts makes it.
import { EVENTS_TOPIC } from '../../shared/names.ts';
import type { DatabaseDoor } from './database-door.ts';
import type { PipelineTopics } from './kafka-topics.ts';
import type { Pipeline } from './pipeline.ts';
import { createReset, type Reset, type ResetOptions } from './reset.ts';
import type { Services } from './services.ts';

export interface ResetWiring extends Pick<ResetOptions, 'dataDir' | 'history' | 'resetSettings'> {
  services: Services;
  database: DatabaseDoor;
  topics: PipelineTopics;
  pipeline: Pipeline;
  /** Ends what reads or writes the data beside the pipeline. */
  endOthers(): Promise<unknown>;
  /** Everything that remembers the data. */
  forget(): void;
}

export function wireReset(options: ResetWiring): Reset {
  const { dataDir, history, resetSettings, services, database, topics, pipeline } = options;
  return createReset({
    dataDir,
    topic: EVENTS_TOPIC,
    history,
    external: services.external,
    async ensureServices() {
      await Promise.all([services.postgres.ensure(), services.kafka.ensure()]);
      await topics.ensure();
    },
    withDatabase: database.with,
    topics: topics.admin,
    async stopPipeline() {
      await Promise.all([pipeline.stopAll(), options.endOthers()]);
    },
    resetSettings,
    forget() {
      topics.forget();
      options.forget();
    },
  });
}
