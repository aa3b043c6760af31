// The audit at the end of a chaos run: what the ledger said of lost and doubled rows while things broke is held against
// table, topic and results themselves. run.ts asks for it once.
import type { AuditReport } from '../../../shared/audit.ts';
import type { ChaosAudit } from '../../../shared/chaos.ts';
import { LiveDbError } from '../../../shared/errors.ts';

/** An audit that has begun; `report` rejects with why there is none. */
export interface BegunAudit {
  id: string;
  report: Promise<AuditReport>;
}

const NONE_YET: ChaosAudit = { id: null, state: 'running', missing: null, doubled: null, note: null };

/** Tells each step. Never rejects: a run without an audit says why. */
export async function confirm(
  begin: () => Promise<BegunAudit>,
  tell: (audit: ChaosAudit) => void,
): Promise<void> {
  let found = NONE_YET;
  try {
    tell(found);
    const { id, report } = await begin();
    found = { ...found, id };
    tell(found);
    const { agree, findings } = await report;
    const { missing, doubled } = findings;
    const state = agree ? 'agrees' : 'differs';
    tell({ ...found, state, missing: missing.count, doubled: doubled.count });
  } catch (error) {
    tell({ ...found, state: 'failed', note: LiveDbError.dataOf(error).message });
  }
}
