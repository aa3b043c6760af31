// What happened, on the time axis: incidents, starts of the app, replays, and what people wrote beside it. Called by the charts and the timeline.
import type { Annotation } from '../../shared/annotation.ts';
import type { Run } from '../../shared/history.ts';
import type { Incident, Severity } from '../../shared/incident.ts';
import type { ReplayStatus } from '../../shared/replay.ts';

export interface Mark {
  key: string;
  kind: 'incident' | 'run' | 'replay' | 'annotation';
  severity: Severity;
  /** Epoch ms; `until` null: a moment, not a stretch. */
  at: number;
  until: number | null;
  title: string;
}

/** More marks than this on one axis would hide the lines; the newest are kept. */
const MAX_MARKS = 60;

export interface MarkSources {
  incidents: readonly Incident[];
  runs: readonly Run[];
  replays: readonly ReplayStatus[];
  annotations: readonly Annotation[];
}

/** Marks that fall into [from, to), oldest first; a replay still running reaches up to `to`. */
export function marksIn(sources: MarkSources, from: number, to: number): readonly Mark[] {
  const marks: Mark[] = [];
  for (const incident of sources.incidents) {
    marks.push({
      key: `incident-${incident.id}`,
      kind: 'incident',
      severity: incident.severity,
      at: incident.at,
      until: null,
      title: incident.title,
    });
  }
  for (const run of sources.runs) {
    marks.push({
      key: `run-${run.id}`,
      kind: 'run',
      severity: 'info',
      at: run.startedAt,
      until: null,
      title: 'LiveDB started',
    });
  }
  for (const replay of sources.replays) {
    marks.push({
      key: `replay-${replay.id}`,
      kind: 'replay',
      severity: 'info',
      at: replay.startedAt,
      until: replay.endedAt ?? to,
      title: `Replay by the ${replay.stage}`,
    });
  }
  for (const { id, at, until, text } of sources.annotations) {
    marks.push({ key: `annotation-${id}`, kind: 'annotation', severity: 'info', at, until, title: text });
  }
  return marks
    .filter((mark) => mark.at < to && (mark.until ?? mark.at) >= from)
    .sort((a, b) => a.at - b.at)
    .slice(-MAX_MARKS);
}

/** The mark closest to `at` within `reach` ms; a stretch counts as close while `at` is inside it. */
export function markNear(marks: readonly Mark[], at: number, reach: number): Mark | null {
  let nearest: Mark | null = null;
  let best = Number.POSITIVE_INFINITY;
  for (const mark of marks) {
    const inside = mark.until !== null && at >= mark.at && at <= mark.until;
    const distance = inside ? reach : Math.abs(mark.at - at);
    if (distance <= reach && distance < best) {
      best = distance;
      nearest = mark;
    }
  }
  return nearest;
}

export function isSameMark(a: Mark, b: Mark): boolean {
  return a.key === b.key && a.at === b.at && a.until === b.until && a.title === b.title;
}
