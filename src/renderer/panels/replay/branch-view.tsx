// What a branch found: drawn over the live line, and as a table of differences. Shown under the chosen replay.
import { NativeSelect, Switch } from '@mantine/core';
import { IconCircleCheck, IconEqualNot } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { AGGREGATES, type Aggregate } from '../../../shared/query.ts';
import type { ReplayStatus } from '../../../shared/replay.ts';
import { formatCount } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { AGGREGATE_WORDS } from '../query/aggregates.ts';
import { BranchChart } from './branch-chart.tsx';
import { DifferenceTable } from './difference-table.tsx';
import { isActive } from './outcome.ts';
import { overlayBranch, useOverlaid } from './overlay.ts';
import classes from './replay.module.css';
import { useComparison } from './use-comparison.ts';

const ROWS = 500;
const CHART_WINDOWS = 10_000;

export function BranchView({ replay }: { replay: ReplayStatus }) {
  const byDifference = useComparison(replay, 'difference', ROWS);
  const byTime = useComparison(replay, 'time', CHART_WINDOWS);
  // A window cut by the range holds a part of its events: drawn, it would look like a fall.
  const drawn = useMemo(() => (byTime.rows ?? []).filter(({ cut }) => !cut), [byTime.rows]);
  const overlaid = useOverlaid() === replay.id;
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const asked: readonly Aggregate[] = replay.query?.aggregates ?? AGGREGATES;
  const measures = useMemo(() => AGGREGATES.filter((one) => asked.includes(one)), [asked]);
  const [chosen, setMeasure] = useState<Aggregate>('count');
  const measure = measures.includes(chosen) ? chosen : 'count';
  const error = byDifference.error ?? byTime.error;
  return (
    <section className={classes.branch} aria-label="Branch beside the live line">
      <div className={classes.branchHead}>
        <Summary replay={replay} />
        <Switch
          size="xs"
          label="Show on the live chart"
          checked={overlaid}
          onChange={(event) => overlayBranch(event.currentTarget.checked ? replay.id : null)}
        />
        <Switch
          size="xs"
          label="Only those that differ"
          checked={onlyDifferent}
          onChange={(event) => setOnlyDifferent(event.currentTarget.checked)}
        />
        <NativeSelect
          size="xs"
          aria-label="Measure"
          data={measures.map((value) => ({ value, label: AGGREGATE_WORDS[value] }))}
          value={measure}
          onChange={(event) => {
            const found = measures.find((value) => value === event.currentTarget.value);
            if (found !== undefined) setMeasure(found);
          }}
        />
      </div>
      {error !== null && (
        <Note tone="error" title={error.message}>
          {error.remedy !== undefined && <p>{error.remedy}</p>}
        </Note>
      )}
      <BranchChart rows={drawn} measure={measure} />
      <DifferenceTable
        rows={byDifference.rows}
        measure={measure}
        measures={measures}
        onlyDifferent={onlyDifferent}
        running={isActive(replay)}
        limit={ROWS}
      />
    </section>
  );
}

function Summary({ replay }: { replay: ReplayStatus }) {
  const { compared, different, cut, liveOnly, comparison } = replay;
  const edges = cut === 0 ? '' : ` ${formatCount(cut)} at the edges are cut by the range.`;
  const lacks =
    liveOnly === 0
      ? ''
      : ` ${formatCount(liveOnly)} live ${liveOnly === 1 ? 'window is' : 'windows are'} not in the branch.`;
  const says = comparison === null ? '' : ` ${comparison}`;
  if (compared === 0) {
    return (
      <p className={classes.summary}>
        {replay.windows === 0 && liveOnly === 0
          ? 'Nothing to compare yet.'
          : `No window has a live one of its kind beside it.${lacks}${edges}${says}`}
      </p>
    );
  }
  const equal = different === 0 && liveOnly === 0;
  const Icon = equal ? IconCircleCheck : IconEqualNot;
  return (
    <p className={classes.summary} data-equal={equal}>
      <Icon size={15} aria-hidden="true" />
      {different === 0
        ? `All ${formatCount(compared)} windows that both have are equal.`
        : `${formatCount(different)} of ${formatCount(compared)} windows differ.`}
      {lacks}
      {edges}
      {says}
    </p>
  );
}
