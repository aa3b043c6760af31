// What the control plane needs of its neighbours, as small interfaces: app.ts passes the real ones, tests their own.
import type { KafkaEndpoint, PostgresEndpoint } from '../../shared/link.ts';
import type { Connections } from '../services/connections.ts';
import type { KafkaTopicAdmin } from '../services/kafka-admin.ts';
import type { SideTopics } from '../services/side-topics.ts';

/** Topics and offsets, over connections that open when needed. Every call is bounded in time. */
export type TopicAdmin = Pick<
  KafkaTopicAdmin,
  | 'ensureTopics'
  | 'list'
  | 'create'
  | 'delete'
  | 'read'
  | 'findByKey'
  | 'replayRanges'
  | 'groupLag'
  | 'check'
  | 'close'
>;

/** One connection for questions. */
export interface Database {
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** What a database that is not ours lacks. */
export interface ForeignFindings {
  /** SQL that would add what is missing; null when nothing is. */
  proposal: string | null;
  /** Why the pipeline cannot run on it as it is; null when it can. */
  blocked: string | null;
}

export interface Neighbours {
  /** From the process's environment and `.env` of the data folder; throws a LiveDbError that names a bad value. */
  readConnections(env: Readonly<Record<string, string | undefined>>, dataDir: string): Connections;
  openTopicAdmin(endpoint: KafkaEndpoint): TopicAdmin;
  openSideTopics(endpoint: KafkaEndpoint): SideTopics;
  openDatabase(endpoint: PostgresEndpoint, applicationName: string): Promise<Database>;
  inspectForeign(endpoint: PostgresEndpoint): Promise<ForeignFindings>;
  prepareForeign(endpoint: PostgresEndpoint): Promise<void>;
  /** Reads a whole seed file and throws `seed.invalid` with every fault in it. */
  checkSeed(file: string): Promise<void>;
}
