// From where a replay starts: a choice, and the field that belongs to it.
import { NumberInput, Radio, Stack, TextInput } from '@mantine/core';
import { EVENTS_TOPIC } from '../../../shared/names.ts';
import { formatCount } from '../../components/format.ts';
import { useSnapshot } from '../../store/index.ts';
import { useTopics } from '../topics/use-topics.ts';
import type { Draft, ProcessorFromKind, ProducerFromKind } from './draft.ts';
import classes from './replay.module.css';

const PROCESSOR_FROM: readonly { value: ProcessorFromKind; label: string }[] = [
  { value: 'beginning', label: 'From the beginning' },
  { value: 'offsets', label: 'From an offset in each partition' },
  { value: 'time', label: 'From a time' },
  { value: 'last', label: 'The last events' },
];
const PRODUCER_FROM: readonly { value: ProducerFromKind; label: string }[] = [
  { value: 'beginning', label: 'All rows' },
  { value: 'id', label: 'From a row id' },
];

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  fault: string | null;
}

export function StartEntry(props: Props) {
  return props.draft.stage === 'processor' ? <ProcessorStart {...props} /> : <ProducerStart {...props} />;
}

function ProcessorStart({ draft, onChange, fault }: Props) {
  return (
    <Radio.Group
      label="Start"
      value={draft.processorFrom}
      onChange={(value) => {
        const chosen = PROCESSOR_FROM.find((option) => option.value === value);
        if (chosen !== undefined) onChange({ ...draft, processorFrom: chosen.value });
      }}
    >
      <Stack gap={8} mt={8}>
        {PROCESSOR_FROM.map(({ value, label }) => (
          <div key={value}>
            <Radio size="xs" value={value} label={label} />
            {value === draft.processorFrom && value !== 'beginning' && (
              <div className={classes.entry}>
                {value === 'offsets' && <Offsets draft={draft} onChange={onChange} fault={fault} />}
                {value === 'time' && (
                  <TextInput
                    size="xs"
                    type="datetime-local"
                    step={1}
                    aria-label="Time"
                    value={draft.time}
                    error={fault}
                    onChange={(event) => onChange({ ...draft, time: event.currentTarget.value })}
                  />
                )}
                {value === 'last' && (
                  <NumberInput
                    size="xs"
                    aria-label="Number of events"
                    suffix=" events"
                    thousandSeparator=","
                    min={1}
                    allowDecimal={false}
                    allowNegative={false}
                    value={draft.count}
                    error={fault}
                    onChange={(count) => onChange({ ...draft, count: String(count) })}
                  />
                )}
              </div>
            )}
          </div>
        ))}
      </Stack>
    </Radio.Group>
  );
}

function Offsets({ draft, onChange, fault }: Props) {
  const topicName = useSnapshot((snapshot) => snapshot.services.kafka.topic);
  const { list } = useTopics(true);
  const topic =
    list?.find(({ name }) => name === topicName) ?? list?.find(({ name }) => name === EVENTS_TOPIC);
  if (topic === undefined) {
    return (
      <p className={classes.says}>
        {list === null ? 'Reading the partitions…' : 'The topic has no partitions yet.'}
      </p>
    );
  }
  return (
    <div className={classes.offsets}>
      {topic.partitions.map(({ partition, low, high }) => (
        <TextInput
          key={partition}
          size="xs"
          inputMode="numeric"
          label={`Partition ${partition}`}
          description={`${formatCount(Number(low))} – ${formatCount(Number(high))}`}
          placeholder="leave out"
          value={draft.offsets[partition] ?? ''}
          onChange={(event) =>
            onChange({ ...draft, offsets: { ...draft.offsets, [partition]: event.currentTarget.value } })
          }
        />
      ))}
      {fault !== null && <p className={classes.fault}>{fault}</p>}
    </div>
  );
}

function ProducerStart({ draft, onChange, fault }: Props) {
  return (
    <Radio.Group
      label="Start"
      value={draft.producerFrom}
      onChange={(value) => onChange({ ...draft, producerFrom: value === 'id' ? 'id' : 'beginning' })}
    >
      <Stack gap={8} mt={8}>
        {PRODUCER_FROM.map(({ value, label }) => (
          <div key={value}>
            <Radio size="xs" value={value} label={label} />
            {value === 'id' && draft.producerFrom === 'id' && (
              <div className={classes.entry}>
                <TextInput
                  size="xs"
                  inputMode="numeric"
                  aria-label="First row id"
                  value={draft.id}
                  error={fault}
                  onChange={(event) => onChange({ ...draft, id: event.currentTarget.value })}
                />
              </div>
            )}
          </div>
        ))}
      </Stack>
    </Radio.Group>
  );
}
