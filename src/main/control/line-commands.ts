// Commands on the processor's lines: its queries and their states. plane.ts makes them.
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
  return {
    queries: createQueries({
      now: clock.now,
      settings,
      changeSettings,
      lines: () => figures.processor?.lines ?? [],
      running,
      source: () => {
        const kafka = services.kafka.endpoint();
        return kafka === null ? {} : { bootstrap: kafka.brokers.join(','), topic: kafka.topic };
      },
      ask: (method, args) => processor.call(method, args, 30_000),
    }),
    states: createStates({
      dataDir,
      settings,
      kafka: () =>
        services.kafka.endpoint() ?? { kind: services.kafka.kind, topic: EVENTS_TOPIC, brokers: [] },
      running,
      ask: (method, args, timeoutMs) => processor.call(method, args, timeoutMs),
    }),
  };
}
