// States kept of queries that were dropped: a query can begin with one again, and they can be deleted. Part of the
// dialog "Queries".
import { Button } from '@mantine/core';
import { useCallback, useEffect } from 'react';
import type { KeptState } from '../../../shared/states.ts';
import { Confirm } from '../../components/confirm.tsx';
import { formatBytes, formatDateTime } from '../../components/format.ts';
import { api, perform, usePending } from '../../store/index.ts';
import { usePolled } from '../states/use-polled.ts';
import { chooseQuery } from './desk.ts';
import classes from './query.module.css';
import { queryWords } from './words.ts';

/** `names`: of the queries there are; another list of them is another list of what is kept. */
export function KeptStates({ names, full }: { names: readonly string[]; full: boolean }) {
  const { value: kept, again } = usePolled(useCallback(() => api.execute('state.kept', {}), []));
  const all = names.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: again with each other list of names.
  useEffect(again, [again, all]);
  if (kept === null || kept.length === 0) return null;
  return (
    <section className={classes.kept} aria-label="Kept of dropped queries">
      <h3>Kept of dropped queries</h3>
      <ul className={classes.list}>
        {kept.map((state) => (
          <li key={`${state.query} ${state.id}`} className={classes.item}>
            <Kept state={state} taken={names.includes(state.query)} full={full} onChanged={again} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Props {
  state: KeptState;
  /** There is a query of its name. */
  taken: boolean;
  /** There is room for no further query. */
  full: boolean;
  onChanged: () => void;
}

function Kept({ state: { query, id, at, bytes, spec }, taken, full, onChanged }: Props) {
  const beginning = usePending('query.put');
  const deleting = usePending('state.delete');
  const begin = async () => {
    if (spec === null) return;
    const how = {
      done: `Query ${query} goes on from ${formatDateTime(at)}`,
      failed: `Query ${query} stays dropped`,
    };
    const put = await perform('query.put', { spec, from: { query, id } }, how);
    onChanged();
    if (put !== null) chooseQuery(put.spec.name);
  };
  const remove = async () => {
    const how = { done: `The state of ${query} was deleted`, failed: `The state of ${query} stays` };
    await perform('state.delete', { query, id, confirm: id }, how);
    onChanged();
  };
  const why =
    spec === null
      ? 'Its file does not say what it computes.'
      : taken
        ? 'There is a query of this name: restore it there.'
        : full
          ? 'There are as many queries as there can be.'
          : queryWords(spec);
  return (
    <>
      <span className={classes.itemHead}>
        <b className="mono" title={why}>
          {query}
        </b>
        <span className={classes.itemFoot}>{formatBytes(bytes)}</span>
      </span>
      <span className={classes.itemFoot}>{formatDateTime(at)}</span>
      <span className={classes.keptActions}>
        <Button
          size="compact-xs"
          aria-label={`Begin again with ${query}`}
          title={why}
          disabled={spec === null || taken || full || beginning}
          onClick={() => void begin()}
        >
          Begin again
        </Button>
        <Confirm
          label="Delete…"
          name={`Delete… the state of ${query}`}
          action="Delete state"
          size="compact-xs"
          danger
          busy={deleting}
          onConfirm={() => void remove()}
        >
          <p>The state that {query} had when it was dropped is deleted from disk. This cannot be undone.</p>
        </Confirm>
      </span>
    </>
  );
}
