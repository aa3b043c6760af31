// The branch drawn over the live line, for one measure and one group.
import { Button, NativeSelect } from '@mantine/core';
import { memo, useMemo, useState } from 'react';
import type { Aggregate } from '../../../shared/query.ts';
import type { ReplayComparison } from '../../../shared/replay.ts';
import { isEmpty } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';
import { TimePlot } from '../../charts/time-plot.tsx';
import { slotVariable } from '../../charts/tokens.ts';
import { addsUp, branchModel, groupsOf, spanOf, TOGETHER } from './branch-series.ts';
import classes from './replay.module.css';

const NO_MARKS: readonly never[] = [];

interface Props {
  rows: readonly ReplayComparison[];
  measure: Aggregate;
}

export const BranchChart = memo(function BranchChart({ rows, measure }: Props) {
  const groups = useMemo(() => groupsOf(rows), [rows]);
  const span = useMemo(() => spanOf(rows), [rows]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [close, setClose] = useState<View | null>(null);
  const together = addsUp(measure) && groups.length > 1;
  const group =
    chosen !== null && (groups.includes(chosen) || (chosen === TOGETHER && together))
      ? chosen
      : together
        ? TOGETHER
        : (groups[0] ?? TOGETHER);
  const model = useMemo(() => branchModel(rows, measure, group), [rows, measure, group]);
  const view = close ?? span;
  return (
    <div className={classes.chart}>
      <div className={classes.chartHead}>
        {model.series.map((series) => (
          <span key={series.key} className={classes.swatch}>
            <i
              style={{ background: slotVariable(series.slot) }}
              data-dashed={series.dashed === true || undefined}
            />
            {series.name}
          </span>
        ))}
        {close !== null && (
          <Button size="compact-xs" onClick={() => setClose(null)}>
            Whole range
          </Button>
        )}
        {groups.length > 1 && (
          <NativeSelect
            size="xs"
            aria-label="Group on the chart"
            data={[
              ...(together ? [{ value: TOGETHER, label: 'all groups together' }] : []),
              ...groups.map((name) => ({ value: name, label: name })),
            ]}
            value={group}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
        )}
      </div>
      <div className={classes.plot}>
        {view !== null && !isEmpty(model) ? (
          <TimePlot
            model={model}
            shown={model.series}
            marks={NO_MARKS}
            view={view}
            label={`${model.title}, ${model.subtitle}, ${group === TOGETHER ? 'all groups' : group}`}
            onZoom={setClose}
          />
        ) : (
          <p className={classes.quiet}>{model.empty}</p>
        )}
      </div>
    </div>
  );
});
