// What was filled in when the wizard was left without a start: it is there again when the wizard opens anew. Used by the
// wizard.
import type { Draft, Source } from './draft.ts';

/** By what the wizard was opened for. */
const kept = new Map<Source, Draft>();

export function keptDraft(source: Source): Draft | null {
  return kept.get(source) ?? null;
}

/** Null: nothing is to come back. */
export function keepDraft(source: Source, draft: Draft | null): void {
  if (draft === null) kept.delete(source);
  else kept.set(source, draft);
}
