// Which PostgreSQL and Kafka LiveDB is pointed at: the environment names that people already have in their `.env`
// files. Called once at start by app.ts; the settings screen shows which value came from where.
import type { KafkaEndpoint, PostgresEndpoint } from '../../shared/link.ts';
import type { ConnectionSource } from '../../shared/settings.ts';
import { readKafka } from './kafka-environment.ts';
import { readPostgres } from './postgres-environment.ts';
import { readFlag, readWhole, Variables } from './variables.ts';

export interface Connections {
  /** null: the embedded server is used. */
  postgres: PostgresEndpoint | null;
  kafka: KafkaEndpoint | null;
  pollIntervalMs: number | null;
  /** REPLAY_MODE: publish all rows again once the pipeline runs. */
  replayMode: boolean;
  sources: ConnectionSource[];
}

/**
 * Reads `DATABASE_URL` or `DB_HOST` …, `KAFKA_BROKER` …, `POLL_INTERVAL_MS` and `REPLAY_MODE`. Pure: `dotenvText` is the
 * content of `.env` in the data folder, null without one. Throws LiveDbError `connections.invalid`.
 */
export function readConnections(
  env: Record<string, string | undefined>,
  dotenvText: string | null,
): Connections {
  const variables = new Variables(env, dotenvText);
  const postgres = readPostgres(variables);
  const kafka = readKafka(variables);
  const poll = variables.take('POLL_INTERVAL_MS');
  const replay = variables.take('REPLAY_MODE');
  return {
    postgres,
    kafka,
    pollIntervalMs: poll === null ? null : readWhole(poll, 1, 3_600_000),
    replayMode: replay === null ? false : readFlag(replay),
    sources: variables.sources,
  };
}
