// Both services of the pipeline, embedded or external as the connections say, behind one shape. plane.ts makes them.
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import type { KafkaEndpoint, PostgresEndpoint } from '../../shared/link.ts';
import type { RunState } from '../../shared/names.ts';
import type { Connections } from '../services/connections.ts';
import {
  createEmbeddedKafka,
  createExternalKafka,
  DEFAULT_KAFKA_NAMES,
  type KafkaPart,
} from '../services/kafka-service.ts';
import {
  createEmbeddedPostgres,
  createExternalPostgres,
  type ServicePart,
} from '../services/postgres-service.ts';
import type { Clock } from './clock.ts';
import { type ForeignDatabase, watchForeign } from './foreign.ts';
import type { Incidents } from './incidents.ts';
import type { Parts } from './parts.ts';
import type { Neighbours, TopicAdmin } from './ports.ts';

type OwnService = 'postgres' | 'kafka';

export interface Services {
  postgres: ServicePart<PostgresEndpoint>;
  kafka: KafkaPart;
  /** Null with the embedded server. */
  foreign: ForeignDatabase | null;
  requirePostgres(): PostgresEndpoint;
  requireKafka(): KafkaEndpoint;
  /** Names of the services that are not ours. */
  external(): string[];
  /** Starts the embedded ones. */
  startOwn(): Promise<void>;
  /** Whether counting the table serves somebody: always on our own server, on another's only while a stage works. */
  worthLooking(): boolean;
}

export interface ServicesOptions {
  clock: Clock;
  parts: Parts;
  incidents: Incidents;
  neighbours: Neighbours;
  connections: Connections;
  topicAdmin(): TopicAdmin;
  needed(service: OwnService): boolean;
  /** It came back on another address: who works on it must be told. */
  onMoved(service: OwnService): void;
  onReport(report: unknown): void;
  onChange(): void;
  onFault(error: unknown): void;
}

export function createServices(options: ServicesOptions): Services {
  const { clock, parts, incidents, neighbours, connections } = options;
  const places = new Map<OwnService, string>();
  const placed = (service: OwnService, place: string) => {
    const before = places.get(service);
    places.set(service, place);
    if (before !== undefined && before !== place) options.onMoved(service);
  };
  /** External: what the health check finds is told as long as it lasts. */
  const health = (service: OwnService, name: string) => (state: RunState, error: LiveDbErrorData | null) => {
    if (error === null) incidents.end(`away:${service}`);
    else {
      incidents.begin(`away:${service}`, {
        severity: 'warning',
        subject: service,
        code: error.code,
        title: `${name} does not answer`,
        cause: error.message,
        remedy: error.remedy ?? 'The stages wait for it and go on by themselves.',
      });
    }
    if (service === 'postgres' && state === 'running') foreign?.inspect().catch(options.onFault);
    options.onChange();
  };

  const { postgres: foreignPostgres, kafka: foreignKafka } = connections;
  const foreign =
    foreignPostgres === null ? null : watchForeign(foreignPostgres, neighbours, incidents, options.onChange);
  const postgres =
    foreignPostgres === null
      ? createEmbeddedPostgres({
          parts,
          clock,
          onState: options.onChange,
          onReady: (endpoint) => placed('postgres', JSON.stringify(endpoint)),
        })
      : createExternalPostgres({
          endpoint: foreignPostgres,
          clock,
          open: () => neighbours.openDatabase(foreignPostgres, 'livedb-health'),
          needed: () => options.needed('postgres'),
          onState: health('postgres', 'PostgreSQL'),
        });
  const kafka =
    foreignKafka === null
      ? createEmbeddedKafka({
          parts,
          names: DEFAULT_KAFKA_NAMES,
          onState: options.onChange,
          onReady: (endpoint) => placed('kafka', endpoint.brokers.join(',')),
          onReport: options.onReport,
        })
      : createExternalKafka({
          endpoint: foreignKafka,
          clock,
          check: () => options.topicAdmin().check(),
          needed: () => options.needed('kafka'),
          onState: health('kafka', 'Kafka'),
        });

  return {
    postgres,
    kafka,
    foreign,
    requirePostgres: () => required(postgres.endpoint(), 'PostgreSQL'),
    requireKafka: () => required(kafka.endpoint(), 'Kafka'),
    external: () => [
      ...(postgres.kind === 'external' ? ['PostgreSQL'] : []),
      ...(kafka.kind === 'external' ? ['Kafka'] : []),
    ],
    async startOwn() {
      const own = [postgres, kafka].filter(({ kind }) => kind === 'embedded');
      const outcomes = await Promise.allSettled(own.map((service) => service.start()));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    },
    worthLooking: () => postgres.kind === 'embedded' || options.needed('postgres'),
  };
}

function required<Endpoint>(endpoint: Endpoint | null, name: string): Endpoint {
  if (endpoint !== null) return endpoint;
  throw new LiveDbError({
    code: 'not-started',
    message: `${name} has not started yet.`,
    remedy: `Start ${name} first.`,
  });
}
