// The database that is not ours, as the pipeline sees it: looked at once it answers, its stages refused with a clear
// sentence while it lacks what they need. plane.ts makes one when PostgreSQL is external.
import { LiveDbError } from '../../shared/errors.ts';
import type { PostgresEndpoint } from '../../shared/link.ts';
import type { Incidents } from './incidents.ts';
import type { ForeignFindings, Neighbours } from './ports.ts';

export interface ForeignDatabase {
  proposal(): string | null;
  /** Looks at the tables (again after `prepare`). */
  inspect(): Promise<void>;
  /** Throws `database.not-prepared` when writer and producer cannot work on it. */
  check(): Promise<void>;
  prepare(): Promise<void>;
}

export function watchForeign(
  endpoint: PostgresEndpoint,
  neighbours: Pick<Neighbours, 'inspectForeign' | 'prepareForeign'>,
  incidents: Incidents,
  onChange: () => void,
): ForeignDatabase {
  let findings: ForeignFindings | null = null;

  const inspect = async () => {
    findings = await neighbours.inspectForeign(endpoint);
    if (findings.proposal === null) incidents.end('foreign-schema');
    else {
      incidents.begin('foreign-schema', {
        severity: findings.blocked === null ? 'info' : 'warning',
        subject: 'postgres',
        code: 'database.not-prepared',
        title: 'The database lacks what LiveDB would add',
        cause: findings.blocked ?? 'LiveDB can work on it as it is, and better with what it proposes.',
        remedy: 'Look at the proposed SQL; it is run only when you say so.',
      });
    }
    onChange();
  };

  return {
    proposal: () => findings?.proposal ?? null,
    inspect,
    async check() {
      if (findings === null || findings.blocked !== null) await inspect();
      if (findings === null || findings.blocked === null) return;
      throw new LiveDbError({
        code: 'database.not-prepared',
        message: findings.blocked,
        remedy: 'Run the proposed SQL (database.prepare), or make the tables yourself.',
        details: { sql: findings.proposal },
      });
    },
    async prepare() {
      await neighbours.prepareForeign(endpoint);
      await inspect();
    },
  };
}
