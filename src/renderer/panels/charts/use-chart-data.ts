// The points and results behind the charts: from the store's live hour while that reaches back far enough, else from
// the history, with what came since then at its end.
import { useEffect, useMemo, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { WindowResult } from '../../../shared/event.ts';
import type { MetricPoint } from '../../../shared/history.ts';
import type { View } from '../../charts/plot-option.ts';
import { api, useLivePoints, useLiveResults } from '../../store/index.ts';
import { HOUR, joined, type Past, stepFor } from './past.ts';
import { usePaced } from './use-paced.ts';
import { useSame } from './use-same.ts';

/** While a hand moves along the timeline only the place where it rests is asked for, ms. */
const REST_MS = 150;

/** Late records can correct windows many times a second; the charts of results follow twice a second, new windows at once. */
const RESULTS_PAUSE_MS = 500;

const NOTHING = { points: [], results: [] };

export interface ChartData {
  points: readonly MetricPoint[];
  results: readonly WindowResult[];
  loading: boolean;
  error: LiveDbErrorData | null;
}

/**
 * `live`: the view's end moves, and the past behind it is asked for again only now and then. `bundle`: the past of
 * another run, with which the live hour has nothing to do.
 */
export function useChartData(view: View, live: boolean, bundle: string | null): ChartData {
  const points = useLivePoints();
  const told = useLiveResults();
  const results = usePaced(told, RESULTS_PAUSE_MS, `${told.at(-1)?.window.start} ${told.length}`);
  const range = view.to - view.from;
  const newest = points[points.length - 1]?.at ?? view.to;
  const needsPast = bundle !== null || view.from < newest - HOUR;
  const stepMs = stepFor(range);
  // A live view asks again once per step, but not more than every 30 s.
  const asked = live ? Math.floor(view.to / Math.max(30_000, stepMs)) * Math.max(30_000, stepMs) : view.to;
  const [past, setPast] = useState<(Past & { bundle: string | null }) | null>(null);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<LiveDbErrorData | null>(null);

  useEffect(() => {
    if (!needsPast) {
      setPast(null);
      setLoading(false);
      setError(null);
      return;
    }
    let current = true;
    setLoading(true);
    const timer = setTimeout(() => {
      const from = Math.max(0, Math.floor(asked - range - stepMs));
      api
        .execute('history.query', {
          from,
          to: live ? null : Math.ceil(asked + stepMs),
          stepMs,
          maxPoints: 10_000,
          include: ['points', 'results'],
          ...(bundle === null ? {} : { bundle }),
        })
        .then((answer) => {
          if (!current) return;
          setPast({ points: answer.points, results: answer.results, bundle });
          setError(null);
          setLoading(false);
        })
        .catch((failure: unknown) => {
          if (!current) return;
          setError(LiveDbError.dataOf(failure));
          setLoading(false);
        });
    }, REST_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [needsPast, asked, range, stepMs, live, bundle]);

  const all = useMemo(() => {
    const known = past?.bundle === bundle ? past : null;
    if (bundle !== null) return known ?? NOTHING;
    return needsPast && known !== null ? joined(known, points, results) : { points, results };
  }, [needsPast, past, points, results, bundle]);
  const seenPoints = useSame(useMemo(() => pointsIn(all.points, view), [all.points, view]));
  const seenResults = useSame(useMemo(() => resultsIn(all.results, view), [all.results, view]));
  return { points: seenPoints, results: seenResults, loading, error };
}

function pointsIn(points: readonly MetricPoint[], { from, to }: View): readonly MetricPoint[] {
  return points.filter((point) => point.at >= from - point.stepMs && point.at < to);
}

/** Windows that touch the view. Times are ISO 8601 in UTC, so that text order is time order. */
function resultsIn(results: readonly WindowResult[], { from, to }: View): readonly WindowResult[] {
  const [first, end] = [new Date(from).toISOString(), new Date(to).toISOString()];
  return results.filter(({ window }) => window.end > first && window.start < end);
}
