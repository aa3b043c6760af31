// Where to read a topic from: its beginning, its end, an offset, or a time.
import { Button, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { TopicInfo } from '../../../shared/topics.ts';
import { fromLocalInput, toLocalInput } from '../../components/local-time.ts';
import { offsetsFor } from './offsets.ts';
import type { ReadFrom } from './topic-reader.ts';
import classes from './topics.module.css';

type Kind = ReadFrom['kind'];

const KINDS: readonly { value: Kind; label: string }[] = [
  { value: 'latest', label: 'Latest' },
  { value: 'earliest', label: 'Earliest' },
  { value: 'offsets', label: 'Offset' },
  { value: 'time', label: 'Time' },
];

interface Props {
  topic: TopicInfo;
  busy: boolean;
  onRead: (from: ReadFrom) => void;
}

export function PlaceEntry({ topic, busy, onRead }: Props) {
  const [kind, setKind] = useState<Kind>('latest');
  const [partition, setPartition] = useState('all');
  const [offset, setOffset] = useState<number | string>(0);
  const [time, setTime] = useState(() => toLocalInput(Date.now() - 300_000));
  const at = fromLocalInput(time);
  const ready = (kind !== 'time' || at !== null) && (kind !== 'offsets' || offset !== '');

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (kind === 'offsets') onRead({ kind, offsets: offsetsFor(topic, partition, Number(offset)) });
    else if (kind === 'time') onRead({ kind, at: new Date(at ?? 0).toISOString() });
    else onRead({ kind });
  };

  return (
    <form className={classes.place} onSubmit={submit}>
      <NativeSelect
        size="xs"
        aria-label="Read from"
        data={KINDS.map((option) => ({ ...option }))}
        value={kind}
        onChange={(event) =>
          setKind(KINDS.find(({ value }) => value === event.currentTarget.value)?.value ?? 'latest')
        }
      />
      {kind === 'offsets' && (
        <>
          <NativeSelect
            size="xs"
            aria-label="Partition"
            data={[
              { value: 'all', label: 'All partitions' },
              ...topic.partitions.map(({ partition: id }) => ({
                value: String(id),
                label: `Partition ${id}`,
              })),
            ]}
            value={partition}
            onChange={(event) => setPartition(event.currentTarget.value)}
          />
          <NumberInput
            size="xs"
            w={120}
            aria-label="Offset"
            min={0}
            allowDecimal={false}
            allowNegative={false}
            hideControls
            value={offset}
            onChange={setOffset}
          />
        </>
      )}
      {kind === 'time' && (
        <TextInput
          size="xs"
          type="datetime-local"
          step={1}
          aria-label="Time"
          value={time}
          onChange={(event) => setTime(event.currentTarget.value)}
        />
      )}
      <Button type="submit" loading={busy} disabled={!ready}>
        Read
      </Button>
    </form>
  );
}
