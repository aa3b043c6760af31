// Step "Range": which events or rows. One choice, with its fields in the same line, so that nothing jumps.
import { Radio, TextInput } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import type { Draft, EventRange, Fault, Place, Range, RowRange } from './draft.ts';
import { rangeOf, targetOf } from './draft.ts';
import { OffsetsEntry, ShiftEntry } from './partition-entry.tsx';
import { Step } from './step.tsx';
import classes from './wizard.module.css';

interface Option<R extends Range> {
  value: R;
  label: string;
}

const EVENT_RANGES: readonly Option<EventRange>[] = [
  { value: 'all', label: 'From the beginning' },
  { value: 'duration', label: 'The last' },
  { value: 'time', label: 'From a time' },
  { value: 'between', label: 'Between two times' },
  { value: 'last', label: 'The last events' },
  { value: 'offsets', label: 'From an offset in each partition' },
  { value: 'shift', label: 'Back from where the query stands' },
];
const ROW_RANGES: readonly Option<RowRange>[] = [
  { value: 'all', label: 'From the beginning' },
  { value: 'duration', label: 'The last' },
  { value: 'time', label: 'From a time' },
  { value: 'between', label: 'Between two times' },
  { value: 'last', label: 'The last rows' },
  { value: 'id', label: 'From a row id' },
];

export interface StepProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  fault: Fault | null;
}

const PLACES: ReadonlySet<Place> = new Set<Place>([
  'start',
  'end',
  'duration',
  'count',
  'shift',
  'offsets',
  'ids',
]);

export function RangeStep({ draft, onChange, fault }: StepProps) {
  const chosen = rangeOf(draft);
  const options: readonly Option<Range>[] = draft.source === 'rows' ? ROW_RANGES : EVENT_RANGES;
  const choose = (value: string) => {
    const row = ROW_RANGES.find((option) => option.value === value);
    const event = EVENT_RANGES.find((option) => option.value === value);
    if (draft.source === 'rows' && row !== undefined) onChange({ ...draft, rowRange: row.value });
    if (draft.source === 'events' && event !== undefined) onChange({ ...draft, eventRange: event.value });
  };
  return (
    <Step number={2} name="Range" fault={fault !== null && PLACES.has(fault.place) ? fault.text : null}>
      <Radio.Group label="Range" classNames={{ label: classes.spoken }} value={chosen} onChange={choose}>
        <div className={classes.options}>
          {options.map(({ value, label }) => (
            <Fragment key={value}>
              <div className={classes.option}>
                <Radio
                  size="xs"
                  value={value}
                  label={label}
                  // A rewind goes on into the live line: it has no end of its own.
                  disabled={value === 'between' && targetOf(draft) === 'rewind'}
                />
                {value === chosen && <Fields range={value} draft={draft} onChange={onChange} fault={fault} />}
              </div>
              {value === 'offsets' && value === chosen && (
                <OffsetsEntry draft={draft} onChange={onChange} fault={fault} />
              )}
              {value === 'shift' && value === chosen && (
                <ShiftEntry draft={draft} onChange={onChange} fault={fault} />
              )}
            </Fragment>
          ))}
        </div>
      </Radio.Group>
    </Step>
  );
}

function Fields({ range, draft, onChange, fault }: StepProps & { range: Range }): ReactNode {
  const text = (
    field: 'duration' | 'count' | 'firstId' | 'lastId',
    name: string,
    place: Place,
    hint = '',
  ) => (
    <TextInput
      size="xs"
      aria-label={name}
      placeholder={hint}
      value={draft[field]}
      error={fault?.place === place}
      autoComplete="off"
      spellCheck={false}
      classNames={{ root: classes.short, input: 'mono' }}
      onChange={(event) => onChange({ ...draft, [field]: event.currentTarget.value })}
    />
  );
  const time = (field: 'start' | 'end', name: string) => (
    <TextInput
      size="xs"
      type="datetime-local"
      step={1}
      aria-label={name}
      value={draft[field]}
      error={fault?.place === field}
      classNames={{ root: classes.time }}
      onChange={(event) => onChange({ ...draft, [field]: event.currentTarget.value })}
    />
  );
  switch (range) {
    case 'duration':
      return text('duration', 'Duration', 'duration', '10 min');
    case 'last':
      return text('count', draft.source === 'rows' ? 'Number of rows' : 'Number of events', 'count');
    case 'time':
      return time('start', 'Start time');
    case 'between':
      return (
        <>
          {time('start', 'Start time')}
          <span className={classes.between}>to</span>
          {time('end', 'End time')}
        </>
      );
    case 'id':
      return (
        <>
          {text('firstId', 'First row id', 'ids')}
          <span className={classes.between}>to</span>
          {text('lastId', 'Last row id', 'ids', 'newest')}
        </>
      );
    case 'all':
    case 'offsets':
    case 'shift':
      return null;
  }
}
