// What the live region says: a sentence for each stage or service that changed its state, and for the ledger breaking
// or healing. Never a figure that ticks.
import { SERVICES, STAGES } from '../../shared/names.ts';
import type { LifeStatus, Snapshot } from '../../shared/snapshot.ts';
import { PART_NAMES, STATE_WORDS } from './words.ts';

/** One or more sentences, empty when nothing worth saying changed. */
export function describeChanges(before: Snapshot, after: Snapshot): string {
  const said: string[] = [];
  for (const stage of STAGES) note(said, PART_NAMES[stage], before.stages[stage], after.stages[stage]);
  for (const service of SERVICES) {
    // The built-in engine lives in the processor and would only repeat it.
    if (service === 'engine' && after.services.engine.kind === 'built-in') continue;
    note(said, PART_NAMES[service], before.services[service], after.services[service]);
  }
  const wasWhole = isWhole(before);
  const whole = isWhole(after);
  if (wasWhole && !whole) {
    said.push(`Ledger: ${after.ledger.missing} missing, ${after.ledger.duplicates} doubled.`);
  }
  if (!wasWhole && whole) said.push('Ledger: nothing missing, nothing doubled.');
  return said.join(' ');
}

function note(said: string[], name: string, before: LifeStatus, after: LifeStatus): void {
  if (before.state === after.state) return;
  const reason = after.state === 'failed' && after.error !== null ? `: ${after.error.message}` : '';
  said.push(`${name} ${STATE_WORDS[after.state]}${reason}.`);
}

function isWhole({ ledger }: Snapshot): boolean {
  return ledger.missing === 0 && ledger.duplicates === 0;
}
