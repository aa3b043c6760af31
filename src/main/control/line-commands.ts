// Commands on the processor's lines: its queries and their states. plane.ts makes them.
import { rm } from 'node:fs/promises';
import { lineFolder, readSavepoint } from '../../clients/line-folder.ts';
import { EVENTS_TOPIC } from '../../shared/names.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Clock } from './clock.ts';
import type { Figures } from './figures.ts';
import { createQueries, type QueriesOptions, type QueryHandlers } from './queries.ts';
import type { Services } from './services.ts';
import { createStates, type StateHandlers } from './states.ts';
import type { Part } from './supervisor.ts';

export interface LineCommandsOptions {
  clock: Pick<Clock, 'now'>;
  dataDir: string;
  settings(): Settings;
  changeSettings: QueriesOptions['changeSettings'];
  figures: Figures;
  services: Services;
  processor: Part;
}

export function createLineCommands(options: LineCommandsOptions): {
  queries: QueryHandlers;
  states: StateHandlers;
} {
  const { clock, dataDir, settings, changeSettings, figures, services, processor } = options;
  const running = () => processor.state() === 'running';
  const kafka = () =>
    services.kafka.endpoint() ?? { kind: services.kafka.kind, topic: EVENTS_TOPIC, brokers: [] };
  return {
    queries: createQueries({
      now: clock.now,
      settings,
      changeSettings,
      lines: () => figures.processor?.lines ?? [],
      running,
      source: () => {
        const found = services.kafka.endpoint();
        return found === null ? {} : { bootstrap: found.brokers.join(','), topic: found.topic };
      },
      savepoint: (query, id) => readSavepoint(lineFolder(dataDir, kafka(), query), id),
      forget: (query) => rm(lineFolder(dataDir, kafka(), query), { recursive: true, force: true }),
      ask: (method, args) => processor.call(method, args, 30_000),
    }),
    states: createStates({
      dataDir,
      settings,
      kafka,
      running,
      ask: (method, args, timeoutMs) => processor.call(method, args, timeoutMs),
    }),
  };
}
