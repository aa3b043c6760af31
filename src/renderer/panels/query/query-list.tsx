// The queries there are, each with its state and what it has counted.
import { Button, UnstyledButton } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { MAX_SIDE_QUERIES } from '../../../shared/settings.ts';
import { formatShort } from '../../components/format.ts';
import { beginNew, chooseQuery } from './desk.ts';
import { KeptStates } from './kept-states.tsx';
import classes from './query.module.css';
import { QueryMark } from './query-mark.tsx';
import type { QueryRow } from './query-rows.ts';
import { windowWords } from './words.ts';

export function QueryList({ rows, chosen }: { rows: readonly QueryRow[]; chosen: string }) {
  const full = rows.length > MAX_SIDE_QUERIES;
  const primary = rows[0];
  const list = useRef<HTMLUListElement>(null);
  // Also when one comes back from the editor.
  useEffect(() => list.current?.querySelector<HTMLElement>('[aria-current]')?.focus(), []);
  return (
    <nav className={classes.side} aria-label="All queries">
      <ul ref={list} className={classes.list}>
        {rows.map(({ spec, state, line }) => (
          <li key={spec.name}>
            <UnstyledButton
              className={classes.item}
              aria-current={spec.name === chosen || undefined}
              data-autofocus={spec.name === chosen || undefined}
              onClick={() => chooseQuery(spec.name)}
            >
              <span className={classes.itemHead}>
                <b className="mono">{spec.name}</b>
                <QueryMark state={state} />
              </span>
              <span className={classes.itemFoot}>
                <span>{windowWords(spec.window)}</span>
                <span className="mono">{line === null ? '' : `${formatShort(line.results)} results`}</span>
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <Button
        leftSection={<IconPlus size={14} />}
        disabled={full || primary === undefined}
        onClick={() =>
          primary !== undefined &&
          beginNew(
            primary.spec,
            rows.map(({ spec }) => spec.name),
          )
        }
      >
        New query…
      </Button>
      <KeptStates names={rows.map(({ spec }) => spec.name)} full={full} />
      {full && <p className={classes.says}>At most {MAX_SIDE_QUERIES} beside the primary one.</p>}
    </nav>
  );
}
