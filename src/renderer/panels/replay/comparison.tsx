// The windows of a processor replay beside the live ones; those that differ come first.
import { Switch } from '@mantine/core';
import { IconCircleCheck, IconEqual, IconEqualNot, IconQuestionMark } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { WindowResult } from '../../../shared/event.ts';
import type { ReplayComparison, ReplayStatus } from '../../../shared/replay.ts';
import { formatCount, formatMoney, formatTime } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { api } from '../../store/index.ts';
import classes from './replay.module.css';
import { verdictOf } from './verdict.ts';

const LIMIT = 500;
const REFRESH_MS = 2_000;

export function Comparison({ replay }: { replay: ReplayStatus }) {
  const { rows, error } = useComparison(replay);
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const shown = (rows ?? []).filter((row) => !onlyDifferent || verdictOf(row) === 'different');
  return (
    <div className={classes.comparison}>
      <div className={classes.comparisonHead}>
        <Summary replay={replay} />
        <Switch
          size="xs"
          label="Only those that differ"
          checked={onlyDifferent}
          onChange={(event) => setOnlyDifferent(event.currentTarget.checked)}
        />
      </div>
      {error !== null && (
        <Note tone="error" title={error.message}>
          {error.remedy !== undefined && <p>{error.remedy}</p>}
        </Note>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the table is scrolled with the keys */}
      <section className={classes.tableBox} tabIndex={0} aria-label="Windows of the replay and the live line">
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">window</th>
              <th scope="col">group</th>
              <th scope="col">events, replay</th>
              <th scope="col">live</th>
              <th scope="col">sum, replay</th>
              <th scope="col">live</th>
              <th scope="col">verdict</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={keyOf(row.replay)} row={row} />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p className={classes.quiet}>{emptyText(replay, rows, onlyDifferent)}</p>}
        {(rows?.length ?? 0) >= LIMIT && (
          <p className={classes.quiet}>
            The first {LIMIT} windows; those that differ are all before the others.
          </p>
        )}
      </section>
    </div>
  );
}

function Summary({ replay }: { replay: ReplayStatus }) {
  if (replay.compared === 0) return <p className={classes.says}>Nothing to compare yet.</p>;
  if (replay.different === 0) {
    return (
      <p className={classes.summary} data-equal="true">
        <IconCircleCheck size={15} aria-hidden="true" />
        All {formatCount(replay.compared)} windows that both lines have are equal.
      </p>
    );
  }
  return (
    <p className={classes.summary} data-equal="false">
      <IconEqualNot size={15} aria-hidden="true" />
      {formatCount(replay.different)} of {formatCount(replay.compared)} windows differ.
    </p>
  );
}

function Row({ row }: { row: ReplayComparison }) {
  const verdict = verdictOf(row);
  const { replay, live } = row;
  const differs = verdict === 'different';
  return (
    <tr data-verdict={verdict}>
      <td>
        {formatTime(Date.parse(replay.window.start))} – {formatTime(Date.parse(replay.window.end))}
      </td>
      <td>{replay.group.org ?? replay.group.region ?? ''}</td>
      <td data-differs={(differs && replay.count !== live?.count) || undefined}>
        {formatCount(replay.count)}
      </td>
      <td>{live === null ? '–' : formatCount(live.count)}</td>
      <td data-differs={(differs && replay.sum !== live?.sum) || undefined}>
        {formatMoney(replay.sum ?? '–')}
      </td>
      <td>{live === null ? '–' : formatMoney(live.sum ?? '–')}</td>
      <td>
        <span className={classes.verdict}>
          {verdict === 'equal' && <IconEqual size={14} aria-hidden="true" />}
          {verdict === 'different' && <IconEqualNot size={14} aria-hidden="true" />}
          {verdict === 'not live' && <IconQuestionMark size={14} aria-hidden="true" />}
          {verdict}
        </span>
      </td>
    </tr>
  );
}

function keyOf({ window, group, query }: WindowResult): string {
  return [query, window.start, window.end, group.org ?? '', group.region ?? ''].join('|');
}

function emptyText(replay: ReplayStatus, rows: readonly unknown[] | null, onlyDifferent: boolean): string {
  if (rows === null) return 'Reading the windows…';
  if (onlyDifferent && rows.length > 0) return 'No window differs.';
  return replay.state === 'running'
    ? 'The first window has not closed yet.'
    : 'This replay closed no window.';
}

/** Asked for when the replay is chosen, every two seconds while it runs, and once more when it has ended. */
function useComparison({ id, state }: ReplayStatus): {
  rows: readonly ReplayComparison[] | null;
  error: LiveDbErrorData | null;
} {
  const [rows, setRows] = useState<readonly ReplayComparison[] | null>(null);
  const [error, setError] = useState<LiveDbErrorData | null>(null);
  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const found = await api.execute('replay.results', { id, limit: LIMIT });
        if (!current) return;
        setRows(found);
        setError(null);
      } catch (failure) {
        if (current) setError(LiveDbError.dataOf(failure));
      }
      if (current && state === 'running') timer = setTimeout(ask, REFRESH_MS);
    };
    void ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, state]);
  return { rows, error };
}
