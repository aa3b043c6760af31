// The words that the page uses for parts and states, in one place.
import type { RunState, Service, Stage } from '../../shared/names.ts';

export const PART_NAMES: Record<Stage | Service, string> = {
  writer: 'Writer',
  producer: 'Producer',
  processor: 'Processor',
  postgres: 'PostgreSQL',
  kafka: 'Kafka',
  engine: 'Engine',
};

export const STATE_WORDS: Record<RunState, string> = {
  stopped: 'stopped',
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  'backing-off': 'backing off',
  failed: 'failed',
};
