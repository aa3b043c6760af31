// Figures for each partition: where to begin and end, or how far to go back. Shown by the step "Range".
import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { EVENTS_TOPIC } from '../../../shared/names.ts';
import type { TopicInfo } from '../../../shared/topics.ts';
import { formatCount } from '../../components/format.ts';
import { useSnapshot } from '../../store/index.ts';
import { useTopics } from '../topics/use-topics.ts';
import { targetOf } from './draft.ts';
import type { StepProps } from './range-step.tsx';
import classes from './wizard.module.css';

export function OffsetsEntry({ draft, onChange, fault }: StepProps) {
  const { partitions, says } = usePartitions();
  if (partitions === null) return <p className={classes.says}>{says}</p>;
  const bounded = targetOf(draft) === 'branch';
  const set = (partition: number, change: { from?: string; to?: string }) => {
    const before = draft.offsets[partition] ?? { from: '', to: '' };
    onChange({ ...draft, offsets: { ...draft.offsets, [partition]: { ...before, ...change } } });
  };
  return (
    <div className={classes.partitions}>
      <span>partition</span>
      <span>first offset</span>
      <span>{bounded ? 'end, exclusive' : ''}</span>
      <span>there are</span>
      {partitions.map(({ partition, low, high }) => (
        <Line
          key={partition}
          partition={partition}
          known={`${formatCount(Number(low))} – ${formatCount(Number(high))}`}
        >
          <Figure
            name={`First offset, partition ${partition}`}
            placeholder="leave out"
            value={draft.offsets[partition]?.from ?? ''}
            wrong={fault?.place === 'offsets'}
            onChange={(from) => set(partition, { from })}
          />
          {bounded ? (
            <Figure
              name={`End offset, partition ${partition}`}
              placeholder="now"
              value={draft.offsets[partition]?.to ?? ''}
              wrong={fault?.place === 'offsets'}
              onChange={(to) => set(partition, { to })}
            />
          ) : (
            <span />
          )}
        </Line>
      ))}
    </div>
  );
}

export function ShiftEntry({ draft, onChange, fault }: StepProps) {
  const { partitions, says } = usePartitions();
  const positions = useSnapshot((snapshot) => snapshot.stages.processor.offsets);
  // Shown as it was when the fields came up: a position that runs on under the hand says nothing.
  const [stood] = useState(positions);
  if (partitions === null) return <p className={classes.says}>{says}</p>;
  return (
    <div className={classes.partitions}>
      <span>partition</span>
      <span>events back</span>
      <span />
      <span>it stood at</span>
      {partitions.map(({ partition }) => (
        <Line
          key={partition}
          partition={partition}
          known={stood[partition] === undefined ? '–' : formatCount(Number(stood[partition]))}
        >
          <Figure
            name={`Events back, partition ${partition}`}
            placeholder="stay"
            value={draft.shift[partition] ?? ''}
            wrong={fault?.place === 'shift'}
            onChange={(by) => onChange({ ...draft, shift: { ...draft.shift, [partition]: by } })}
          />
          <span />
        </Line>
      ))}
    </div>
  );
}

function Line(props: { partition: number; known: string; children: React.ReactNode }) {
  return (
    <>
      <span className="mono">{props.partition}</span>
      {props.children}
      <span className="mono">{props.known}</span>
    </>
  );
}

function Figure(props: {
  name: string;
  placeholder: string;
  value: string;
  wrong: boolean;
  onChange: (value: string) => void;
}) {
  return (
    <TextInput
      size="xs"
      inputMode="numeric"
      aria-label={props.name}
      placeholder={props.placeholder}
      value={props.value}
      error={props.wrong}
      autoComplete="off"
      classNames={{ input: 'mono' }}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

function usePartitions(): { partitions: TopicInfo['partitions'] | null; says: string } {
  const topicName = useSnapshot((snapshot) => snapshot.services.kafka.topic);
  const { list, error } = useTopics(true);
  const topic =
    list?.find(({ name }) => name === topicName) ?? list?.find(({ name }) => name === EVENTS_TOPIC);
  if (topic !== undefined) return { partitions: topic.partitions, says: '' };
  const says = error?.message ?? (list === null ? 'Reading the partitions…' : 'The topic is not there yet.');
  return { partitions: null, says };
}
