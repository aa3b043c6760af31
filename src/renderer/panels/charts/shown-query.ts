// Whose results the charts show: the primary query's, until somebody chooses another. Changed by the choice under the
// charts; read by the charts of results and by the station "Results".
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { WindowResult } from '../../../shared/event.ts';
import { useSnapshot } from '../../store/hooks.ts';

const shownQuery = createStore<{ name: string | null }>(() => ({ name: null }));

export function showQuery(name: string): void {
  shownQuery.setState({ name });
}

/** `names`: all that can be chosen, the primary one first. A query that is gone gives way to the primary one. */
export function useShownQuery(): { name: string; names: readonly string[] } {
  const { name } = useStore(shownQuery);
  const primary = useSnapshot((snapshot) => snapshot.settings.processor.query.name);
  const others = useSnapshot((snapshot) => snapshot.settings.processor.queries);
  const names = useMemo(() => [primary, ...others.map(({ spec }) => spec.name)], [primary, others]);
  return { name: name !== null && names.includes(name) ? name : primary, names };
}

export function resultsOf(results: readonly WindowResult[], query: string): readonly WindowResult[] {
  return results.every((result) => result.query === query)
    ? results
    : results.filter((result) => result.query === query);
}
