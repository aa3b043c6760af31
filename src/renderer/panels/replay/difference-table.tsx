// The windows of a branch beside the live ones, those that differ first: which, and by how much.
import { IconEqual, IconEqualNot, IconQuestionMark, IconScissors } from '@tabler/icons-react';
import { memo } from 'react';
import { resultKey } from '../../../shared/event.ts';
import type { Aggregate } from '../../../shared/query.ts';
import { comparedResult, type ReplayComparison } from '../../../shared/replay.ts';
import { groupLabel } from '../../charts/group-label.ts';
import { formatTime, NONE } from '../../components/format.ts';
import { AGGREGATE_WORDS } from '../query/aggregates.ts';
import { differenceOf, differing, measured, VERDICT_WORDS, type Verdict, verdictOf } from './difference.ts';
import classes from './replay.module.css';

interface Props {
  rows: readonly ReplayComparison[] | null;
  measure: Aggregate;
  measures: readonly Aggregate[];
  onlyDifferent: boolean;
  running: boolean;
  limit: number;
}

const ICONS = {
  equal: IconEqual,
  different: IconEqualNot,
  'branch only': IconQuestionMark,
  'live only': IconQuestionMark,
  cut: IconScissors,
} as const;

const DIFFERS: ReadonlySet<Verdict> = new Set(['different', 'branch only', 'live only']);

/** Memoised: the figures of a running branch tick ten times a second, its windows come every two. */
export const DifferenceTable = memo(function DifferenceTable(props: Props) {
  const { rows, measure, measures, onlyDifferent, running, limit } = props;
  const shown = (rows ?? []).filter((row) => !onlyDifferent || DIFFERS.has(verdictOf(row)));
  const word = AGGREGATE_WORDS[measure];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the table is scrolled with the keys
    <section className={classes.tableBox} tabIndex={0} aria-label="Differences">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">window</th>
            <th scope="col">group</th>
            <th scope="col">{word}, branch</th>
            <th scope="col">{word}, live</th>
            <th scope="col">branch − live</th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Row key={resultKey(comparedResult(row))} row={row} measure={measure} measures={measures} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p className={classes.quiet}>{emptyText(rows, running)}</p>}
      {(rows?.length ?? 0) >= limit && (
        <p className={classes.quiet}>
          The first {limit} windows; those that differ are all before the others.
        </p>
      )}
    </section>
  );
});

interface RowProps {
  row: ReplayComparison;
  measure: Aggregate;
  measures: readonly Aggregate[];
}

function Row({ row, measure, measures }: RowProps) {
  const verdict = verdictOf(row);
  const { replay, live } = row;
  const { window, group } = comparedResult(row);
  const difference = verdict === 'cut' ? null : differenceOf(row, measure);
  const others = verdict === 'different' ? differing(row, measures).filter((one) => one !== measure) : [];
  const Icon = ICONS[verdict];
  return (
    <tr data-verdict={verdict}>
      <td>
        {formatTime(Date.parse(window.start))} – {formatTime(Date.parse(window.end))}
      </td>
      <td>{groupLabel(group)}</td>
      <td>{measured(replay, measure)}</td>
      <td>{measured(live, measure)}</td>
      <td data-differs={(difference !== null && difference !== '0') || undefined}>{difference ?? NONE}</td>
      <td>
        <span className={classes.verdict}>
          <Icon size={14} aria-hidden="true" />
          {VERDICT_WORDS[verdict]}
          {others.length > 0 && ` also in ${others.map((one) => AGGREGATE_WORDS[one]).join(', ')}`}
        </span>
      </td>
    </tr>
  );
}

function emptyText(rows: readonly unknown[] | null, running: boolean): string {
  if (rows === null) return 'Reading the windows…';
  if (rows.length > 0) return 'No window differs.';
  return running ? 'The first window has not closed yet.' : 'This branch closed no window.';
}
