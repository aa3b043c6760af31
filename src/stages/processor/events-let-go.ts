// What a person is told of events dated ahead when the query changes that has them in windows. Used by line-run.ts.
import type { IncidentNote } from './engine.ts';

export function eventsLetGo(query: string, events: number): IncidentNote {
  const [they, have, are] = events === 1 ? ['It', 'has', 'is'] : ['They', 'have', 'are'];
  return {
    severity: 'warning',
    code: 'events-let-go',
    title: `${events.toLocaleString('en')} ${events === 1 ? 'event' : 'events'} dated ahead ${events === 1 ? 'counts' : 'count'} in no window of query "${query}"`,
    cause: `${they} ${have} been added up in windows of the old question, more than a minute ahead of the clock, where the new question counts by now.`,
    remedy: `Rewind the query over the time in which ${they.toLowerCase()} came in: ${they.toLowerCase()} ${are} then counted by the new question.`,
  };
}
