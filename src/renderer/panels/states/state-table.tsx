// The states of a query, newest first; each can be gone back to, and savepoints can be deleted. What that does is said
// before it is done.
import { Button, Group } from '@mantine/core';
import { IconBookmark, IconPoint } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { StateInfo } from '../../../shared/states.ts';
import { escapeTakesBack } from '../../components/escape.ts';
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatDuration,
  formatTime,
  NONE,
} from '../../components/format.ts';
import { perform, useCalmSnapshot, usePending } from '../../store/index.ts';
import { restoreSays } from './restore-says.ts';
import classes from './states.module.css';

interface Props {
  query: string;
  states: readonly StateInfo[];
  onChanged: () => void;
}

interface Asking {
  what: 'restore' | 'delete';
  id: string;
}

export function StateTable({ query, states, onChanged }: Props) {
  const [asking, setAsking] = useState<Asking | null>(null);
  const asked = states.find(({ id }) => id === asking?.id);
  const box = useRef<HTMLElement>(null);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the table is scrolled with the keys */}
      <section ref={box} className={classes.tableBox} tabIndex={0} aria-label={`States of ${query}`}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">At</th>
              <th scope="col">Size</th>
              <th scope="col">Took</th>
              <th scope="col">Events</th>
              <th scope="col">Watermark</th>
              <th scope="col">
                <span className={classes.hidden}>Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {states.map((state) => (
              <Row key={state.id} state={state} asked={state === asked} onAsk={setAsking} />
            ))}
          </tbody>
        </table>
      </section>
      {asking !== null && asked !== undefined && (
        <Question
          key={`${asking.what} ${asking.id}`}
          query={query}
          state={asked}
          what={asking.what}
          onEnd={() => {
            setAsking(null);
            onChanged();
            box.current?.focus();
          }}
        />
      )}
    </>
  );
}

function Row({ state, asked, onAsk }: { state: StateInfo; asked: boolean; onAsk: (asking: Asking) => void }) {
  const { id, kind, name, newest } = state;
  const called = nameOf(state);
  const savepoint = kind === 'savepoint';
  const Icon = savepoint ? IconBookmark : IconPoint;
  return (
    <tr data-kind={kind} data-asked={asked || undefined}>
      <th scope="row">
        <span className={classes.stateName}>
          <Icon size={14} aria-hidden="true" />
          {savepoint ? <b className="mono">{name}</b> : 'checkpoint'}
          {newest && <span className={classes.tag}>newest</span>}
        </span>
      </th>
      <td>{formatDateTime(state.at)}</td>
      <td>{formatBytes(state.bytes)}</td>
      <td>{formatDuration(state.durationMs)}</td>
      <td>{formatCount(state.events)}</td>
      <td>{state.watermark === null ? NONE : formatTime(state.watermark)}</td>
      <td>
        <Group gap={6} justify="flex-end" wrap="nowrap">
          {savepoint && (
            <Button
              size="compact-xs"
              aria-label={`Delete ${called}`}
              onClick={() => onAsk({ what: 'delete', id })}
            >
              Delete…
            </Button>
          )}
          <Button
            size="compact-xs"
            aria-label={`Restore ${called}`}
            onClick={() => onAsk({ what: 'restore', id })}
          >
            Restore…
          </Button>
        </Group>
      </td>
    </tr>
  );
}

function nameOf({ kind, name, at }: StateInfo): string {
  return kind === 'savepoint' ? `savepoint ${name}` : `checkpoint of ${formatTime(at)}`;
}

function Question({
  query,
  state,
  what,
  onEnd,
}: {
  query: string;
  state: StateInfo;
  what: Asking['what'];
  onEnd: () => void;
}) {
  const called = nameOf(state);
  const line = useCalmSnapshot(({ stages }) => stages.processor.lines.find((one) => one.query === query));
  const busy = usePending(what === 'restore' ? 'state.restore' : 'state.delete');
  const backOut = escapeTakesBack(onEnd);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const restore = () =>
    perform(
      'state.restore',
      { query, id: state.id },
      { done: `Query ${query} went back to ${called}`, failed: `Query ${query} goes on as it was` },
    );
  const remove = () =>
    perform(
      'state.delete',
      { query, id: state.id, confirm: state.id },
      { done: `${called} deleted`, failed: `${called} stays` },
    );
  const act = () => void (what === 'restore' ? restore() : remove()).then(onEnd);
  const says =
    what === 'restore'
      ? restoreSays(state, line?.offsets)
      : [`The ${called} is deleted from disk. The query itself goes on unchanged.`, 'This cannot be undone.'];
  const action = what === 'restore' ? 'Restore this state' : 'Delete savepoint';
  return (
    <section className={classes.question} aria-label={`${action}: ${called}`}>
      <h4>{what === 'restore' ? `Go back to the ${called}?` : `Delete the ${called}?`}</h4>
      {says.map((text) => (
        <p key={text} className={classes.says}>
          {text}
        </p>
      ))}
      <Group justify="flex-end" gap={8}>
        <Button ref={cancel} onClick={onEnd} {...backOut}>
          Cancel
        </Button>
        <Button
          variant="filled"
          disabled={busy}
          aria-busy={busy}
          onClick={act}
          {...backOut}
          {...(what === 'delete' ? { color: 'red' } : {})}
        >
          {action}
        </Button>
      </Group>
    </section>
  );
}
