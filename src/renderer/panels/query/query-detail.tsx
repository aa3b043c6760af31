// The chosen query: how it stands, partition by partition, and what can be done to it.
import { Button } from '@mantine/core';
import { IconDeviceFloppy, IconEdit, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { LineReport } from '../../../shared/states.ts';
import { Facts } from '../../components/facts.tsx';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLag,
  formatTime,
  NONE,
} from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { useNow } from '../../components/use-now.ts';
import { openOverlay, perform, usePending } from '../../store/index.ts';
import { Watermarks } from '../states/watermarks.tsx';
import { Ask, type Asked } from './ask.tsx';
import { beginChange, chooseQuery } from './desk.ts';
import classes from './query.module.css';
import { QueryMark } from './query-mark.tsx';
import type { QueryRow } from './query-rows.ts';
import { queryWords } from './words.ts';

export function QueryDetail({ row }: { row: QueryRow }) {
  const { spec, state, line, primary } = row;
  return (
    <section className={classes.detail} aria-label={`Query ${spec.name}`}>
      <div className={classes.detailHead}>
        <h3 className="mono">{spec.name}</h3>
        <QueryMark state={state} />
        {primary && <span className={classes.tag}>primary</span>}
      </div>
      <p className={classes.says}>
        {queryWords(spec)}; {spec.aggregates.join(', ')}.
        {primary && ' The ledger counts by it, and it runs as long as the processor does.'}
      </p>
      {line?.error != null && <Note tone="error" title={line.error} />}
      {line?.rewind?.state === 'running' && (
        <Note
          tone="waiting"
          title={`Rewinding: ${formatCount(line.rewind.done)} of ${formatCount(line.rewind.total)} events`}
        />
      )}
      {line === null ? (
        <p className={classes.quiet}>
          {state === 'paused'
            ? 'It is paused: it reads nothing. Its last state stays on disk.'
            : state === 'stopped'
              ? 'The processor is stopped. Start it, and the query goes on from its last checkpoint.'
              : 'It is starting.'}
        </p>
      ) : (
        <>
          <Figures line={line} />
          <Watermarks partitions={line.partitions} />
        </>
      )}
      <Actions row={row} />
    </section>
  );
}

function Figures({ line }: { line: LineReport }) {
  const now = useNow();
  const { watermark, checkpoint } = line;
  return (
    <div className={classes.figures}>
      <Facts
        facts={[
          { name: 'Events', value: formatCount(line.events) },
          { name: 'Results', value: formatCount(line.results) },
          { name: 'Late, counted', term: 'late', value: formatCount(line.late) },
          {
            name: 'Dropped, too late',
            term: 'dropped',
            value: formatCount(line.dropped),
            tone: line.dropped > 0 ? 'warn' : undefined,
          },
          {
            name: 'Unreadable',
            value: formatCount(line.unreadable),
            tone: line.unreadable > 0 ? 'warn' : undefined,
          },
        ]}
      />
      <Facts
        facts={[
          { name: 'Lag', term: 'lag', value: `${formatCount(line.lag.events)} events` },
          {
            name: 'Watermark',
            term: 'watermark',
            value:
              watermark === null
                ? NONE
                : `${formatTime(watermark)} (−${formatLag((now - watermark) / 1_000)})`,
          },
          { name: 'Open windows', value: formatCount(line.openWindows) },
          { name: 'Groups in them', value: formatCount(line.groups) },
          {
            name: 'Checkpoint',
            term: 'checkpoint',
            value:
              checkpoint === null
                ? NONE
                : `${formatTime(checkpoint.at)} · ${formatBytes(checkpoint.bytes)} · ${formatDuration(checkpoint.durationMs)}`,
          },
        ]}
      />
    </div>
  );
}

const PAUSE: Asked<'keep' | 'drop'> = {
  question: 'What becomes of its state while it is paused?',
  action: 'Pause query',
  options: [
    {
      value: 'keep',
      label: 'Keep it',
      says: 'Open windows and its place in the topic are saved: it can go on where it stopped.',
    },
    {
      value: 'drop',
      label: 'Drop it',
      says: 'Open windows are thrown away. Where it stopped reading is kept.',
    },
  ],
};
const RESUME: Asked<'where-it-stopped' | 'now'> = {
  question: 'From where should it go on?',
  action: 'Resume query',
  options: [
    {
      value: 'where-it-stopped',
      label: 'Where it stopped',
      says: 'It reads what came in the meantime, then goes on live.',
    },
    {
      value: 'now',
      label: 'From now',
      says: 'It leaves out what came in the meantime: those windows are missing or short.',
    },
  ],
};
const DROP: Asked<'keep' | 'drop'> = {
  question: 'The query ends for good. What it has published stays. What becomes of its state?',
  action: 'Drop query',
  danger: true,
  options: [
    {
      value: 'keep',
      label: 'Keep it as a savepoint',
      says: 'It is listed under the queries, and a query can begin with it again.',
    },
    { value: 'drop', label: 'Drop it too', says: 'Checkpoints and savepoints of the query are deleted.' },
  ],
};

type Asking = 'pause' | 'resume' | 'drop';

function Actions({ row: { spec, primary, state } }: { row: QueryRow }) {
  const { name } = spec;
  const [asking, setAsking] = useState<Asking | null>(null);
  const actions = useRef<HTMLDivElement>(null);
  const answered = useRef(false);
  useEffect(() => {
    if (asking !== null) answered.current = true;
    else if (answered.current) actions.current?.querySelector('button')?.focus();
  }, [asking]);
  const pausing = usePending('query.pause');
  const resuming = usePending('query.resume');
  const dropping = usePending('query.drop');
  const done = () => setAsking(null);
  const pause = (choice: 'keep' | 'drop') =>
    perform(
      'query.pause',
      { name, state: choice },
      { done: `Query ${name} is paused`, failed: `Query ${name} goes on` },
    ).then(done);
  const resume = (from: 'where-it-stopped' | 'now') =>
    perform(
      'query.resume',
      { name, from },
      { done: `Query ${name} goes on`, failed: `Query ${name} stays paused` },
    ).then(done);
  const drop = async (choice: 'keep' | 'drop') => {
    const how = { done: `Query ${name} was dropped`, failed: `Query ${name} stays` };
    const dropped = await perform('query.drop', { name, confirm: name, state: choice }, how);
    done();
    if (dropped !== null) chooseQuery('');
  };
  if (asking === 'pause') return <Ask asked={PAUSE} of={name} busy={pausing} onDo={pause} onCancel={done} />;
  if (asking === 'resume')
    return <Ask asked={RESUME} of={name} busy={resuming} onDo={resume} onCancel={done} />;
  if (asking === 'drop') return <Ask asked={DROP} of={name} busy={dropping} onDo={drop} onCancel={done} />;
  const paused = state === 'paused';
  return (
    <div ref={actions} className={classes.actions}>
      <Button leftSection={<IconEdit size={14} />} onClick={() => beginChange(spec)}>
        Change query…
      </Button>
      <Button
        leftSection={<IconDeviceFloppy size={14} />}
        onClick={() => openOverlay({ kind: 'states', query: name })}
      >
        Checkpoints and savepoints…
      </Button>
      {!primary && (
        <>
          <Button
            leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
            onClick={() => setAsking(paused ? 'resume' : 'pause')}
          >
            {paused ? 'Resume query…' : 'Pause query…'}
          </Button>
          <Button leftSection={<IconTrash size={14} />} onClick={() => setAsking('drop')}>
            Drop query…
          </Button>
        </>
      )}
    </div>
  );
}
