// A query in a few words: for lists, heads and what a screen reader is told. Pure.
import type { QuerySpec } from '../../../shared/query.ts';
import { formatDuration, formatMoney } from '../../components/format.ts';

export function windowWords(window: QuerySpec['window']): string {
  switch (window.kind) {
    case 'tumbling':
      return `each ${formatDuration(window.sizeMs)}`;
    case 'hopping':
      return `${formatDuration(window.sizeMs)} each ${formatDuration(window.slideMs)}`;
    case 'session':
      return `sessions, gap ${formatDuration(window.gapMs)}`;
  }
}

export function groupWords(groupBy: QuerySpec['groupBy']): string {
  return groupBy.length === 0 ? 'total' : `by ${[...groupBy].sort().join(' and ')}`;
}

/** What is left out, or empty when nothing is. Events of mode "normal" alone are what one expects. */
export function filterWords({ orgs, regions, minAmount, maxAmount, modes }: QuerySpec['filter']): string {
  const parts = [
    orgs === null ? '' : named('org', orgs),
    regions === null ? '' : named('region', regions),
    minAmount === null ? '' : `amount ≥ ${formatMoney(minAmount)}`,
    maxAmount === null ? '' : `amount ≤ ${formatMoney(maxAmount)}`,
    modes.includes('replay') ? (modes.length === 1 ? 'only replayed' : 'with replayed') : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function named(field: string, names: readonly string[]): string {
  return names.length <= 2 ? `${field} ${names.join(' or ')}` : `${names.length} ${field}s`;
}

export function queryWords({ window, groupBy, filter }: QuerySpec): string {
  const only = filterWords(filter);
  return `${windowWords(window)}, ${groupWords(groupBy)}${only === '' ? '' : `; ${only}`}`;
}
