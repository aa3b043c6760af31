// The models of the charts that are shown. Each is made anew only when what it shows has changed, so that a chart is
// redrawn for its own data alone.
import { useMemo } from 'react';
import type { MetricPoint } from '../../../shared/history.ts';
import type { ChartModel } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';
import { useSnapshot } from '../../store/index.ts';
import { useBranchOverlay } from '../replay/overlay.ts';
import { withBranch } from '../replay/overlay-series.ts';
import { METRIC_CHARTS, metricModel } from './metric-charts.ts';
import { amountByGroup, amountsOfLastWindow, eventsByGroup, largestGroups } from './result-charts.ts';
import { resultsOf, useShownQuery } from './shown-query.ts';
import type { ChartData } from './use-chart-data.ts';
import { usePaced } from './use-paced.ts';

export type Page = 'overview' | 'details' | 'all';

type MetricName = keyof typeof METRIC_CHARTS;
const OVERVIEW = ['throughput', 'latency', 'lagSeconds'] as const satisfies MetricName[];
const DETAILS = ['pace', 'cpu', 'memory'] as const satisfies MetricName[];
const WAITING = ['lagRows', 'late'] as const satisfies MetricName[];

const AMOUNTS_PAUSE_MS = 500;

/** `models`: those of the page, in order. `every`: those of all pages, for a picture of all. */
export function useChartModels(
  page: Page,
  view: View,
  data: ChartData,
): { models: readonly ChartModel[]; every: () => ChartModel[] } {
  const { points } = data;
  const { name } = useShownQuery();
  const results = useMemo(() => resultsOf(data.results, name), [data.results, name]);
  const amounts = usePaced(
    useSnapshot((snapshot) => snapshot.amounts),
    AMOUNTS_PAUSE_MS,
  );
  const [overview, details] = [page !== 'details', page !== 'overview'];
  const top = useMetrics(overview, OVERVIEW, points, view);
  const branch = useBranchOverlay();
  const sums = useMemo(
    () => (overview ? [withBranch(amountByGroup(results, view), branch, view)] : []),
    [overview, results, view, branch],
  );
  const counts = useMemo(() => (overview ? [eventsByGroup(results, view)] : []), [overview, results, view]);
  const spread = useMemo(() => (overview ? [amountsOfLastWindow(amounts)] : []), [overview, amounts]);
  const waiting = useMetrics(details, WAITING, points, view);
  const largest = useMemo(() => (details ? [largestGroups(results, view)] : []), [details, results, view]);
  const bottom = useMetrics(details, DETAILS, points, view);
  const metrics = (names: readonly MetricName[]) =>
    names.map((one) => metricModel(METRIC_CHARTS[one], points, view));
  return {
    models: [...top, ...sums, ...counts, ...spread, ...waiting, ...largest, ...bottom],
    every: () => [
      ...metrics(OVERVIEW),
      withBranch(amountByGroup(results, view), branch, view),
      eventsByGroup(results, view),
      amountsOfLastWindow(amounts),
      ...metrics(WAITING),
      largestGroups(results, view),
      ...metrics(DETAILS),
    ],
  };
}

function useMetrics(
  wanted: boolean,
  names: readonly MetricName[],
  points: readonly MetricPoint[],
  view: View,
): readonly ChartModel[] {
  return useMemo(
    () => (wanted ? names.map((name) => metricModel(METRIC_CHARTS[name], points, view)) : []),
    [wanted, names, points, view],
  );
}
