// The records of one topic: where to read from, the live tail, the list, and one record in full.
import { Button, Switch } from '@mantine/core';
import { IconChevronsDown, IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { TopicInfo, TopicRecord } from '../../../shared/topics.ts';
import { formatCount } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { api } from '../../store/index.ts';
import { behind } from './offsets.ts';
import { PlaceEntry } from './place-entry.tsx';
import { RecordDetail } from './record-detail.tsx';
import { RecordList } from './record-list.tsx';
import { createTopicReader, type ReaderState, type ReadFrom } from './topic-reader.ts';
import classes from './topics.module.css';

const PAGE = 500;

export function TopicBrowser({ topic }: { topic: TopicInfo }) {
  const reader = useMemo(() => createTopicReader({ topic: topic.name, execute: api.execute }), [topic.name]);
  const state = useStore(reader.state);
  const [chosen, setChosen] = useState<TopicRecord | null>(null);
  useEffect(() => {
    void reader.read({ kind: 'latest' }, 100);
    return () => reader.close();
  }, [reader]);

  const tailing = state.mode === 'following' || state.mode === 'paused';
  const waiting = useMemo(() => behind(topic, state), [topic, state]);
  const read = (from: ReadFrom) => {
    setChosen(null);
    void reader.read(from, PAGE);
  };

  return (
    <section className={classes.browser} aria-label={`Records of ${topic.name}`}>
      <div className={classes.controls}>
        <PlaceEntry topic={topic} busy={state.mode === 'reading'} onRead={read} />
        <span className={classes.grow} />
        <Switch
          label="Live tail"
          size="xs"
          checked={tailing}
          onChange={(event) => (event.currentTarget.checked ? reader.follow() : reader.stop())}
        />
        <Button
          className={classes.pause}
          disabled={!tailing}
          leftSection={
            state.mode === 'paused' ? <IconPlayerPlayFilled size={13} /> : <IconPlayerPauseFilled size={13} />
          }
          onClick={() => (state.mode === 'paused' ? reader.follow() : reader.pause())}
        >
          {state.mode === 'paused' ? 'Resume' : 'Pause'}
        </Button>
      </div>
      {state.error !== null && (
        <Note tone="error" title={state.error.message}>
          {state.error.remedy !== undefined && <p>{state.error.remedy}</p>}
        </Note>
      )}
      <RecordList
        records={state.records}
        chosen={chosen}
        onChoose={setChosen}
        following={state.mode === 'following'}
        empty={emptyText(topic, state)}
      />
      <div className={classes.status} aria-live="off">
        <span>
          {formatCount(state.records.length)} shown
          {state.scrolledOff > 0 && `, ${formatCount(state.scrolledOff)} older left the screen`}
        </span>
        <span>{waiting === null ? '' : `${formatCount(waiting)} more after these`}</span>
        <span className={classes.grow} />
        <Button
          variant="subtle"
          leftSection={<IconChevronsDown size={14} />}
          disabled={state.mode !== 'idle' || waiting === null || waiting === 0}
          onClick={() => void reader.readOn(PAGE)}
        >
          Next {PAGE}
        </Button>
      </div>
      {chosen !== null && <RecordDetail record={chosen} onClose={() => setChosen(null)} />}
    </section>
  );
}

function emptyText(topic: TopicInfo, { mode }: ReaderState): string {
  if (mode === 'reading') return 'Reading…';
  if (mode === 'following') return 'Waiting for the next record…';
  if (topic.events === 0)
    return 'This topic is empty. Records appear here as soon as something is published to it.';
  return 'There is no record from there on.';
}
