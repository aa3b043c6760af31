// The words of the house: stages, services, states and fixed topic names. Everybody imports them from here.
import { z } from 'zod';

export const STAGES = ['writer', 'producer', 'processor'] as const;
export const Stage = z.enum(STAGES);
export type Stage = z.infer<typeof Stage>;

export const SERVICES = ['postgres', 'kafka', 'engine'] as const;
export const Service = z.enum(SERVICES);
export type Service = z.infer<typeof Service>;

/** States of a stage or a service; `backing-off` carries the time of the next try, `failed` a reason and a remedy. */
export const RUN_STATES = ['stopped', 'starting', 'running', 'stopping', 'backing-off', 'failed'] as const;
export const RunState = z.enum(RUN_STATES);
export type RunState = z.infer<typeof RunState>;

export const EVENTS_TOPIC = 'db_live_events';
export const RESULTS_TOPIC = 'db_live_results';
/** Events beyond the allowed lateness, and records that are no events, each as it was, with the reason in its headers. */
export const LATE_TOPIC = 'db_live_late';
export const DEAD_TOPIC = 'db_live_dead';
/** What the processor writes to. */
export const OUTPUT_TOPICS = [RESULTS_TOPIC, LATE_TOPIC, DEAD_TOPIC] as const;
/** The consumer group under which the processor commits its place, so that Kafka tools see its lag. */
export const PROCESSOR_GROUP = 'livedb-processor';
