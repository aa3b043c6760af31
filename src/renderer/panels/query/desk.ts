// What lies on the desk of the queries dialog: the chosen query, and the draft that is worked on. Kept while the dialog
// is closed, so that Escape loses nothing that was typed.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { QuerySpec } from '../../../shared/query.ts';
import { draftOf, newDraft, type QueryDraft } from './draft.ts';

export interface Work {
  draft: QueryDraft;
  /** Name of the query that it changes; null makes a new one. */
  changes: string | null;
}

interface Desk {
  chosen: string | null;
  work: Work | null;
}

const desk = createStore<Desk>(() => ({ chosen: null, work: null }));

export function useDesk(): Desk {
  return useStore(desk);
}

export function chooseQuery(chosen: string): void {
  desk.setState({ chosen });
}

/** A draft of the same kind that lies there already is gone on with. */
export function beginNew(like: QuerySpec, taken: readonly string[]): void {
  if (desk.getState().work?.changes === null) return;
  desk.setState({ work: { draft: newDraft(like, taken), changes: null } });
}

export function beginChange(spec: QuerySpec): void {
  if (desk.getState().work?.changes === spec.name) return;
  desk.setState({ chosen: spec.name, work: { draft: draftOf(spec), changes: spec.name } });
}

export function setDraft(draft: QueryDraft): void {
  const { work } = desk.getState();
  if (work !== null) desk.setState({ work: { ...work, draft } });
}

/** Clears the draft away; `chosen` is what is then looked at. */
export function endWork(chosen?: string): void {
  desk.setState(chosen === undefined ? { work: null } : { work: null, chosen });
}
