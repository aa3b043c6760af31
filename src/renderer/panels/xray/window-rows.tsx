// Rows of one window of results, to choose one for a look at its life.
import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { CommandOutput } from '../../../shared/commands.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import { formatTime } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { api } from '../../store/index.ts';
import classes from './xray.module.css';

interface Props {
  /** Epoch ms. */
  window: { from: number; to: number };
  onChoose: (id: string) => void;
}

type Found = CommandOutput<'row.find'>;
/** While a name is being typed only the rest is asked for, ms. */
const REST_MS = 250;

export function WindowRows({ window, onChoose }: Props) {
  const [group, setGroup] = useState('');
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { from, to } = window;
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      const wanted = group.trim();
      const ask = (of: { org?: string; region?: string }) => api.execute('row.find', { from, to, ...of });
      // A name may be that of an org or of a region.
      const asked =
        wanted === ''
          ? ask({})
          : ask({ org: wanted }).then((byOrg) => (byOrg.rows.length > 0 ? byOrg : ask({ region: wanted })));
      asked.then(
        (answer) => {
          if (gone) return;
          setFound(answer);
          setError(null);
        },
        (failure: unknown) => {
          if (!gone) setError(LiveDbError.dataOf(failure).message);
        },
      );
    }, REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [from, to, group]);
  return (
    <section className={classes.windowRows} aria-label="Rows of the window">
      <div className={classes.windowHead}>
        <h3>
          Rows of the window {formatTime(from)} – {formatTime(to)}
        </h3>
        <TextInput
          size="xs"
          aria-label="Org or region"
          placeholder="Org or region"
          value={group}
          onChange={(event) => setGroup(event.currentTarget.value)}
        />
      </div>
      {error !== null && <Note tone="error" title={error} />}
      {found !== null && found.rows.length === 0 && (
        <p className={classes.says}>The table holds no row of this window.</p>
      )}
      {found !== null && found.rows.length > 0 && (
        <ul className={classes.windowList}>
          {found.rows.map((row) => (
            <li key={row.id}>
              <button type="button" onClick={() => onChoose(row.id)}>
                <b>{row.id}</b>
                <span>{formatTime(row.createdAt)}</span>
                <span>{row.org}</span>
                <span>{row.region}</span>
                <span>{row.amount}</span>
              </button>
            </li>
          ))}
          {found.more && <li className={classes.says}>… and more</li>}
        </ul>
      )}
    </section>
  );
}
