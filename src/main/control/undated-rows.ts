// The incident of rows that were published with the moment of their capture, because their created_at is none an event
// can carry: one incident, told anew as their number grows, over when none has come for a minute. Called by stages.ts.
import type { ProducerReport } from '../../shared/link.ts';
import type { Incidents } from './incidents.ts';

const KEY = 'no-moment';
export const UNDATED_QUIET_MS = 60_000;

/** `report`: the producer's newest one. */
export function tellUndated(
  { at, undated: { count, lastAt, first } }: Pick<ProducerReport, 'at' | 'undated'>,
  incidents: Pick<Incidents, 'begin' | 'end'>,
): void {
  if (count === 0 || at - lastAt > UNDATED_QUIET_MS) {
    incidents.end(KEY);
    return;
  }
  const named = first.map(({ id, createdAt }) => `${id} (${createdAt ?? 'NULL'})`).join(', ');
  const more = count - first.length;
  const [rows, events] =
    count === 1 ? ['1 row has', 'Its event carries'] : [`${count} rows have`, 'Their events carry'];
  incidents.begin(KEY, {
    severity: 'warning',
    subject: 'producer',
    code: 'no-moment',
    title: `${rows} no usable created_at`,
    cause: `${events} the moment of capture instead: ${named}${more > 0 ? ` and ${more} more` : ''}, since the producer started.`,
    remedy: 'Give the rows a finite created_at after the year 1.',
  });
}

export function endUndated(incidents: Pick<Incidents, 'end'>): void {
  incidents.end(KEY);
}
