// Results: the windows that closed last, group by group.
import type { Group } from '../../../shared/event.ts';
import { RESULTS_TOPIC } from '../../../shared/names.ts';
import { groupLabel } from '../../charts/group-label.ts';
import { Facts } from '../../components/facts.tsx';
import { formatCount, formatMoney, formatTime, NONE } from '../../components/format.ts';
import { Term } from '../../components/term.tsx';
import { useCalmSnapshot, useResults } from '../../store/index.ts';
import { resultsOf, useShownQuery } from '../charts/shown-query.ts';
import styles from './results-controls.module.css';
import panel from './station-panel.module.css';

export function ResultsControls() {
  const all = useResults();
  const { name, names } = useShownQuery();
  const results = resultsOf(all, name);
  const published = useCalmSnapshot((snapshot) => snapshot.stages.processor.results);
  const newest = results[results.length - 1];
  const last =
    newest === undefined ? [] : results.filter((result) => result.window.start === newest.window.start);
  const byCount = [...last].sort((a, b) => b.count - a.count);
  return (
    <>
      <div className={panel.title}>
        <h2>Results</h2>
      </div>
      <Facts
        facts={[
          { name: 'Published', value: formatCount(published) },
          { name: 'Topic', value: RESULTS_TOPIC },
          ...(names.length < 2 ? [] : [{ name: 'Query shown', value: name }]),
        ]}
      />
      {newest === undefined ? (
        <p className={panel.hint}>
          No window has closed yet. Results appear here when the <Term of="watermark">watermark</Term> passes
          the end of the first one.
        </p>
      ) : (
        <table className={styles.table}>
          <caption>
            Last window, {formatTime(Date.parse(newest.window.start))} to{' '}
            {formatTime(Date.parse(newest.window.end))}
          </caption>
          <thead>
            <tr>
              <th scope="col">{headOf(newest.group)}</th>
              <th scope="col">Count</th>
              <th scope="col">Sum</th>
            </tr>
          </thead>
          <tbody className="mono">
            {byCount.map((result) => (
              <tr key={`${result.group.org}|${result.group.region}|${result.query}`}>
                <td title={result.revision > 0 ? `revision ${result.revision}` : undefined}>
                  {groupLabel(result.group)}
                </td>
                <td>{formatCount(result.count)}</td>
                <td>{result.sum === undefined ? NONE : formatMoney(result.sum)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function headOf({ org, region }: Group): string {
  if (org !== undefined) return region === undefined ? 'Org' : 'Org · region';
  return region === undefined ? 'All' : 'Region';
}
