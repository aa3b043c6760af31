// The two ways of looking closely: the audit and the row X-ray, with their commands. plane.ts makes it.
import type { AuditQuery, KafkaEndpoint, PostgresEndpoint } from '../../shared/link.ts';
import type { ProcessorSettings } from '../../shared/settings.ts';
import type { History } from '../history/port.ts';
import type { Host } from '../hosts/host.ts';
import { type Audits, createAudits } from './audits.ts';
import type { Clock } from './clock.ts';
import { DONE, type Handlers } from './commands.ts';
import type { Incidents } from './incidents.ts';
import { lineFactsOf } from './line-facts.ts';
import type { Passages } from './passages.ts';
import type { Database, TopicAdmin } from './ports.ts';
import { rowsOfWindow } from './row-find.sql.ts';
import { rowOf } from './xray.sql.ts';
import { xray } from './xray.ts';

export interface ProofOptions {
  clock: Clock;
  host: Pick<Host, 'fork'>;
  dataDir: string;
  incidents: Incidents;
  history: History;
  passages: Passages;
  kafka(): Promise<KafkaEndpoint>;
  postgres(): Promise<PostgresEndpoint>;
  topics(): TopicAdmin;
  withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T>;
  processor(): ProcessorSettings;
  byLog(): boolean;
  onChange(): void;
  onFault(error: unknown): void;
}

export type ProofHandlers = Pick<
  Handlers,
  'ledger.audit' | 'audit.cancel' | 'audit.report' | 'row.xray' | 'row.find'
>;

export interface Proof {
  handlers: ProofHandlers;
  audit: Audits['status'];
  /** Begins an audit, for who waits for its report; the report rejects with why there is none. */
  beginAudit(): Promise<{ id: string; report: ReturnType<Audits['report']> }>;
  /** What every query computes, by its last checkpoint. Rejects while Kafka is not at hand. */
  queries(): Promise<AuditQuery[]>;
  close(): Promise<void>;
}

export function createProof(options: ProofOptions): Proof {
  const { dataDir } = options;
  const queries = async () => lineFactsOf(dataDir, await options.kafka(), options.processor());
  const audits = createAudits({ ...options, queries, fork: () => options.host.fork('audit') });
  return {
    handlers: {
      async 'ledger.audit'({ wait }) {
        const id = await audits.start();
        if (!wait) return { id };
        await audits.ended(id);
        return audits.report(id);
      },
      async 'audit.cancel'({ id }) {
        await audits.cancel(id);
        return DONE;
      },
      'audit.report': ({ id }) => audits.report(id),
      'row.find': (request) => options.withDatabase((database) => rowsOfWindow(database, request)),
      async 'row.xray'({ id }) {
        const { topic, resultsTopic } = await options.kafka();
        return xray(id, {
          topic: () => topic,
          resultsTopic: () => resultsTopic,
          row: (wanted) => options.withDatabase((database) => rowOf(database, wanted)),
          topics: options.topics,
          passages: options.passages,
          history: options.history,
          query: () => options.processor().query,
        });
      },
    },
    audit: audits.status,
    async beginAudit() {
      const id = await audits.start();
      return { id, report: audits.ended(id).then(() => audits.report(id)) };
    },
    queries,
    close: audits.close,
  };
}
