// The long stretch that the timeline stands for: its outline, and what happened in it. Asked for again twice a minute,
// and when somebody wrote an annotation.
import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { LiveDbError } from '../../../shared/errors.ts';
import type { HistoryAnswer } from '../../../shared/history.ts';
import type { OpenBundle } from '../../../shared/past.ts';
import type { MarkSources } from '../../charts/marks.ts';
import type { View } from '../../charts/plot-option.ts';
import { api, controlRoom, reportFailure, useLiveSnapshot, useSnapshot } from '../../store/index.ts';
import { annotationChanges } from '../past/annotating.ts';

const HOUR = 3_600_000;
const REFRESH_MS = 30_000;
/** The timeline is this many times as long as the view, between an hour and a week. */
const TIMES_THE_VIEW = 6;

export interface Overview {
  extent: View;
  sources: MarkSources;
  /** Events per second over the extent, as many points as a small outline needs. */
  outline: readonly { at: number; stepMs: number; value: number | null }[];
}

/** `bundle`: the run whose past is looked at; the timeline is then as long as it is. */
export function useOverview(
  rangeMs: number,
  end: number | null,
  now: number,
  bundle: OpenBundle | null,
): Overview {
  const { from, to } = extentOf(rangeMs, end, now, bundle);
  const length = to - from;
  const asked = Math.floor(to / REFRESH_MS) * REFRESH_MS;
  const id = bundle?.id ?? null;
  const [answer, setAnswer] = useState<HistoryAnswer | null>(null);
  const noted = useStore(annotationChanges, ({ count }) => count);
  const incidents = useLiveSnapshot((snapshot) => snapshot.incidents);
  const replays = useSnapshot((snapshot) => snapshot.replays);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `noted` says that an annotation was written
  useEffect(() => {
    let current = true;
    api
      .execute('history.query', {
        from: Math.max(0, Math.floor(asked - length)),
        to: asked + REFRESH_MS,
        maxPoints: 400,
        series: ['processorRate'],
        include: ['points', 'incidents', 'runs', 'annotations'],
        ...(id === null ? {} : { bundle: id }),
      })
      .then((found) => current && setAnswer(found))
      .catch((error: unknown) => {
        const data = LiveDbError.dataOf(error);
        // A lost line is said by the page itself, and this is asked again soon.
        if (data.code !== 'unreachable') reportFailure(controlRoom, 'The timeline could not be loaded', data);
      });
    return () => {
      current = false;
    };
  }, [asked, length, id, noted]);

  // Apart from the extent, which moves each second, so that marks are made again only when something happened.
  const sources = useMemo(() => {
    const known = new Map((answer?.incidents ?? []).map((incident) => [incident.id, incident]));
    if (id === null) for (const incident of incidents) known.set(incident.id, incident);
    const { runs = [], annotations = [] } = answer ?? {};
    return { incidents: [...known.values()], runs, replays, annotations };
  }, [answer, incidents, replays, id]);
  const outline = useMemo(
    () =>
      (answer?.points ?? []).map(({ at, stepMs, values }) => ({
        at,
        stepMs,
        value: values.processorRate ?? null,
      })),
    [answer],
  );
  return useMemo(() => ({ extent: { from, to }, sources, outline }), [from, to, sources, outline]);
}

function extentOf(rangeMs: number, end: number | null, now: number, bundle: OpenBundle | null): View {
  if (bundle !== null) return { from: bundle.from, to: bundle.to };
  const length = Math.min(168 * HOUR, Math.max(HOUR, rangeMs * TIMES_THE_VIEW));
  // A view held long ago keeps its place on the bar.
  const held = end === null ? now : Math.min(now, Math.max(end + length / 8, now - 365 * 24 * HOUR));
  const to = end !== null && end < now - length * 0.9 ? held : now;
  return { from: to - length, to };
}
