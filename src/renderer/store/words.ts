// The words that the page uses for parts and states, in one place.
import type { RunState, Service, Stage } from '../../shared/names.ts';
import type { Station } from './state.ts';

export const PART_NAMES: Record<Stage | Service, string> = {
  writer: 'Writer',
  producer: 'Producer',
  processor: 'Processor',
  postgres: 'PostgreSQL',
  kafka: 'Kafka',
  engine: 'Engine',
};

/** Stations of the strip inside a sentence: products keep their capitals. */
export const STATION_WORDS: Record<Station, string> = {
  seed: 'seed',
  writer: 'writer',
  postgres: 'PostgreSQL',
  producer: 'producer',
  kafka: 'Kafka',
  processor: 'processor',
  results: 'results',
};

export const STATE_WORDS: Record<RunState, string> = {
  stopped: 'stopped',
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  'backing-off': 'backing off',
  failed: 'failed',
};
